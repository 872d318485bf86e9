import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { fork } from "node:child_process";
import { once } from "node:events";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test } from "vitest";
import { type Database, openPostgres } from "../../src/db/database.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Publication, Push } from "../../src/model/push.ts";
import { openBullmqQueue } from "../../src/queue/bullmq/bullmq-queue.ts";
import { openEmbeddedQueue } from "../../src/queue/embedded/embedded-queue.ts";
import type { Queue } from "../../src/queue/queue.ts";
import { type RunningWorker, startWorker, type WorkerParts } from "../../worker/main.ts";
import { gate } from "../conformance/queue.ts";
import { headersOf, pushPayload, startEdge } from "../support/edge.ts";
import { keptLog } from "../support/kept-log.ts";
import { freshDatabase, freshEmbedded } from "../support/postgres.ts";
import { sharedRedis } from "../support/redis.ts";

const RESULT = { fragments: 1, bytes: 2, skipped: [] };
/** Short ones, so that tests see many rounds; but no lease runs out, however busy the machine is. */
const TIMES = { leaseMs: 60_000, renewMs: 50, sweepMs: 20, quietMs: 0, slowMs: 60_000, graceMs: 120_000 };
/** A Redis that a busy machine makes late is waited for. */
const PATIENT = { offerMs: 120_000, startMs: 120_000 };

async function openPostgresAndRedis() {
  const { db, url, close } = await freshDatabase();
  const redis = await sharedRedis();
  const open = async () => await openBullmqQueue({ ...redis, prefix: randomUUID(), log: keptLog(), ...PATIENT });
  return { db, close, open, inOrder: () => openPostgres(url, { connections: 1 }) };
}

async function openInOneProcess() {
  const { db, close } = await freshEmbedded();
  return { db, close, open: async () => openEmbeddedQueue(keptLog()), inOrder: () => db };
}

