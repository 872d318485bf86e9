import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, test } from "vitest";
import { openPatOnly } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { verifyAudit } from "../../src/db/audit-log.ts";
import type { Database } from "../../src/db/database.ts";
import { createOrganization } from "../../src/db/organizations.ts";
import { createUser } from "../../src/db/users.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { freshDatabase } from "../support/postgres.ts";
import { ownRedis } from "../support/redis.ts";
import { startService } from "../support/service.ts";
import { startSmtp } from "../support/smtp.ts";

const OWNER = "alice@acme.example";
/** After the row is kept; after the queue has it; in the middle of fetching and scanning; before and after the transaction; after the mail went out. */
const STEPS = ["received", "offered", "fetched", "scanned", "decided", "revoked", "mailed"] as const;

let github: GitHubStandIn;
beforeAll(async () => {
  github = await GitHubStandIn.start();
});
afterAll(() => github.close());

type Settings = Readonly<Record<string, string>>;

/** A token in a push that GitHub has not told of yet. */
async function leak(settings: Settings) {
  const { pat, close } = await openPatOnly(loadConfig(settings, "/"));
  const organization = await createOrganization(pat.db, "acme");
  await createUser(pat.db, { email: OWNER });
  const request = { organization: organization.name, owner: OWNER, name: "ci", scopes: ["vso.code"], days: 30 };
  const { secret, token } = await createToken(pat, request);
  await close();
  const copy = await github.workingCopy(await github.createRepository(`acme/r${randomBytes(6).toString("hex")}`));
  await copy.write("readme.md", "hello\n");
  await copy.commit("Begin");
  await copy.write(".env", `PAT=${secret.reveal()}\n`);
  await copy.commit("Configure");
  const [push] = await copy.push();
  assert.ok(push?.delivery);
  return { secret, token, delivery: push.delivery };
}

/** Waits until nothing is left to do. */
async function quiet(db: Database): Promise<void> {
  for (;;) {
    const deliveries = await db.selectFrom("deliveries").select("state").execute();
    const outbox = await db.selectFrom("outbox").select("state").execute();
    const rows = [...deliveries, ...outbox];
    assert.ok(!rows.some((row) => row.state === "dead"), "a row was set aside as dead");
    if (deliveries.length > 0 && outbox.length > 0 && rows.every((row) => row.state === "done")) return;
    await sleep(100);
  }
}

/** One leak, one incident, one revocation, one event of each, and an unbroken chain. */
async function assertOnce(db: Database, tokenId: string): Promise<void> {
  const token = await db.selectFrom("tokens").selectAll().where("id", "=", tokenId).executeTakeFirstOrThrow();
  assert.equal(token.state, "revoked");
  assert.equal((await db.selectFrom("leaks").select("id").execute()).length, 1);
  assert.equal((await db.selectFrom("incidents").select("id").execute()).length, 1);
  const events = await db.selectFrom("audit_events").select(["action_id", "correlation_id"]).orderBy("seq").execute();
  assert.deepEqual(
    events.map((event) => event.action_id),
    ["Token.PatCreateEvent", "Token.PatPublicDiscoveryEvent", "Token.PatSystemRevokeEvent"],
  );
  assert.equal(events[1]?.correlation_id, events[2]?.correlation_id);
  assert.deepEqual(
    (await verifyAudit(db)).map((chain) => chain.ok),
    [true],
  );
}

const base = () => ({
  GITHUB_URL: github.url,
  GITHUB_API_URL: github.apiUrl,
  GITHUB_WEBHOOK_SECRETS: randomBytes(16).toString("hex"),
  PORT: "0",
  LOG_LEVEL: "warn",
});

describe("a service killed at any moment after its 202 loses nothing and doubles nothing", () => {
  test.concurrent.each(STEPS)("embedded, killed at %s", async (step) => {
    const folder = mkdtempSync(join(tmpdir(), "patrol-crash-"));
    const settings = { ...base(), PATROL_DATA_DIR: folder };
    const { token, delivery } = await leak(settings);
    const doomed = await startService("serve", settings, step);
    const hook = { url: `${doomed.url}/webhooks/github`, secret: settings.GITHUB_WEBHOOK_SECRETS };
    const { status } = await github.deliver(delivery, hook);
    // Killed between the commit and the answer, GitHub hears nothing; the row is kept all the same.
    if (step !== "received" && step !== "offered") assert.equal(status, 202);
    await doomed.ended;

    const next = await startService("serve", settings);
    // What a person sees: GitHub's log shows the failure, and somebody presses "redeliver".
    await github.deliver(delivery, { ...hook, url: `${next.url}/webhooks/github` });
    await untilMailed(next.url, settings, folder, next.kill);
    const { pat, close } = await openPatOnly(loadConfig(settings, "/"));
    await quiet(pat.db);
    await assertOnce(pat.db, token.id);
    assert.equal((await pat.db.selectFrom("mails").select("message_id").execute()).length, 1);
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const cases = STEPS.flatMap((step) => [
    { step, flush: true },
    ...(step === "scanned" || step === "revoked" ? [{ step, flush: false }] : []),
  ]);
  test.concurrent.each(cases)(
    "with servers, killed at $step, Redis flushed meanwhile: $flush",
    async ({ step, flush }) => {
      const [database, redis, smtp] = await Promise.all([freshDatabase(), ownRedis(), startSmtp()]);
      const settings = {
        ...base(),
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        SMTP_URL: smtp.url,
        MAIL_FROM: "patrol@acme.example",
        PATROL_PEPPERS: `p1:${randomBytes(32).toString("base64")}`,
      };
      const { token, delivery } = await leak(settings);
      const isEdge = step === "received" || step === "offered";
      const serve = await startService("serve", settings, isEdge ? step : "");
      const worker = await startService("worker", settings, isEdge ? "" : step);
      await github.deliver(delivery, { url: `${serve.url}/webhooks/github`, secret: settings.GITHUB_WEBHOOK_SECRETS });
      const doomed = isEdge ? serve : worker;
      await doomed.ended;
      if (flush) {
        const client = new Redis(redis.url);
        await client.flushall();
        await client.quit();
      }
      const next = await startService(isEdge ? "serve" : "worker", settings);
      await quiet(database.db);
      await assertOnce(database.db, token.id);
      const ids = smtp.mails().map((mail) => mail.parsed.messageId);
      assert.ok(ids.length >= 1);
      assert.equal(new Set(ids).size, 1, "a mail that was sent again is the same mail");
      await Promise.all([serve.kill(), worker.kill(), next.kill()]);
      await Promise.all([redis.stop(), smtp.close(), database.close()]);
    },
  );
});

/** Polls the running service over its own API, since nobody else may open its database; then ends it. */
async function untilMailed(
  url: string,
  settings: Settings,
  folder: string,
  kill: (signal: NodeJS.Signals) => Promise<void>,
): Promise<void> {
  const { readHolder } = await import("../../src/config/data-folder.ts");
  const holder = await readHolder(folder);
  assert.equal(holder?.url, url);
  for (;;) {
    const headers = { authorization: `Bearer ${holder.controlToken}` };
    const mails = (await (await fetch(`${url}/api/v1/mails`, { headers })).json()) as unknown[];
    const deliveries = (await (await fetch(`${url}/api/v1/deliveries`, { headers })).json()) as { state: string }[];
    if (mails.length > 0 && deliveries.every((row) => row.state === "done")) break;
    await sleep(100);
  }
  await sleep(300);
  await kill("SIGKILL");
}
