import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { verifyAudit } from "../../../src/db/audit-log.ts";
import { BYPASS_ALLOWANCE } from "../../../src/http/developer/bypasses.ts";
import { type LiveRiver, openRiver, OWNER } from "../../support/live-river.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

let river: LiveRiver;
beforeAll(async () => {
  river = await openRiver();
});
afterAll(() => river.close());

const REASON = "test key of the sandbox";
const leak = crcToken(61);

/** A repository with a secret staged, and what its hook says when it is let through. */
async function letThrough(place: Workplace, env: Record<string, string>, reason = REASON) {
  place.git("init", "--quiet");
  place.write({ "a.js": `key = "${leak}"\n` });
  place.git("add", ".");
  return await place.patrol(["hook", "run", "pre-commit"], { env: { PATROL_BYPASS: reason, ...env } });
}

async function events() {
  const rows = await river.app.db.selectFrom("audit_events").select("record").orderBy("seq").execute();
  return rows
    .map(({ record }) => JSON.parse(record) as { actionId: string; actorUPN: string; data: Record<string, unknown> })
    .filter(({ actionId }) => actionId === "Hook.Bypassed");
}

test(
  "a finding that is let through stands in the audit log of the token's organization",
  inWorkplace(async (place) => {
    const { secret } = await river.mint("acme");
    place.write({ "service-token": `${secret.reveal()}\n` });
    place.git("init", "--quiet");
    place.git("config", "--global", "patrol.service", river.url);
    place.git("config", "--global", "patrol.serviceTokenFile", join(place.folder, "service-token"));
    place.git("config", "user.name", "Bea");
    place.write({ ".gitignore": "service-token\n" });
    const before = (await events()).length;
    // Whatever else the machine does meanwhile.
    const { status, stderr } = await letThrough(place, { PATROL_SERVICE_TIMEOUT: "300" }, `${REASON} ${leak}`);
    assert.equal(status, 0, stderr);
    assert.ok(stderr.includes(`recorded; the audit log of ${river.url} has it`), stderr);

    const [event, ...more] = (await events()).slice(before);
    assert.deepEqual(more, []);
    assert.equal(event?.actorUPN, OWNER);
    const { Hook, Reason, By, Findings, Objects, Incomplete } = event?.data ?? {};
    assert.deepEqual(
      { Hook, Reason, By, Findings, Incomplete },
      {
        Hook: "pre-commit",
        Reason: `${REASON} [npm-access-token]`,
        By: "Bea",
        Findings: ["a.js:npm-access-token:1"],
        Incomplete: false,
      },
    );
    assert.deepEqual(Objects, [place.git("write-tree")]);
    const reports = await verifyAudit(river.app.db);
    assert.ok(reports.length > 0 && reports.every((report) => report.ok));
    assert.ok(!JSON.stringify(event).includes(leak));
  }),
);

test(
  "a service that is away, refuses, redirects or is named wrongly stops nobody, and the hook says so",
  inWorkplace(async (place) => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(307, { location: `${river.url}/hooks/bypasses` }).end();
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const port = (elsewhere.address() as AddressInfo).port;
    const { secret } = await river.mint("acme", "another");
    const cases: [Record<string, string>, RegExp][] = [
      [{ PATROL_SERVICE_URL: "http://127.0.0.1:9" }, /the service at http:\/\/127\.0\.0\.1:9 does not answer/],
      [{ PATROL_SERVICE_URL: `http://127.0.0.1:${port}` }, /does not answer/],
      [{ PATROL_SERVICE_URL: river.url, PATROL_SERVICE_TOKEN: crcToken(7, "patrol_") }, /does not accept the token/],
      [{ PATROL_SERVICE_URL: "http://patrol.example.org" }, /must begin with https:\/\//],
      [
        { PATROL_SERVICE_URL: river.url, PATROL_SERVICE_TIMEOUT: "0" },
        /is a number of seconds from 1 to 9999, not "0"/,
      ],
      [{ PATROL_SERVICE_URL: river.url, PATROL_SERVICE_TOKEN: "" }, /must name a file with a token/],
    ];
    const before = (await events()).length;
    for (const [env, says] of cases) {
      const all = { PATROL_SERVICE_TIMEOUT: "300", PATROL_SERVICE_TOKEN: secret.reveal(), ...env };
      const { status, stderr } = await letThrough(place, all);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /is recorded; the service was not told: /);
      assert.match(stderr, says);
    }
    // The repository does not choose where a token goes.
    place.git("config", "patrol.service", `http://127.0.0.1:${port}`);
    const { stderr } = await letThrough(place, { PATROL_SERVICE_TOKEN: secret.reveal() });
    assert.match(stderr, /the service was not told: git's patrol\.service stands in this repository only/);
    assert.deepEqual(asked, ["/hooks/bypasses"]);
    assert.equal((await events()).length, before);
    assert.match(place.git("notes", "--ref=patrol-bypass", "show", place.git("write-tree")), /Patrol-Bypass: test key/);
    elsewhere.close();
  }),
);

test("only who holds a token may tell of a bypass, and only what is one", async () => {
  const { secret } = await river.mint("acme", "third");
  const tell = (authorization: string, body: string) =>
    fetch(`${river.url}/hooks/bypasses`, { method: "POST", headers: { authorization }, body });
  const before = (await events()).length;
  const good = JSON.stringify({ hook: "pre-push", reason: REASON });
  assert.equal((await tell("", good)).status, 401);
  assert.equal((await tell(`Bearer ${crcToken(8, "patrol_")}`, good)).status, 401);
  const bearer = `Bearer ${secret.reveal()}`;
  assert.equal((await tell(bearer, "no json")).status, 400);
  assert.equal((await tell(bearer, JSON.stringify({ hook: "another", reason: REASON }))).status, 400);
  assert.equal((await tell(bearer, " ".repeat(300_000))).status, 413);
  assert.equal((await events()).length, before);
  assert.equal((await tell(bearer, good)).status, 201);
  assert.equal((await events()).length, before + 1);
});

test("one token tells of so many bypasses a minute and no more, as what is told stays for ever", async () => {
  const [first, second] = [await river.mint("acme", "often"), await river.mint("acme", "seldom")];
  const tell = async ({ secret }: typeof first) => {
    const body = JSON.stringify({ hook: "pre-push", reason: REASON });
    const headers = { authorization: `Bearer ${secret.reveal()}` };
    return (await fetch(`${river.url}/hooks/bypasses`, { method: "POST", headers, body })).status;
  };
  const heard: number[] = [];
  // A minute may end in between.
  while (heard.at(-1) !== 429 && heard.length <= 2 * BYPASS_ALLOWANCE) heard.push(await tell(first));
  assert.equal(heard.at(-1), 429);
  assert.equal(await tell(second), 201);
});
