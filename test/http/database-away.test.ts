import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, test } from "vitest";
import { type Database, openPostgres } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";
import { startWorker } from "../../worker/main.ts";
import { gate } from "../conformance/queue.ts";
import { headersOf, pushPayload, startEdge } from "../support/edge.ts";
import { type PostgresServer, startPostgres } from "../support/postgres-server.ts";
import { MIGRATIONS } from "../support/postgres-template.ts";
import { equipment } from "../support/servers.ts";

let server: PostgresServer;
let db: Database;
let edge: Awaited<ReturnType<typeof startEdge>>;
beforeAll(async () => {
  // Installs what is missing, in the one process that may.
  await equipment("postgres");
  server = await startPostgres();
  db = openPostgres(server.url);
  await migrate(db, MIGRATIONS);
  edge = await startEdge(db);
});
afterAll(async () => {
  await edge.close();
  await db.destroy();
  await server.stop();
});

const post = async (id: string, to = edge) => {
  const body = JSON.stringify(pushPayload());
  const headers = headersOf(body, { "x-github-delivery": id });
  return await fetch(`${to.url}/webhooks/github`, { method: "POST", body, headers });
};
const stateOf = async (id: string) =>
  (await db.selectFrom("deliveries").select("state").where("id", "=", id).executeTakeFirst())?.state;

test("while the database is away GitHub hears 503, and 202 only when it is back", async () => {
  const id = randomUUID();
  assert.equal((await fetch(`${edge.url}/readyz`)).status, 200);
  await server.crash();
  const refused = await post(id);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "30");
  assert.equal(((await refused.json()) as { error: { code: string } }).error.code, "database-unavailable");
  assert.equal((await fetch(`${edge.url}/healthz`)).status, 200, "alive");
  const ready = await fetch(`${edge.url}/readyz`);
  assert.deepEqual([ready.status, await ready.json()], [503, { database: "away", queue: "ok" }]);

  await server.restart();
  assert.equal((await post(id)).status, 202);
  assert.equal(await stateOf(id), "new");
});

test("of a database that says nothing GitHub hears 503, too, before it gives up", async () => {
  const hasty = await startEdge(db, { keepMs: 50 });
  const id = randomUUID();
  await db.transaction().execute(async (tx) => {
    await sql`lock table deliveries`.execute(tx);
    const refused = await post(id, hasty);
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "30"]);
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, "database-unavailable");
  });
  // What the database was asked for it does all the same, and GitHub's next attempt finds it.
  while ((await stateOf(id)) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  await hasty.close();
});

test("work in the middle of which the database crashes is done when it is back", async () => {
  const begun = gate();
  const hold = gate();
  const worker = await startWorker({
    db,
    queue: edge.queue,
    log: edge.log,
    peppers: edge.peppers,
    mask: (text) => text,
    handlePush: async () => {
      begun.open();
      await hold.opened;
      return { fragments: 0, bytes: 0, skipped: [] };
    },
    relay: async () => {},
    times: { leaseMs: 500, renewMs: 100, sweepMs: 50, quietMs: 0 },
  });
  const id = randomUUID();
  assert.equal((await post(id)).status, 202);
  await begun.opened;
  await server.crash();
  hold.open();
  await server.restart();
  while ((await stateOf(id)) !== "done") await new Promise((resolve) => setTimeout(resolve, 20));
  await worker.stop();
});
