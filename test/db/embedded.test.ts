import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { onTestFinished, test } from "vitest";
import { type Database, openEmbedded } from "../../src/db/database.ts";
import { tidy } from "../../src/db/housekeeping.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { temporaryFolder } from "../support/postgres.ts";

const isUnavailable = (error: unknown) => error instanceof PatrolError && error.code === "database-unavailable";

const ids = async (db: Database) =>
  (await sql<{ id: number }>`select id from kept order by id`.execute(db)).rows.map(({ id }) => id);

/** The disk refuses the next `count` syncs of files. */
function breakDisk(count: number): void {
  const real = fs.fdatasyncSync;
  let left = count;
  fs.fdatasyncSync = (descriptor) => {
    left -= 1;
    if (left >= 0) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    real(descriptor);
  };
  onTestFinished(() => void (fs.fdatasyncSync = real));
}

test("a commit that cannot reach the disk is not acknowledged, and what was acknowledged is there afterwards", async () => {
  const folder = join(temporaryFolder(), "database");
  const db = await openEmbedded(folder);
  onTestFinished(() => db.destroy());
  await sql`create table kept (id bigint primary key)`.execute(db);
  await sql`insert into kept values (1)`.execute(db);
  breakDisk(1);
  await assert.rejects(
    db.transaction().execute(async (tx) => {
      await sql`insert into kept values (2)`.execute(tx);
    }),
    isUnavailable,
  );
  // The database recovers by itself; the second row may or may not have reached the disk, as nobody was told.
  await sql`insert into kept values (3)`.execute(db);
  const found = await ids(db);
  assert.deepEqual(
    found.filter((id) => id !== 2),
    [1, 3],
  );
});

test("dead rows are vacuumed and the log is cut, without a server's background processes", async () => {
  const folder = join(temporaryFolder(), "database");
  const db = await openEmbedded(folder, { durable: false });
  onTestFinished(() => db.destroy());
  await sql`create table kept (id bigint primary key)`.execute(db);
  await sql`insert into kept select generate_series(1, 500)`.execute(db);
  await sql`delete from kept where id > 10`.execute(db);
  const limits = { isDue: false, deadRows: 100, logBytes: 1024 };
  assert.deepEqual(await tidy(db, limits), { vacuumed: ["public.kept"], checkpoint: true });
  assert.deepEqual(await tidy(db, limits), { vacuumed: [], checkpoint: false });
  assert.equal((await ids(db)).length, 10);
});
