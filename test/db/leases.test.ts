import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import {
  failDelivery,
  finishDelivery,
  keepDelivery,
  leaseDelivery,
  listDeliveries,
  openDeliveries,
  replayDelivery,
} from "../../src/db/deliveries.ts";
import { delayMs, PATIENCE, releaseLease, renewLease } from "../../src/db/leases.ts";
import { failOutbox, finishOutbox, leaseOutbox, openOutbox } from "../../src/db/outbox.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";

const NOTHING = { fragments: 0, bytes: 0, skipped: [] };
const HOUR = 3_600_000;

async function keep(db: Database, id: string = randomUUID()): Promise<string> {
  await keepDelivery(db, { id, event: "push", repositoryId: 1, sealed: Buffer.from("sealed") });
  return id;
}

async function rowOf(db: Database, id: string) {
  return await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

async function lease(db: Database, id: string, leaseMs = HOUR) {
  const taken = await leaseDelivery(db, id, "worker", leaseMs);
  assert.ok(taken);
  return taken;
}

describeOnBothDatabases("the inbox", (db) => {
  test("of many workers that want one delivery at the same time, one gets it", async () => {
    const id = await keep(db());
    const taken = await Promise.all(Array.from({ length: 8 }, (_, n) => leaseDelivery(db(), id, `worker-${n}`, HOUR)));
    assert.equal(taken.filter(Boolean).length, 1);
  });

  test("a finished delivery holds what came of it, and cannot be taken again", async () => {
    const id = await keep(db());
    const skipped = [{ what: "big.bin", why: "larger than the limit" }];
    assert.equal(await finishDelivery(db(), await lease(db(), id), { fragments: 3, bytes: 4096, skipped }), true);
    const row = await rowOf(db(), id);
    assert.deepEqual([row.state, row.fragments, row.bytes, row.skipped], ["done", 3, 4096, skipped]);
    assert.equal(await leaseDelivery(db(), id, "worker", HOUR), undefined);
  });

  test("a holder whose lease ran out changes nothing any more", async () => {
    const id = await keep(db());
    const first = await lease(db(), id, 0);
    const second = await lease(db(), id);
    assert.equal(await renewLease(db(), first, HOUR), false);
    assert.equal(await finishDelivery(db(), first, NOTHING), false);
    assert.equal(await failDelivery(db(), first, { code: "fetch-failed", message: "late" }, true), "lost");
    assert.equal(await renewLease(db(), second, HOUR), true);
    assert.equal((await rowOf(db(), id)).state, "leased");
  });

  test("a failure that may pass brings the delivery back later, one that may not sets it aside", async () => {
    const [passing, lasting] = [await keep(db()), await keep(db())];
    const failure = { code: "fetch-failed", message: "the git server is away" } as const;
    assert.equal(await failDelivery(db(), await lease(db(), passing), failure, true), "again");
    assert.equal(await failDelivery(db(), await lease(db(), lasting), failure, false), "dead");
    const [again, dead] = [await rowOf(db(), passing), await rowOf(db(), lasting)];
    assert.deepEqual([again.state, again.error_code, again.error], ["new", "fetch-failed", "the git server is away"]);
    assert.ok(again.available_at > again.received_at);
    assert.equal(await leaseDelivery(db(), passing, "worker", HOUR), undefined, "not due yet");
    assert.equal(dead.state, "dead");
  });

  test("what is kept of a reason is bounded, however long it is", async () => {
    const id = await keep(db());
    await failDelivery(db(), await lease(db(), id), { code: "internal", message: "x".repeat(100_000) }, true);
    assert.equal((await rowOf(db(), id)).error, "x".repeat(2_000));
  });

  test("a delivery that fails too often is set aside as dead, and can be replayed", async () => {
    const id = await keep(db());
    const failure = { code: "internal", message: "no" } as const;
    for (let attempt = 1; attempt <= PATIENCE.deliveries.attempts; attempt++) {
      await sql`update deliveries set available_at = now() where id = ${id}`.execute(db());
      const fate = await failDelivery(db(), await lease(db(), id), failure, true);
      assert.equal(fate, attempt < PATIENCE.deliveries.attempts ? "again" : "dead");
    }
    assert.ok((await listDeliveries(db(), { state: "dead" })).some((row) => row.id === id));
    assert.equal(await replayDelivery(db(), id), true);
    assert.equal((await lease(db(), id)).attempts, 1);
    assert.equal(await replayDelivery(db(), id), false, "it is being handled");
    assert.equal(await replayDelivery(db(), "no-such-delivery"), false);
  });

  test("a delivery that kills its workers is set aside", async () => {
    const id = await keep(db());
    for (let lost = 0; lost <= PATIENCE.deliveries.lostLeases; lost++) await lease(db(), id, 0);
    assert.equal(await leaseDelivery(db(), id, "doomed", 0), undefined, "nobody else is sent to it");
    await openDeliveries(db(), 100);
    const row = await rowOf(db(), id);
    assert.deepEqual([row.state, row.attempts], ["dead", PATIENCE.deliveries.lostLeases + 1]);
    assert.match(row.error ?? "", /workers stopped/);
  });

  test("only workers lost in a row count: one that lived to fail, or to give the delivery back, begins anew", async () => {
    const id = await keep(db());
    const endings = [
      async () => {
        const failure = { code: "fetch-failed", message: "the git server is away" } as const;
        assert.equal(await failDelivery(db(), await lease(db(), id), failure, true), "again");
        await sql`update deliveries set available_at = now() where id = ${id}`.execute(db());
      },
      async () => assert.equal(await releaseLease(db(), await lease(db(), id)), true),
    ];
    for (const end of endings) {
      for (let lost = 0; lost < PATIENCE.deliveries.lostLeases; lost++) await lease(db(), id, 0);
      await end();
    }
    assert.equal(await finishDelivery(db(), await lease(db(), id), NOTHING), true);
  });

  test("a delivery given back was not tried", async () => {
    const id = await keep(db());
    assert.equal(await releaseLease(db(), await lease(db(), id)), true);
    assert.equal((await lease(db(), id)).attempts, 1);
  });

  test("the open ones are those that wait, are due, or lost their worker", async () => {
    const ids = { waits: await keep(db()), held: await keep(db()), lost: await keep(db()), later: await keep(db()) };
    await lease(db(), ids.held);
    await lease(db(), ids.lost, 0);
    await failDelivery(db(), await lease(db(), ids.later), { code: "internal", message: "no" }, true);
    const open = await openDeliveries(db(), 1000);
    const names = Object.entries(ids).flatMap(([name, id]) => (open.includes(id) ? [name] : []));
    assert.deepEqual(names, ["waits", "lost"]);
    assert.ok(!(await openDeliveries(db(), 1000, HOUR)).includes(ids.waits), "too fresh: the edge has just offered it");
    assert.equal((await openDeliveries(db(), 1)).length, 1);
  });

  test("those that wait longest are offered first, however few are offered", async () => {
    const ids = [await keep(db()), await keep(db()), await keep(db())];
    for (const [at, hours] of [3, 5, 4].entries())
      await sql`update deliveries set available_at = now() - make_interval(hours => ${hours}) where id = ${ids[at]}`.execute(
        db(),
      );
    const open = (await openDeliveries(db(), 1000)).filter((id) => ids.includes(id));
    assert.deepEqual(open, [ids[1], ids[2], ids[0]]);
    assert.deepEqual(await openDeliveries(db(), 2), [ids[1], ids[2]]);
  });

  test("a delivery that comes again changes nothing when done or held, and is due at once otherwise", async () => {
    const [done, held, later, dead] = [await keep(db()), await keep(db()), await keep(db()), await keep(db())];
    const failure = { code: "internal", message: "no" } as const;
    await finishDelivery(db(), await lease(db(), done), NOTHING);
    await lease(db(), held);
    await failDelivery(db(), await lease(db(), later), failure, true);
    await failDelivery(db(), await lease(db(), dead), failure, false);
    for (const id of [done, held, later, dead])
      assert.equal(await keepDelivery(db(), { id, event: "push", sealed: Buffer.from("again") }), "known");
    assert.equal((await rowOf(db(), done)).state, "done");
    // The pepper of the first may be gone by now: only what is tried from the start is what came last.
    const sealed = await Promise.all([done, held, later, dead].map(async (id) => (await rowOf(db(), id)).sealed));
    assert.deepEqual(sealed.map(String), ["sealed", "sealed", "sealed", "again"]);
    assert.equal((await rowOf(db(), held)).state, "leased");
    assert.equal((await lease(db(), later)).attempts, 2);
    assert.equal((await lease(db(), dead)).attempts, 1);
  });

  test("of one event that reached two webhooks, what the App's says is kept until it is done, in whatever order they come", async () => {
    const [waits, held, done] = [await keep(db()), await keep(db()), await keep(db())];
    const failed = await lease(db(), held);
    await finishDelivery(db(), await lease(db(), done), NOTHING);
    for (const id of [waits, held, done]) {
      const both = { id, event: "push" } as const;
      await keepDelivery(db(), { ...both, sealed: Buffer.from("the App's"), isFromApp: true });
      await keepDelivery(db(), { ...both, sealed: Buffer.from("another's") });
    }
    const rows = await Promise.all([waits, held, done].map(async (id) => await rowOf(db(), id)));
    assert.deepEqual(
      rows.map(({ state, sealed }) => [state, String(sealed)]),
      [
        ["new", "the App's"],
        ["leased", "the App's"],
        ["done", "sealed"],
      ],
    );
    // Whoever has it goes on with what it took, and the next attempt is with the App's.
    const failure = { code: "repository-gone", message: "no" } as const;
    assert.equal(await failDelivery(db(), failed, failure, true), "again");
  });

  test("the list shows the newest first and nothing that is sealed", async () => {
    const [older, newer] = [await keep(db()), await keep(db())];
    // PGlite's clock has milliseconds, and both may have come within one.
    const later = sql<Date>`received_at + interval '1 second'`;
    await db().updateTable("deliveries").set({ received_at: later }).where("id", "=", newer).execute();
    const list = await listDeliveries(db(), { limit: 2 });
    assert.deepEqual(
      list.map((row) => row.id),
      [newer, older],
    );
    assert.ok(!("sealed" in (list[0] ?? {})));
  });
});

describeOnBothDatabases("the outbox", (db) => {
  const enqueue = async () => {
    const values = { kind: "mail", dedupe_key: randomUUID(), payload: JSON.stringify({ incidentId: "1" }) } as const;
    return (await db().insertInto("outbox").values(values).returning("id").executeTakeFirstOrThrow()).id;
  };

  test("a row is taken by one worker, comes back when it fails, and is finished once", async () => {
    const id = await enqueue();
    assert.deepEqual(await openOutbox(db(), 10), [id]);
    const first = await leaseOutbox(db(), id, "worker", HOUR);
    assert.ok(first);
    assert.deepEqual(first.row.payload, { incidentId: "1" });
    assert.equal(await leaseOutbox(db(), id, "other", HOUR), undefined);
    assert.equal(await failOutbox(db(), first, { code: "mail-failed", message: "450" }, true), "again");
    await sql`update outbox set available_at = now()`.execute(db());
    const second = await leaseOutbox(db(), id, "worker", HOUR);
    assert.ok(second);
    assert.equal(await finishOutbox(db(), second), true);
    assert.deepEqual(await openOutbox(db(), 10), []);
  });
});

test("delays double up to a limit and never fall below half of it", () => {
  const longest = PATIENCE.deliveries.longestDelayMs;
  const full = [1, 2, 3, 4, 100].map((attempt) => delayMs("deliveries", attempt, () => 1));
  assert.deepEqual(full, [2_000, 4_000, 8_000, 16_000, longest]);
  assert.equal(
    delayMs("deliveries", 100, () => 0),
    longest / 2,
  );
});
