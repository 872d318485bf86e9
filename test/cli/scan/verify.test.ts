import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { revokeToken } from "../../../src/pat/revoke-token.ts";
import { type LiveRiver, openRiver, OWNER } from "../../support/live-river.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

const OLD = new Date("2020-01-31T12:00:00Z");
const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

let river: LiveRiver;
/** Tokens by what the service has to say of them; the service never issued the last. */
const tokens = { active: "", revoked: "", expired: "", sleeping: "", unknown: crcToken(62, "patrol_") };
let bearer: string;

beforeAll(async () => {
  river = await openRiver();
  const { db, pat } = river.app;
  const mint = async (name: string, organization?: string) => await river.mint(organization, name);
  bearer = (await mint("scanner")).secret.reveal();
  // Of another organization than who asks: whoever found a token need not know whose it is.
  tokens.active = (await mint("active", "rocket")).secret.reveal();
  const [revoked, expired] = [await mint("revoked"), await mint("expired")];
  await revokeToken(pat, {
    tokenId: revoked.id,
    because: "owner",
    actor: { userId: null, upn: OWNER, displayName: OWNER },
  });
  await db.updateTable("tokens").set({ expires_at: OLD }).where("id", "=", expired.id).execute();
  [tokens.revoked, tokens.expired] = [revoked.secret.reveal(), expired.secret.reveal()];
  const bob = await db
    .insertInto("users")
    .values({ email: "bob@acme.example", disabled_at: OLD })
    .returning("id")
    .execute();
  const sleeping = await mint("sleeping");
  await db
    .updateTable("tokens")
    .set({ owner_id: bob[0]?.id ?? "" })
    .where("id", "=", sleeping.id)
    .execute();
  tokens.sleeping = sleeping.secret.reveal();
});
afterAll(() => river.close());

const npm = crcToken(63);
const service = () => ({
  PATROL_SERVICE_URL: river.url,
  PATROL_SERVICE_TOKEN: bearer,
  // A busy machine may take longer than a person would wait.
  PATROL_SERVICE_TIMEOUT: "300",
});
const fill = (place: Workplace) =>
  place.write(
    Object.fromEntries(Object.entries({ ...tokens, npm }).map(([name, token]) => [`${name}.txt`, `${token}\n`])),
  );
const SAID = {
  "active.txt": "active",
  "expired.txt": "expired",
  "npm.txt": "unverified",
  "revoked.txt": "revoked",
  "sleeping.txt": "active",
  "unknown.txt": "unknown",
};

interface Reported {
  File: string;
  Verified?: string;
}
const said = (report: string) =>
  Object.fromEntries((JSON.parse(report) as Reported[]).map(({ File, Verified }) => [File, Verified]));

async function tables() {
  const { db } = river.app;
  const [events, used] = await Promise.all([
    db.selectFrom("audit_events").select("id").execute(),
    db.selectFrom("tokens").select(["id", "last_used_at"]).where("name", "<>", "scanner").orderBy("id").execute(),
  ]);
  return { events, used };
}

test(
  "--verify tells what has become of each token, and the service writes nothing down",
  inWorkplace(async (place) => {
    fill(place);
    const before = await tables();
    const { status, stdout, stderr } = await place.patrol(["dir", "--verify", "-r", "-", "."], { env: service() });
    assert.equal(status, 1, stderr);
    assert.deepEqual(said(stdout), SAID);
    assert.ok(
      stderr.includes(`asked ${river.url} about 5 of the findings; 1 more have not the form of its tokens`),
      stderr,
    );
    assert.deepEqual(await tables(), before);

    const blocks = (await place.patrol(["dir", "--verify", "revoked.txt", "npm.txt"], { env: service() })).stdout;
    assert.match(blocks, /Verified: +unverified: nobody could be asked/);
    assert.match(blocks, /Verified: +revoked: it works no more\nNext: +remove it from the file/);
  }),
);

test(
  "reports are gitleaks' own without --verify, and a service that is configured hears nothing",
  inWorkplace(async (place) => {
    fill(place);
    const env = { ...service(), PATROL_SERVICE_URL: "http://127.0.0.1:9" };
    const { status, stdout, stderr } = await place.patrol(["dir", "-r", "-", "."], { env });
    assert.equal(status, 1, stderr);
    assert.ok(!stdout.includes("Verified") && !stderr.includes("verified"), stdout);
  }),
);

