import assert from "node:assert/strict";
import { sql } from "kysely";
import { onTestFinished, test } from "vitest";
import { openPostgres } from "../../src/db/database.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { databaseConformance } from "../conformance/database.ts";
import { freePort } from "../support/free-port.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { equipment } from "../support/servers.ts";
import { freshDatabase, freshEmbedded } from "../support/postgres.ts";

databaseConformance("PostgreSQL", () => freshDatabase({ empty: true }));
databaseConformance("PGlite", () => freshEmbedded({ empty: true }));

const isUnavailable = (error: unknown) => error instanceof PatrolError && error.code === "database-unavailable";

test("a server that cannot be reached is `database-unavailable`, also inside a transaction", async () => {
  const db = openPostgres(`postgres://postgres@127.0.0.1:${await freePort()}/postgres`);
  onTestFinished(() => db.destroy());
  await assert.rejects(sql`select 1`.execute(db), isUnavailable);
  await assert.rejects(
    db.transaction().execute((tx) => sql`select 1`.execute(tx)),
    isUnavailable,
  );
});

test("a server that crashes is unavailable, and is used again once it is back", async () => {
  // The run's own server is looked for first: it installs PostgreSQL where there is none.
  await equipment("postgres");
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const db = openPostgres(server.url, { connections: 2 });
  onTestFinished(() => db.destroy());
  await sql`select 1`.execute(db);
  await assert.rejects(
    db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx);
      await server.crash();
      await sql`select 1`.execute(tx);
    }),
    isUnavailable,
  );
  await assert.rejects(sql`select 1`.execute(db), isUnavailable);
  await server.restart();
  await sql`select 1`.execute(db);
});

test("a statement that never ends is stopped by the server", async () => {
  const { db, close } = await freshDatabase({ empty: true });
  onTestFinished(close);
  const { rows } = await sql<{
    name: string;
    setting: string;
  }>`select name, setting from pg_settings where name in ('statement_timeout', 'idle_in_transaction_session_timeout')`.execute(
    db,
  );
  assert.equal(rows.length, 2);
  for (const { name, setting } of rows) assert.ok(Number(setting) > 0, name);
  await assert.rejects(
    db.transaction().execute(async (tx) => {
      await sql`set local statement_timeout = 10`.execute(tx);
      await sql`select pg_sleep(60)`.execute(tx);
    }),
    isUnavailable,
  );
});
