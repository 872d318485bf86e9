import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { sqlState } from "../../src/db/errors.ts";
import { migrate } from "../../src/db/migrate.ts";

const MIGRATIONS = "src/db/migrations";

/** What every database of Patrol must do alike. `open` gives an empty one without tables, several over the suite. */
export function databaseConformance(
  name: string,
  open: () => Promise<{ readonly db: Database; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    const db = () => opened.db;
    beforeAll(async () => {
      opened = await open();
      await sql`create table things (id bigint primary key, bytes bytea, words text[], value jsonb, at timestamptz)`.execute(
        db(),
      );
    });
    beforeEach(() => sql`truncate things`.execute(db()));
    afterAll(() => opened.close());

    const insert = (id: number, on: Database = db()) => sql`insert into things (id) values (${id})`.execute(on);
    const ids = async (on: Database = db()) =>
      (await sql<{ id: number }>`select id from things order by id`.execute(on)).rows.map((row) => row.id);

    test("values come back as they went in", async () => {
      const row = {
        id: 2 ** 53 - 1,
        bytes: randomBytes(64),
        words: ["plain", 'with "quotes", commas', "", "\\", "snö", "null"],
        value: { list: [1, "two", null], text: "quote \" and \\ and '" },
        at: new Date("2026-02-28T23:59:59.123Z"),
      };
      await sql`insert into things values (${row.id}, ${row.bytes}, ${row.words}, ${JSON.stringify(row.value)}, ${row.at})`.execute(
        db(),
      );
      const { rows } = await sql<typeof row>`select * from things`.execute(db());
      assert.deepEqual(rows, [row]);
      assert.ok(Buffer.isBuffer(rows[0]?.bytes));
    });

    test("nothing comes back as null", async () => {
      await insert(1);
      const { rows } = await sql`select bytes, words, value, at from things`.execute(db());
      assert.deepEqual({ ...(rows[0] as object) }, { bytes: null, words: null, value: null, at: null });
    });

    test("counts of changed rows are told", async () => {
      for (const id of [1, 2, 3]) await insert(id);
      const { numAffectedRows } = await sql`update things set words = '{}' where id > 1`.execute(db());
      assert.equal(numAffectedRows, 2n);
    });

    test("a transaction that throws leaves nothing", async () => {
      await assert.rejects(
        db()
          .transaction()
          .execute(async (tx) => {
            await insert(1, tx);
            throw new Error("changed my mind");
          }),
        /changed my mind/,
      );
      assert.deepEqual(await ids(), []);
    });

    test("what a transaction has not committed is seen by nobody else, whatever is asked in between", async () => {
      let outside: Promise<number[]> | undefined;
      let another: Promise<unknown> | undefined;
      await assert.rejects(
        db()
          .transaction()
          .execute(async (tx) => {
            await insert(1, tx);
            outside = ids();
            another = db()
              .transaction()
              .execute((other) => insert(2, other));
            // The other transaction may have ended by now, where there are several connections.
            assert.ok((await ids(tx)).includes(1));
            throw new Error("roll back");
          }),
        /roll back/,
      );
      await another;
      assert.ok(!(await outside)?.includes(1));
      assert.deepEqual(await ids(), [2]);
    });

    test("twenty workers that take rows with `skip locked` take each row once", async () => {
      await sql`insert into things (id) select generate_series(1, 20)`.execute(db());
      const take = () =>
        db()
          .transaction()
          .execute(async (tx) => {
            const { rows } = await sql<{
              id: number;
            }>`delete from things where id = (select id from things order by id limit 1 for update skip locked) returning id`.execute(
              tx,
            );
            return rows[0]?.id;
          });
      const taken = await Promise.all(Array.from({ length: 20 }, take));
      assert.deepEqual(
        taken.sort((a, b) => Number(a) - Number(b)),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
    });

    test("an advisory lock of a transaction admits one at a time", async () => {
      let inside = 0;
      let most = 0;
      const enter = () =>
        db()
          .transaction()
          .execute(async (tx) => {
            await sql`select pg_advisory_xact_lock(7)`.execute(tx);
            most = Math.max(most, (inside += 1));
            await sql`select 1`.execute(tx);
            inside -= 1;
          });
      await Promise.all(Array.from({ length: 8 }, enter));
      assert.equal(most, 1);
    });

    test("a taken key is told apart from other errors", async () => {
      await insert(1);
      const taken = await insert(1).catch((error: unknown) => error);
      assert.deepEqual([sqlState(taken), (taken as { constraint?: string }).constraint], ["23505", "things_pkey"]);
      const broken = await sql`select * from nowhere`.execute(db()).catch((error: unknown) => error);
      assert.equal(sqlState(broken), "42P01");
    });

    test("an error within a transaction leaves the next one clean", async () => {
      await assert.rejects(
        db()
          .transaction()
          .execute((tx) => sql`select 1/0`.execute(tx)),
      );
      await insert(1);
      assert.deepEqual(await ids(), [1]);
    });

    test("a serializable transaction is one", async () => {
      const level = await db()
        .transaction()
        .setIsolationLevel("serializable")
        .execute((tx) => sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(tx));
      assert.equal(level.rows[0]?.level, "serializable");
    });

    test("times are kept and shown in UTC", async () => {
      const { rows } = await sql<{ zone: string }>`select current_setting('timezone') as zone`.execute(db());
      assert.equal(rows[0]?.zone, "UTC");
    });

    test("twenty migrators at once apply each migration once", async () => {
      const fresh = await open();
      try {
        const applied = await Promise.all(Array.from({ length: 20 }, () => migrate(fresh.db, MIGRATIONS)));
        const { rows } = await sql<{ name: string }>`select name from migrations order by name`.execute(fresh.db);
        assert.ok(rows.length > 0);
        assert.deepEqual(
          applied.flat().sort(),
          rows.map((row) => row.name),
        );
      } finally {
        await fresh.close();
      }
    });
  });
}