describe.each([
  ["PGlite and the embedded queue", openInOneProcess],
  ["PostgreSQL and Redis", openPostgresAndRedis],
] as const)("a worker (%s)", (_, openPlace) => {
  /** `inOrder` gives the database by one connection, where answers come in the order in which they were asked for. */
  let place: { db: Database; inOrder: () => Database; open: () => Promise<Queue>; close: () => Promise<void> };
  let queue: Queue;
  let edge: Awaited<ReturnType<typeof startEdge>>;
  let workers: RunningWorker[];

  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => await place.close());
  beforeEach(async () => {
    await sql`delete from deliveries`.execute(place.db);
    await sql`delete from outbox`.execute(place.db);
    queue = await place.open();
    edge = await startEdge(place.db, { queue });
    workers = [];
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await edge.close();
  });

  const deliver = async (repositoryId?: number) => await deliverTo(edge.url, repositoryId);

  const work = async (parts: Partial<WorkerParts> = {}): Promise<RunningWorker> => {
    const worker = await startWorker({
      db: place.db,
      queue,
      log: edge.log,
      peppers: edge.peppers,
      mask: (text) => text.replaceAll("hunter2", "[masked]"),
      handlePush: async () => RESULT,
      relay: async () => {},
      times: TIMES,
      ...parts,
    });
    workers.push(worker);
    return worker;
  };

  const enqueueMail = async () => {
    const values = { kind: "mail", dedupe_key: randomUUID(), payload: "{}" } as const;
    return (await place.db.insertInto("outbox").values(values).returning("id").executeTakeFirstOrThrow()).id;
  };

  test("sends each delivered push down the river once, and notes what came of it", async () => {
    const pushes: (Push | Publication)[] = [];
    await work({
      handlePush: async (push) => {
        pushes.push(push);
        return { fragments: 5, bytes: 600, skipped: [{ what: "a.bin", why: "too large" }] };
      },
    });
    const ids = await Promise.all(Array.from({ length: 20 }, () => deliver()));
    const rows = await Promise.all(ids.map((id) => rowWhen(place.db, "deliveries", id, "done")));
    assert.deepEqual(pushes.map((push) => push.deliveryId).sort(), ids.sort());
    assert.equal(pushes[0]?.repository, "acme/site");
    assert.deepEqual([rows[0]?.fragments, rows[0]?.bytes, rows[0]?.skipped?.length], [5, 600, 1]);
  });

  test("has nothing left to do for a row that is done", async () => {
    await work();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const ids = await Promise.all(Array.from({ length: 30 }, () => deliver()));
    await Promise.all(ids.map((id) => rowWhen(place.db, "deliveries", id, "done")));
    assert.ok(timers() < before + ids.length, "a lease is kept alive though its row is done");
  });

  test("tries again what failed for a reason that passes", async () => {
    let calls = 0;
    await work({
      handlePush: async () => {
        calls += 1;
        if (calls === 1) throw new PatrolError("fetch-failed", "The git server is away.");
        return RESULT;
      },
    });
    const id = await deliver();
    const failed = await rowWhen(place.db, "deliveries", id, "new", (row) => row.attempts === 1);
    assert.deepEqual([failed.error_code, failed.error], ["fetch-failed", "The git server is away."]);
    const done = await rowWhen(place.db, "deliveries", id, "done");
    assert.deepEqual([calls, done.attempts, done.error], [2, 2, null]);
  });

  test("sets aside what can never work, with the reason masked", async () => {
    await work({
      handlePush: async () => {
        throw new PatrolError("payload-invalid", "There is no ref hunter2.");
      },
    });
    const row = await rowWhen(place.db, "deliveries", await deliver(), "dead");
    assert.equal(row.error, "There is no ref [masked].");
    assert.ok(!edge.log.lines.some((line) => line.includes("hunter2")));
  });

  test("comes back to what another process sealed with a pepper that it does not know yet", async () => {
    const id = await deliver();
    const old = await work({ peppers: [{ id: "old", key: randomBytes(32) }] });
    const row = await rowWhen(place.db, "deliveries", id, "new", ({ attempts }) => attempts === 1);
    assert.equal(row.error_code, "setting-invalid");
    await old.stop();
    workers.pop();
    queue = await place.open();
    await work();
    assert.equal((await rowWhen(place.db, "deliveries", id, "done")).error, null);
    await queue.close();
  });

  test("finds by itself what no queue told it of", async () => {
    const [id, outboxId] = [await deliver(), await enqueueMail()];
    // The queue forgets everything, as Redis does when it is flushed.
    await queue.close();
    queue = await place.open();
    const relayed: string[] = [];
    await work({ relay: async (row) => void relayed.push(row.id) });
    await rowWhen(place.db, "deliveries", id, "done");
    await rowWhen(place.db, "outbox", outboxId, "done");
    assert.deepEqual(relayed, [outboxId]);
    await queue.close();
  });

  test("relays an outbox row again until it works", async () => {
    let calls = 0;
    await work({
      relay: async () => {
        calls += 1;
        if (calls === 1) throw new PatrolError("mail-failed", "451 busy");
      },
    });
    const row = await rowWhen(place.db, "outbox", await enqueueMail(), "done");
    assert.deepEqual([calls, row.attempts], [2, 2]);
  });

  test("keeps its lease while it works long, so that nobody doubles the work", async () => {
    const hold = gate();
    let calls = 0;
    await work({
      handlePush: async () => {
        calls += 1;
        await hold.opened;
        return RESULT;
      },
    });
    const id = await deliver();
    let until = (await rowWhen(place.db, "deliveries", id, "leased")).leased_until ?? new Date(0);
    for (let renewed = 0; renewed < 3; renewed++) {
      const isLonger = (row: Row<"deliveries">) => row.leased_until !== null && row.leased_until > until;
      until = (await rowWhen(place.db, "deliveries", id, "leased", isLonger)).leased_until ?? until;
    }
    hold.open();
    const row = await rowWhen(place.db, "deliveries", id, "done");
    assert.deepEqual([calls, row.attempts], [1, 1]);
  });

  test("says once that its lease cannot be renewed, however long that lasts", async () => {
    const { handlePush, begun, hold } = heldPush();
    const db = place.inOrder();
    const worker = await work({ db, handlePush });
    await sql`create sequence refused`.execute(place.db);
    await sql`create function refuse() returns trigger language plpgsql as $$ begin
      perform nextval('refused'); raise exception 'not now'; end $$`.execute(place.db);
    const id = await deliver();
    await begun.opened;
    await sql`create trigger refuse before update on deliveries for each row execute function refuse()`.execute(
      place.db,
    );
    const refused = async () =>
      Number((await sql<{ n: number }>`select last_value as n from refused`.execute(place.db)).rows[0]?.n);
    while ((await refused()) < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    await sql`drop trigger refuse on deliveries`.execute(place.db);
    await sql`drop function refuse`.execute(place.db);
    await sql`drop sequence refused`.execute(place.db);
    hold.open();
    await rowWhen(place.db, "deliveries", id, "done");
    assert.equal(edge.log.lines.filter((line) => line.includes("could not be renewed")).length, 1);
    await worker.stop();
    if (db !== place.db) await db.destroy();
  });

  test("tells the work to stop when its row was taken by another", async () => {
    const told = gate();
    let calls = 0;
    await work({
      handlePush: async (_push, signal) => {
        calls += 1;
        if (calls > 1) return RESULT;
        signal.addEventListener("abort", told.open);
        await new Promise(() => {});
        return RESULT;
      },
    });
    const id = await deliver();
    await rowWhen(place.db, "deliveries", id, "leased");
    await sql`update deliveries set leased_by = 'another', leased_until = now() where id = ${id}`.execute(place.db);
    await told.opened;
    assert.equal((await rowWhen(place.db, "deliveries", id, "done")).attempts, 2);
  });

  test("goes on with others while pushes of some repositories take long, of each a few", async () => {
    const [hold, begun] = [gate(), [] as number[]];
    const isSlow = (id: number) => id < 10;
    await work({
      concurrency: 1,
      times: { ...TIMES, slowMs: 20 },
      handlePush: async ({ repositoryId }) => {
        begun.push(repositoryId);
        if (isSlow(repositoryId)) await hold.opened;
        return RESULT;
      },
    });
    const slow = [];
    for (const repositoryId of [1, 1, 2, 1, 2, 2]) slow.push(await deliver(repositoryId));
    for (let count = 0; count < 2; count++) await rowWhen(place.db, "deliveries", await deliver(10), "done");
    while (begun.filter(isSlow).length < 4) await rowWhen(place.db, "deliveries", await deliver(10), "done");
    assert.deepEqual(begun.filter(isSlow).sort(), [1, 1, 2, 2]);
    const rows = await Promise.all(slow.map((id) => rowOf(place.db, "deliveries", id)));
    const waiting = rows.filter((row) => row.state === "new");
    assert.deepEqual(
      waiting.map((row) => row.attempts),
      waiting.map(() => 0),
    );
    hold.open();
    for (const [at, row] of rows.entries())
      if (row.state === "leased") await rowWhen(place.db, "deliveries", slow[at]!, "done");
    // What has to wait for its repository comes back by itself, after a while that nobody waits for here.
    await sql`update deliveries set available_at = now() where state = 'new'`.execute(place.db);
    for (const id of slow) await rowWhen(place.db, "deliveries", id, "done");
  });

  test("that stops waits for work that ends soon, also for what takes long", async () => {
    const { handlePush, begun, hold } = heldPush();
    const worker = await work({ times: { ...TIMES, slowMs: 1 }, concurrency: 1, handlePush });
    const id = await deliver(1);
    await begun.opened;
    const other = await deliver(2);
    // Another is begun in the one lane: it does not wait for the first.
    await rowWhen(place.db, "deliveries", other, "leased");
    const stopping = worker.stop();
    hold.open();
    await stopping;
    assert.equal((await rowOf(place.db, "deliveries", id)).state, "done");
  });

  test("that stops waits for work that ends soon", async () => {
    const { handlePush, begun, hold } = heldPush();
    const worker = await work({ handlePush });
    const id = await deliver();
    await begun.opened;
    const stopping = worker.stop();
    hold.open();
    await stopping;
    assert.equal((await rowWhen(place.db, "deliveries", id, "done")).attempts, 1);
  });

  test("that stops gives back work that does not end, as if it had not been tried", async () => {
    const { handlePush, begun } = heldPush();
    const worker = await work({ times: { ...TIMES, graceMs: 50 }, handlePush });
    const id = await deliver();
    await begun.opened;
    await worker.stop();
    const row = await rowWhen(place.db, "deliveries", id, "new");
    assert.deepEqual([row.attempts, row.leased_by, row.error], [0, null, null]);
  });
});