test(
  "histories, standard input, stages and hooks are verified as folders are",
  inWorkplace(async (place) => {
    place.git("init", "--quiet");
    place.commit("Add a setting", { "a.env": `KEY=${tokens.revoked}\n` });
    const env = service();
    const history = await place.patrol(["git", "--verify", "-r", "-"], { env });
    assert.deepEqual(said(history.stdout), { "a.env": "revoked" });
    const text = await place.patrol(["stdin", "--verify"], { env, input: `KEY=${tokens.active}` });
    assert.match(text.stdout, /Verified: +active/);
    // Encoded where it stands: the token is asked about, not its wrapping.
    place.write({ "b.env": Buffer.from(`KEY=${tokens.expired} of the sandbox`).toString("base64") });
    place.git("add", ".");
    const staged = await place.patrol(["git", "--staged", "--verify", "-r", "-"], { env });
    assert.deepEqual(said(staged.stdout), { "b.env": "expired" });
    const hook = await place.patrol(["hook", "run", "pre-commit", "--verify"], { env });
    assert.equal(hook.status, 1, hook.stderr);
    assert.match(hook.stdout, /Verified: +expired/);
    const agent = async (input: string, env: Record<string, string>) =>
      await place.patrol(["hook", "agent", "--verify"], { env, input: JSON.stringify({ prompt: input }) });
    const told = await agent(`use ${tokens.active}`, env);
    assert.equal(told.status, 2);
    assert.match(told.stderr, /in prompt, line 1; active: it works until it is revoked$/m);
    const away = await agent(`use ${tokens.active}`, { ...env, PATROL_SERVICE_URL: "http://127.0.0.1:9" });
    assert.equal(away.status, 2);
    assert.match(away.stderr, /in prompt, line 1; unverified[^]*^- not verified: 1 of 1 findings: .*does not answer$/m);
    assert.equal((await agent("hello", env)).status, 0);
  }),
);

test(
  "only digests of texts with the form of the service's tokens are sent, each once, with nothing else",
  inWorkplace(async (place) => {
    const asked: { url?: string; body: string; authorization?: string }[] = [];
    const ear = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { url, headers } = request;
        asked.push({ url, body: Buffer.concat(chunks).toString(), authorization: headers.authorization });
        response.end(JSON.stringify({ verdicts: ["active"] }));
      });
    }).listen(0, "127.0.0.1");
    await once(ear, "listening");
    const env = { ...service(), PATROL_SERVICE_URL: `http://127.0.0.1:${(ear.address() as AddressInfo).port}/below` };
    place.write({
      "a.txt": `${tokens.active}\n${tokens.active}\n${npm}\npassword = "${crcToken(64, "x").slice(0, 12)}"\n`,
    });
    await place.patrol(["dir", "--verify", "."], { env });
    assert.deepEqual(asked, [
      {
        url: "/below/tokens/verify",
        body: JSON.stringify({ sha256: [sha256(tokens.active)] }),
        authorization: `Bearer ${bearer}`,
      },
    ]);
    place.write({ "a.txt": `${npm}\n` });
    assert.equal((await place.patrol(["dir", "--verify", "."], { env })).status, 1);
    assert.equal(asked.length, 1);
    ear.close();
  }),
);

test(
  "a service that does not answer, refuses or answers nonsense takes no finding away, and the scan ends with 2",
  inWorkplace(async (place) => {
    fill(place);
    const answers = [`{"verdicts":["fine","","","",""]}`, `{"verdicts":["active"]}`, "<html>", "null"];
    const odd = createServer((request, response) => {
      request.resume();
      response.end(answers[Number(request.url?.split("/")[1])]);
    }).listen(0, "127.0.0.1");
    await once(odd, "listening");
    const port = (odd.address() as AddressInfo).port;
    const cases: [Record<string, string>, RegExp][] = [
      [{ PATROL_SERVICE_URL: "http://127.0.0.1:9" }, /does not answer/],
      [{ PATROL_SERVICE_TOKEN: tokens.revoked }, /does not accept the token \(401\)/],
      ...answers.map((_, index): [Record<string, string>, RegExp] => [
        { PATROL_SERVICE_URL: `http://127.0.0.1:${port}/${index}` },
        /an answer that cannot be read/,
      ]),
    ];
    for (const [env, says] of cases) {
      const ran = await place.patrol(["dir", "--verify", "--exit-code=0", "-r", "-", "."], {
        env: { ...service(), ...env },
      });
      assert.equal(ran.status, 2, ran.stderr);
      assert.deepEqual(new Set(Object.values(said(ran.stdout))), new Set(["unverified"]));
      assert.match(ran.stderr, /^not verified: 5 of 6 findings: the service at /m);
      assert.match(ran.stderr, says);
      assert.match(ran.stderr, /^leaks found: 6/m);
    }
    const clean = await place.patrol(["stdin", "--verify"], {
      env: { ...service(), PATROL_SERVICE_URL: "http://127.0.0.1:9" },
    });
    assert.equal(clean.status, 0, clean.stderr);
    odd.close();
  }),
);

