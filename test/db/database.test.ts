import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
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

test("a server that says no more, with its connections still open, is unavailable, and new connections are used", async () => {
  const { db: direct, url, close } = await freshDatabase({ empty: true });
  onTestFinished(close);
  // As a firewall that forgets a connection, or a machine that loses its network, looks from here.
  const network = await startNetwork(new URL(url));
  const through = new URL(url);
  through.host = `127.0.0.1:${network.port}`;
  const db = openPostgres(through.href, { connections: 2, answerMs: 500 });
  onTestFinished(async () => {
    await db.destroy();
    network.end();
  });
  await sql`create table kept (n int)`.execute(direct);
  let isSilent = false;
  while (!isSilent)
    await assert.rejects(
      db.transaction().execute(async (tx) => {
        await sql`insert into kept values (1)`.execute(tx);
        network.swallow();
        isSilent = true;
        await sql`select 1`.execute(tx);
      }),
      isUnavailable,
    );
  await Promise.all([1, 2, 3].map(() => untilInTime(() => sql`select 1`.execute(db))));
  // Whoever waits for others' migrations is not cut off.
  await untilInTime(() =>
    db.transaction().execute(async (tx) => {
      await sql`set local statement_timeout = 0`.execute(tx);
      await sql`select pg_sleep(1)`.execute(tx).catch((cause: unknown) => assert.fail(`it was cut off: ${cause}`));
    }),
  );
  assert.deepEqual((await sql`select n from kept`.execute(db)).rows, []);
});

/** Asks again while a busy machine is too slow for the short time that the test's connections are given. */
async function untilInTime(ask: () => Promise<unknown>): Promise<void> {
  let isAnswered = false;
  while (!isAnswered)
    isAnswered = await ask().then(
      () => true,
      (error: unknown) => {
        if (!isUnavailable(error)) throw error;
        return false;
      },
    );
}

/** Carries bytes to and from a server, until it swallows those of all connections that are open then. */
async function startNetwork(to: URL): Promise<{ port: number; swallow(): void; end(): void }> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) socket.on("error", () => {}).on("close", () => pairs.delete(pair));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallow() {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).destroy();
      }
    },
    end() {
      server.close();
      for (const socket of [...pairs].flat()) socket.destroy();
    },
  };
}

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