test("a worker process that is killed in the middle is replaced by another", async () => {
  const { db, url, close } = await freshDatabase();
  const { url: redis, prefix } = await sharedRedis();
  const log = keptLog();
  const queue = await openBullmqQueue({ url: redis, prefix, log, ...PATIENT });
  const edge = await startEdge(db, { queue });
  const peppers = edge.peppers.map(({ id, key }) => `${id}:${key.toString("base64")}`).join();
  const child = fork("test/worker/doomed-worker.ts", [url, redis, prefix, peppers], { execArgv: ["--import", "tsx"] });
  const id = await deliverTo(edge.url);
  const [message] = (await once(child, "message")) as [unknown];
  assert.equal(message, id);
  child.kill("SIGKILL");
  await once(child, "exit");
  const parts = { db, queue, log, peppers: edge.peppers, mask: (text: string) => text, relay: async () => {} };
  const worker = await startWorker({ ...parts, handlePush: async () => RESULT, times: TIMES });
  const row = await rowWhen(db, "deliveries", id, "done");
  assert.deepEqual([row.attempts, row.lost_leases], [2, 1]);
  await worker.stop();
  await edge.close();
  await close();
});

/** Work that says when it has begun, and goes on until `hold` is opened. */
function heldPush() {
  const [begun, hold] = [gate(), gate()];
  const handlePush = async () => {
    begun.open();
    await hold.opened;
    return RESULT;
  };
  return { handlePush, begun, hold };
}

