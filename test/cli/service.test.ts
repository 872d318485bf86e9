import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, onTestFinished, test, vi } from "vitest";
import { SERVICE_COMMANDS } from "../../src/cli/usage/commands.ts";
import { runService } from "../../src/cli/service.ts";
import { admin } from "../../src/cli/service/admin.ts";
import { audit } from "../../src/cli/service/audit.ts";
import type { AdministrationCommand } from "../../src/cli/service/command.ts";
import { delivery } from "../../src/cli/service/delivery.ts";
import { incident } from "../../src/cli/service/incident.ts";
import { organization } from "../../src/cli/service/organization.ts";
import { policy } from "../../src/cli/service/policy.ts";
import { token } from "../../src/cli/service/token.ts";
import { user } from "../../src/cli/service/user.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { type PatrolProcess, runPatrol, startPatrol } from "../support/patrol-process.ts";
import { freshDatabase, temporaryFolder } from "../support/postgres.ts";

// Each step starts processes, and a busy machine takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

function temporaryFolderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "patrol-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const CREATE = [
  ...["token", "create", "--org", "acme", "--owner", "alice@acme.example"],
  ...["--name", "ci", "--scopes", "vso.code", "--days", "30"],
];

// One story: each test goes on where the one before it ended.
describe("patrol serve on the embedded database", { shuffle: false }, () => {
  const folder = temporaryFolder("patrol-serve-");
  let github: GitHubStandIn;
  let service: PatrolProcess;
  let url: string;
  let webhookSecret: string;
  const environment = () => ({ PORT: "0", GITHUB_URL: github.url, GITHUB_API_URL: github.apiUrl });
  const patrol = (...args: string[]) => runPatrol(args, { folder, env: environment() });
  const serve = async () => {
    service = startPatrol(["serve"], { folder, env: environment() });
    url = await service.printed(/^Patrol listens on (http:\/\/127\.0\.0\.1:\d+)$/m);
    await service.printed(/^Webhooks go to/m);
  };
  const gate = async (secret: string) => {
    const ask = async (authorization: string) =>
      (await fetch(`${url}/auth/verify`, { headers: { authorization } })).status;
    return [await ask(`Basic ${btoa(`:${secret}`)}`), await ask(`Bearer ${secret}`)];
  };
  beforeAll(async () => {
    github = await GitHubStandIn.start();
    await serve();
  });
  afterAll(async () => {
    await service?.stop();
    await github?.close();
  });

  let administrator: string;
  let first: string;
  const deliveryStates = async () => {
    const headers = { authorization: `Bearer ${administrator}` };
    const rows = (await (await fetch(`${url}/api/v1/deliveries`, { headers })).json()) as { state: string }[];
    return rows.map(({ state }) => state);
  };

  test("prints an administrator token and the webhook secret once, and the token signs in", async () => {
    webhookSecret = await service.printed(/^Webhook secret \(shown once\): +(\S{32,})$/m);
    administrator = await service.printed(/^Administrator token \(shown once\): (padm_\S+)$/m);
    const response = await fetch(`${url}/api/v1/organizations`, {
      headers: { authorization: `Bearer ${administrator}` },
    });
    assert.deepEqual([response.status, await response.json()], [200, []]);
  });

  test("mints a token over the running service, which lets it in until it leaks", async () => {
    const made = await patrol(...CREATE);
    assert.equal(made.status, 0, made.stderr);
    first = made.stdout.trim();
    assert.match(first, /^patrol_\w+$/);
    assert.match(made.stderr, /Made organization acme[\s\S]*Made user alice@acme\.example[\s\S]*shown this once/);
    assert.deepEqual(await gate(first), [200, 200]);
  });

  test("tells a second service who holds the folder", async () => {
    const second = await patrol("serve");
    assert.equal(second.status, 2);
    assert.ok(second.stderr.includes(String(service.pid)) && second.stderr.includes(url), second.stderr);
    assert.equal(second.stdout, "");
  });

  test("leaves `patrol demo` its own folder, which tells the whole story as one object", async () => {
    const ran = await patrol("demo", "--json");
    assert.equal(ran.status, 0, ran.stderr);
    const story = JSON.parse(ran.stdout);
    assert.deepEqual(Object.keys(story), [
      "timeline",
      "token",
      "mail",
      "audit",
      "authorized_before",
      "authorized_after",
    ]);
    const steps = ["pushed", "received", "fetched", "scanned", "verified", "decided", "revoked", "mailed", "audited"];
    assert.deepEqual(story.timeline.map((entry: { step: string }) => entry.step).sort(), [...steps, "refused"].sort());
    for (const entry of story.timeline) assert.deepEqual(Object.keys(entry), ["step", "at_ms"]);
    assert.deepEqual(Object.keys(story.token), ["id", "state"]);
    assert.equal(story.token.state, "revoked");
    assert.equal(story.mail.to, "alice@acme.example");
    assert.deepEqual(story.audit, ["Token.PatPublicDiscoveryEvent", "Token.PatSystemRevokeEvent"]);
    assert.deepEqual([story.authorized_before, story.authorized_after], [true, false]);
  });

  test("obeys `policy set`, refuses a leaked token, and its deliveries can be listed and replayed", async () => {
    const changed = await patrol("policy", "set", "--org", "acme", "--mode", "immediate", "--grace-hours", "48");
    assert.match(changed.stderr, /acme: immediate, grace 48 h, version \d/);
    const repository = await github.createRepository("acme/rocket");
    const copy = await github.workingCopy(repository);
    await copy.write(".env", `TOKEN=${first}\n`);
    await copy.commit("Add settings");
    const [push] = await copy.push();
    const guid = push!.delivery!.guid;
    const attempt = await github.deliver(push!.delivery!, { url: `${url}/webhooks/github`, secret: webhookSecret });
    assert.equal(attempt.status, 202);
    while ((await gate(first))[0] === 200) await sleep(20);
    assert.deepEqual(await gate(first), [401, 401]);

    // Asked of the service itself, as each command is a process.
    while ((await deliveryStates()).some((state) => state !== "done")) await sleep(20);
    assert.match((await patrol("delivery", "list")).stdout, /\bdone\b/);
    const replayed = await patrol("delivery", "replay", guid);
    assert.deepEqual([replayed.status, replayed.stderr], [0, `Delivery ${guid} is handled again.\n`]);
    const unknown = await patrol("delivery", "replay", "nothing");
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /No delivery "nothing" can be replayed/);
    assert.match((await patrol("token", "list", "--org", "acme")).stdout, /revoked .*ci/);
    const proof = await patrol("audit", "verify");
    assert.deepEqual([proof.status, /^acme: \d+ events, unbroken\n$/.test(proof.stdout)], [0, true], proof.stdout);
  });

  test("keeps its data when started again, prints no secret again, and lets in what was minted in between", async () => {
    assert.equal(await service.stop(), 0);
    const between = await patrol(...CREATE);
    assert.equal(between.status, 0, between.stderr);
    await serve();
    assert.doesNotMatch(service.stdout(), /shown once/);
    assert.deepEqual(await gate(between.stdout.trim()), [200, 200]);
    assert.deepEqual(await gate(first), [401, 401]);
  });
});

