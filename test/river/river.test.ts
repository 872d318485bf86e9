import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, test, vi } from "vitest";
import { openApp, runPush } from "../../src/app.ts";
import { startWork } from "../../src/cli/service/service.ts";
import { loadConfig } from "../../src/config/config.ts";
import { keepDelivery, leaseDelivery } from "../../src/db/deliveries.ts";
import type { WorkingCopy } from "../../src/github-stand-in/working-copy.ts";
import { pushOf } from "../support/fetched.ts";
import { type LiveRiver, openRiver, OWNER } from "../support/live-river.ts";
import { temporaryFolder } from "../support/postgres.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let river: LiveRiver;
beforeAll(async () => {
  river = await openRiver();
});
afterAll(() => river?.close());

let count = 0;
async function startedCopy(): Promise<WorkingCopy> {
  const copy = await river.github.workingCopy(await river.github.createRepository(`acme/project-${(count += 1)}`));
  await copy.write("README.md", "A project.\n");
  await copy.commit("Begin");
  await copy.push("main");
  return copy;
}

/** Every row of every table, as JSON: equal texts mean that nothing changed, not even a time. */
async function everything(): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public' order by 1`.execute(
    river.app.db,
  );
  const all: Record<string, unknown> = {};
  for (const { name } of tables) {
    const { rows } = await sql`select to_jsonb(t) as row from ${sql.table(name)} t order by 1`.execute(river.app.db);
    all[name] = rows;
  }
  return JSON.stringify(all, null, 1);
}

async function leaksOf(tokenId: string) {
  return await river.app.db.selectFrom("leaks").select(["kind", "path"]).where("token_id", "=", tokenId).execute();
}

async function mailsAbout(name: string) {
  const rows = await river.app.db.selectFrom("mails").select(["message_id", "subject"]).execute();
  return rows.filter(({ subject }) => subject.includes(name));
}

async function eventsAbout(tokenId: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ action: string; count: number }>`
    select action_id as action, count(*)::int as count from audit_events
    where record::jsonb #>> '{data,TokenId}' = ${tokenId} and action_id <> 'Token.PatCreateEvent' group by 1 order by 1`.execute(
    river.app.db,
  );
  return Object.fromEntries(rows.map(({ action, count }) => [action, count]));
}

test("ten pushes of one token make one revocation, one mail and ten leaks; a redelivered push changes nothing", async () => {
  const { id, secret } = await river.mint("acme", "tenfold");
  const copy = await startedCopy();
  for (let push = 0; push < 10; push += 1) {
    await copy.write(`settings-${push}.env`, `TOKEN=${secret.reveal()}\n`);
    await copy.commit(`Add settings ${push}`);
    await copy.push("main");
  }
  await river.settled();
  assert.equal(await river.gate(secret), 401);
  assert.deepEqual(
    (await leaksOf(id)).map(({ path }) => path).sort(),
    Array.from({ length: 10 }, (_, push) => `settings-${push}.env`),
  );
  assert.deepEqual(await eventsAbout(id), { "Token.PatPublicDiscoveryEvent": 10, "Token.PatSystemRevokeEvent": 1 });
  assert.equal((await mailsAbout("tenfold")).length, 1);

  const before = await everything();
  for (const push of river.github.pushes)
    if (push.delivery) assert.equal((await river.github.deliver(push.delivery)).status, 202);
  await river.settled();
  assert.equal(await everything(), before);
});

test("a push that is handled again from the start adds no leak, event or mail", async () => {
  const { id, secret } = await river.mint("acme", "replayed");
  const copy = await startedCopy();
  await copy.write("a.env", secret.reveal());
  await copy.commit("Add a");
  const [push] = await copy.push("main");
  await river.settled();
  const story = async () => [await leaksOf(id), await eventsAbout(id), await mailsAbout("replayed")];
  const before = await story();
  const authorization = `Bearer ${(await river.administrator()).reveal()}`;
  const url = `${river.url}/api/v1/deliveries/${push!.delivery!.guid}/replay`;
  assert.equal((await fetch(url, { method: "POST", headers: { authorization } })).status, 200);
  await river.settled();
  assert.deepEqual(await story(), before);
});