test(
  "what is scanned cannot choose who is told: the service of a repository's own configuration is not asked",
  inWorkplace(async (place) => {
    place.git("init", "--quiet");
    place.commit("Add a setting", { "a.env": `KEY=${tokens.active}\n`, "service-token": bearer });
    const none = await place.patrol(["git", "--verify"]);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /--verify asks a service of Patrol's: name it in PATROL_SERVICE_URL/);
    assert.ok(!none.stderr.includes("scanned"), none.stderr);

    const odd = { PATROL_SERVICE_URL: river.url, PATROL_SERVICE_TOKEN: "two\nlines" };
    assert.match((await place.patrol(["git", "--verify"], { env: odd })).stderr, /PATROL_SERVICE_TOKEN holds no token/);

    place.git("config", "patrol.service", river.url);
    place.git("config", "patrol.serviceTokenFile", join(place.folder, "service-token"));
    const refused = await place.patrol(["git", "--verify"]);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /patrol\.service stands in this repository only.*git config --global patrol\.service/);
    const half = await place.patrol(["git", "--verify"], { env: { PATROL_SERVICE_URL: river.url } });
    assert.match(half.stderr, /patrol\.serviceTokenFile stands in this repository only/);

    place.git("config", "--global", "patrol.service", river.url);
    place.git("config", "--global", "patrol.serviceTokenFile", "~/service-token");
    place.git("config", "patrol.service", "https://elsewhere.example.org");
    const asked = await place.patrol(["git", "--verify", "-r", "-"]);
    assert.deepEqual(said(asked.stdout)["a.env"], "active", asked.stderr);
  }),
);

test("POST /tokens/verify answers bearers of a token only, by the digest only, and a minute's worth only", async () => {
  const ask = async (body: unknown, authorization = `Bearer ${bearer}`) =>
    await fetch(`${river.url}/tokens/verify`, {
      method: "POST",
      headers: { authorization },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const one = { sha256: [sha256(tokens.active)] };
  const good = await ask(one);
  assert.deepEqual([good.status, await good.json()], [200, { verdicts: ["active"] }]);
  assert.equal(good.headers.get("cache-control"), "no-store");
  for (const authorization of ["", `Bearer ${tokens.revoked}`, `Bearer ${tokens.expired}`, "Bearer x"])
    assert.equal((await ask(one, authorization)).status, 401);
  // A digest of a digest, as the database holds one, leads nowhere.
  const [row] = await river.app.db
    .selectFrom("tokens")
    .select(["c3id", "lookup"])
    .where("name", "=", "active")
    .execute();
  const kept = [
    Buffer.from(row?.c3id ?? "", "base64")
      .toString("hex")
      .padEnd(64, "0"),
    row?.lookup.toString("hex"),
  ];
  assert.deepEqual(await (await ask({ sha256: kept })).json(), { verdicts: ["unknown", "unknown"] });
  for (const wrong of [{}, { sha256: [] }, { sha256: [tokens.active] }, { sha256: one.sha256[0] }, "no json"])
    assert.equal((await ask(wrong)).status, 400);
  assert.equal((await ask({ sha256: Array.from({ length: 1_001 }, () => one.sha256[0]) })).status, 400);
  const full = { sha256: Array.from({ length: 1_000 }, (_, index) => sha256(`${index}`)) };
  let left = 20;
  let refused = await ask(full);
  while (refused.status === 200 && left-- > 0) refused = await ask(full);
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "60");
  const other = (await river.mint("acme", "other")).secret.reveal();
  assert.equal((await ask(one, `Bearer ${other}`)).status, 200);
  assert.equal((await ask(" ".repeat(200_000))).status, 413);
});