test("`patrol audit verify` names the event that somebody with the database's keys has changed", async () => {
  const { db, url, close } = await freshDatabase();
  onTestFinished(close);
  const folder = temporaryFolderOfTest();
  const patrol = (...args: string[]) => runPatrol(args, { folder, env: { DATABASE_URL: url } });
  assert.equal((await patrol(...CREATE)).status, 0);
  assert.equal((await patrol("policy", "set", "--org", "acme", "--mode", "notify_only")).status, 0);
  const proof = await patrol("audit", "verify");
  assert.match(proof.stdout, /^acme: [1-9]\d* events, unbroken\n$/);

  await assert.rejects(sql`update audit_events set record = '{}'`.execute(db), /never changed or removed/);
  await sql`alter table audit_events disable trigger all`.execute(db);
  await sql`update audit_events set record = replace(record, 'notify_only', 'immediate')
    where seq = (select max(seq) from audit_events)`.execute(db);
  const broken = await patrol("audit", "verify");
  const { rows } = await sql<{ seq: number }>`select max(seq) as seq from audit_events`.execute(db);
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, new RegExp(`acme: broken at event ${rows[0]!.seq}:`));
});

const COMMANDS: readonly AdministrationCommand[] = [
  admin,
  audit,
  delivery,
  incident,
  organization,
  policy,
  token,
  user,
];

test("Every administration command answers a wrong argument with its usage, before it touches anything", async () => {
  const call = () => Promise.reject(new Error("the service was asked"));
  const terminal = { out: () => {}, note: () => {} };
  for (const { usage, run } of COMMANDS.flatMap((command) => Object.values(command)))
    for (const args of [["--bogus"], ["one", "two", "three"]])
      await assert.rejects(
        run(args, { config: {} as never, call, terminal }),
        (error: PatrolError) => error.code === "usage-invalid" && error.message.endsWith(`Usage: ${usage}`),
        `${usage} with ${args.join(" ")}`,
      );
});

test("Every command of the service says how it is used, as the help promises", async () => {
  for (const name of Object.keys(SERVICE_COMMANDS))
    for (const word of ["--help", "-h"]) {
      const lines: string[] = [];
      const terminal = { out: (line: string) => void lines.push(line), note: assert.fail };
      assert.equal(await runService(name, [word], terminal), 0, name);
      assert.notDeepEqual(lines, []);
      for (const line of lines) assert.ok(line.startsWith(`  patrol ${name}`), line);
    }
});

test("A command that does not exist is named, with those that do", async () => {
  const folder = temporaryFolderOfTest();
  const ran = await runPatrol(["token", "melt"], { folder });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /no "patrol token melt"[\s\S]*patrol token create --org/);
  assert.match((await runPatrol(["worker"], { folder })).stderr, /DATABASE_URL is not set/);
});