test("a leak in a repository with an odd but real name is found", async () => {
  for (const name of ["acme/-", "acme/-x", "acme/a..b", "acme/..."]) {
    const { secret } = await river.mint("acme", "oddly");
    const copy = await river.github.workingCopy(await river.github.createRepository(name));
    await copy.write("a.env", secret.reveal());
    await copy.commit("Add a");
    await copy.push("main");
    await river.settled();
    assert.equal(await river.gate(secret), 401, name);
  }
});

test("a push is done when all of it is, also while no queue takes its mails", async () => {
  const own = await openRiver();
  try {
    own.github.hook = undefined;
    const { secret } = await own.mint();
    const copy = await own.github.workingCopy(await own.github.createRepository("acme/rocket"));
    await copy.write("a.env", secret.reveal());
    await copy.commit("Add a");
    const [push] = await copy.push("main");
    await own.app.queue.close();
    assert.ok((await runPush(own.app, pushOf(push!))).fragments > 0);
    const waiting = await own.app.db.selectFrom("outbox").select("state").execute();
    assert.deepEqual(waiting, [{ state: "new" }]);
  } finally {
    await own.close();
  }
});

test("what a killed service held is free as soon as the next one starts to work", async () => {
  const folder = temporaryFolder();
  const app = await openApp(loadConfig({ PATROL_DATA_DIR: folder, LOG_LEVEL: "silent" }, folder));
  try {
    const id = randomUUID();
    await keepDelivery(app.db, { id, event: "push", sealed: Buffer.from("sealed") });
    assert.ok(await leaseDelivery(app.db, id, "killed", 3_600_000));
    const work = await startWork(app);
    const held = sql<{ count: number }>`
      select count(*)::int as count from deliveries where leased_by like 'killed%' and leased_until > now()`;
    assert.deepEqual((await held.execute(app.db)).rows, [{ count: 0 }]);
    await work.stop();
  } finally {
    await app.close();
  }
});

/** Puts the token somewhere and pushes. */
const PLACES: Record<
  string,
  { readonly kind: string; readonly put: (copy: WorkingCopy, token: string) => Promise<unknown> }
> = {
  "added and removed within one push": {
    kind: "file",
    async put(copy, token) {
      await copy.write("oops.env", token);
      await copy.commit("Add settings");
      await copy.remove("oops.env");
      await copy.commit("Remove settings");
      await copy.push("main");
    },
  },
  "slipped into a merge": {
    kind: "file",
    async put(copy, token) {
      await copy.branch("side");
      await copy.write("side.txt", "side\n");
      await copy.commit("On the side");
      await copy.checkout("main");
      await copy.mergeBegin("side");
      await copy.write("resolved.txt", token);
      await copy.commit("Merge side");
      await copy.push("main");
    },
  },
  "in a commit message": {
    kind: "commit-message",
    async put(copy, token) {
      await copy.commit(`Use ${token} for now`);
      await copy.push("main");
    },
  },
  "in a tag message": {
    kind: "tag-message",
    async put(copy, token) {
      await copy.tag("v1", `Released with ${token}`);
      await copy.push("v1");
    },
  },
  "in a path name": {
    kind: "path",
    async put(copy, token) {
      await copy.write(`backup/${token}.txt`, "nothing here\n");
      await copy.commit("Back up");
      await copy.push("main");
    },
  },
  "in a branch name": {
    kind: "ref",
    async put(copy, token) {
      await copy.branch(`try/${token}`);
      await copy.push();
    },
  },
};

for (const [where, { kind, put }] of Object.entries(PLACES))
  test(`a token ${where} is found, revoked and mailed`, async () => {
    const { id, secret } = await river.mint("acme", where);
    const copy = await startedCopy();
    await river.settled();
    await put(copy, secret.reveal());
    await river.settled();
    assert.equal(await river.gate(secret), 401);
    const leaks = await leaksOf(id);
    assert.ok(leaks.length > 0 && leaks.every((leak) => leak.kind === kind), JSON.stringify(leaks));
    assert.equal((await mailsAbout(where)).length, 1);
    const { recipient } = await river.app.db.selectFrom("mails").select("recipient").limit(1).executeTakeFirstOrThrow();
    assert.equal(recipient, OWNER);
  });