async function deliverTo(url: string, repositoryId = 7): Promise<string> {
  const id = randomUUID();
  const body = JSON.stringify(pushPayload({ repository: { id: repositoryId } }));
  const headers = headersOf(body, { "x-github-delivery": id });
  const response = await fetch(`${url}/webhooks/github`, { method: "POST", body, headers });
  assert.equal(response.status, 202);
  return id;
}

/** The row, as soon as it is in that state. */
async function rowWhen<Table extends "deliveries" | "outbox">(
  db: Database,
  table: Table,
  id: string,
  state: "new" | "leased" | "done" | "dead",
  also: (row: Row<Table>) => boolean = () => true,
): Promise<Row<Table>> {
  for (;;) {
    const row = await rowOf(db, table, id);
    if (row.state === state && also(row)) return row;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function rowOf<Table extends "deliveries" | "outbox">(db: Database, table: Table, id: string) {
  const { rows } = await sql<Row<Table>>`select * from ${sql.table(table)} where id = ${id}`.execute(db);
  const [row] = rows;
  assert.ok(row);
  return row;
}

type Row<Table extends "deliveries" | "outbox"> = Table extends "deliveries"
  ? import("../../src/db/deliveries.ts").DeliveryRow
  : import("../../src/db/outbox.ts").OutboxRow;
