import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { openPatOnly } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { readHolder } from "../../src/config/data-folder.ts";
import { verifyAudit } from "../../src/db/audit-log.ts";
import type { Database } from "../../src/db/database.ts";
import { createOrganization } from "../../src/db/organizations.ts";
import { createUser } from "../../src/db/users.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { freshDatabase, temporaryFolder } from "../support/postgres.ts";
import { ownRedis } from "../support/redis.ts";
import { openService, startService } from "../support/service.ts";
import { startSmtp } from "../support/smtp.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const OWNER = "alice@acme.example";
const DISCOVERED_AND_REVOKED = ["Token.PatPublicDiscoveryEvent", "Token.PatSystemRevokeEvent"];
/** After the row is kept; after the queue has it; in the middle of fetching and scanning; before and after the transaction; after the mail went out. */
const STEPS = ["received", "offered", "fetched", "scanned", "decided", "revoked", "mailed"] as const;

let github: GitHubStandIn;
beforeAll(async () => {
  github = await GitHubStandIn.start();
});
afterAll(() => github.close());

/** A push that GitHub has not told of yet. */
async function pushOf(secret: string) {
  const copy = await github.workingCopy(await github.createRepository(`acme/r${randomBytes(6).toString("hex")}`));
  await copy.write("readme.md", "hello\n");
  await copy.commit("Begin");
  await copy.write(".env", `PAT=${secret}\n`);
  await copy.commit("Configure");
  const [push] = await copy.push();
  assert.ok(push?.delivery);
  return push.delivery;
}

const REQUEST = { organization: "acme", owner: OWNER, name: "ci", scopes: ["vso.code"], days: 30 };

/** Asks the service that holds `folder` over its own API: nobody else may open its database. */
async function ask<T>(folder: string, path: string, body?: object): Promise<T> {
  const holder = await readHolder(folder);
  assert.ok(holder, "nobody holds the data folder");
  const response = await fetch(`${holder.url}/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${holder.controlToken}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.equal(response.status, 200);
  return (await response.json()) as T;
}

interface Incident {
  readonly id: string;
  readonly revokedAt: string | null;
  readonly leaks: readonly object[];
  readonly events: readonly { readonly actionId: string }[];
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
    ["Token.PatCreateEvent", ...DISCOVERED_AND_REVOKED],
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
  // First, as they wait until leases run out.
  const cases = STEPS.flatMap((step) => [
    { step, flush: true },
    ...(step === "scanned" ? [{ step, flush: false }] : []),
  ]);
  test.concurrent.each(cases)(
    "with servers, killed at $step, Redis flushed meanwhile: $flush",
    async ({ step, flush }) => {
      const [database, redis, smtp] = await Promise.all([freshDatabase(), ownRedis(), startSmtp()]);
      const settings = {
        ...base(),
        PATROL_DATA_DIR: temporaryFolder("patrol-crash-"),
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        SMTP_URL: smtp.url,
        MAIL_FROM: "patrol@acme.example",
        PATROL_PEPPERS: `p1:${randomBytes(32).toString("base64")}`,
      };
      const { pat, close } = await openPatOnly(loadConfig(settings, "/"));
      await createOrganization(pat.db, REQUEST.organization);
      await createUser(pat.db, { email: OWNER });
      const { secret, token } = await createToken(pat, REQUEST);
      await close();
      const delivery = await pushOf(secret.reveal());
      const isEdge = step === "received" || step === "offered";
      const role = isEdge ? "serve" : "worker";
      const doomed = await startService(role, settings, step);
      const other = await openService(isEdge ? "worker" : "serve", settings);
      const { url } = isEdge ? doomed : other;
      await github.deliver(delivery, { url: `${url}/webhooks/github`, secret: settings.GITHUB_WEBHOOK_SECRETS });
      await doomed.ended;
      if (flush) await redis.flush();
      const next = await openService(role, settings);
      await quiet(database.db);
      await assertOnce(database.db, token.id);
      const ids = smtp.mails().map((mail) => mail.parsed.messageId);
      assert.ok(ids.length >= 1);
      assert.equal(new Set(ids).size, 1, "a mail that was sent again is the same mail");
      await Promise.all([other.stop(), next.stop()]);
      await Promise.all([redis.stop(), smtp.close(), database.close()]);
    },
  );

  test.concurrent.each(STEPS)("embedded, killed at %s", async (step) => {
    const folder = mkdtempSync(join(tmpdir(), "patrol-crash-"));
    const settings = { ...base(), PATROL_DATA_DIR: folder };
    const doomed = await startService("serve", settings, step);
    const token = await ask<{ id: string; token: string }>(folder, "/tokens", REQUEST);
    const delivery = await pushOf(token.token);
    const hook = (url: string) => ({ url: `${url}/webhooks/github`, secret: settings.GITHUB_WEBHOOK_SECRETS });
    await github.deliver(delivery, hook(doomed.url));
    await doomed.ended;

    // No redelivery: what was acknowledged must be done by whoever comes next.
    const next = await openService("serve", settings);
    const [incident] = await untilQuiet(folder);
    assert.ok(incident?.revokedAt);
    const shown = await ask<Incident>(folder, `/incidents/${incident.id}`);
    assert.equal(shown.leaks.length, 1);
    assert.deepEqual(
      shown.events.map((event) => event.actionId),
      DISCOVERED_AND_REVOKED,
    );
    assert.equal((await ask<object[]>(folder, "/incidents")).length, 1);
    assert.equal((await ask<object[]>(folder, "/mails")).length, 1);
    const chains = await ask<{ ok: boolean }[]>(folder, "/audit/verify");
    assert.ok(chains.every((chain) => chain.ok));
    // A redelivery afterwards finds everything done.
    assert.equal((await github.deliver(delivery, hook(next.url))).status, 202);
    assert.equal((await ask<Incident>(folder, `/incidents/${incident.id}`)).leaks.length, 1);
    await next.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Waits until the service has nothing left to do; the answer is its incidents. */
async function untilQuiet(folder: string): Promise<Incident[]> {
  for (;;) {
    const deliveries = await ask<{ state: string }[]>(folder, "/deliveries");
    assert.ok(!deliveries.some((row) => row.state === "dead"), "a delivery was set aside as dead");
    const mails = await ask<object[]>(folder, "/mails");
    if (mails.length > 0 && deliveries.length > 0 && deliveries.every((row) => row.state === "done"))
      return await ask<Incident[]>(folder, "/incidents");
    await sleep(100);
  }
}
