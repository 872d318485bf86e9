import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { onTestFinished, test } from "vitest";
import { openPGlite } from "../../src/db/pglite.ts";
import { readTemplate, unpack } from "../../src/db/template.ts";
import { Disk, type Luck } from "../support/disk.ts";
import { temporaryFolder } from "../support/postgres.ts";

/** A generator of numbers from 0 to 1 that is the same in every run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function plug(): { folder: string; disk: Disk } {
  const folder = join(temporaryFolder(), "disk");
  mkdirSync(folder);
  const disk = new Disk(folder);
  onTestFinished(() => disk.unplug());
  return { folder, disk };
}

const WORD = "kept".repeat(40);
const insert = (db: PGlite, id: number) => db.query("insert into kept values ($1, $2)", [id, WORD]);

/** What an image of the disk holds of the acknowledged rows, asked by way of the table and by way of its index. */
async function rowsOf(image: string): Promise<number> {
  const db = await openPGlite(join(image, "database"), { durable: false });
  try {
    const counts = new Set<number>();
    for (const way of ["enable_seqscan", "enable_indexscan"]) {
      await db.exec(`set enable_bitmapscan = off; set enable_indexonlyscan = off; set ${way} = off`);
      const { rows } = await db.query<{ count: number }>("select count(*) from kept where id > 0 and word = $1", [
        WORD,
      ]);
      counts.add(rows[0]?.count ?? -1);
      await db.exec("reset all");
    }
    assert.equal(counts.size, 1, "table and index agree");
    return [...counts][0] ?? -1;
  } finally {
    await db.close();
  }
}

test("a commit is answered when its log is synced, and a checkpoint when all else is", async () => {
  const { folder, disk } = plug();
  const db = await openPGlite(join(folder, "database"));
  onTestFinished(() => db.close());
  await db.exec("create table kept (id bigint primary key, word text)");
  for (let id = 1; id <= 50; id += 1) {
    const before = disk.syncs;
    await insert(db, id);
    assert.ok(disk.syncs > before);
    assert.deepEqual(
      disk.unsynced().filter((path) => path.includes("pg_wal/")),
      [],
    );
  }
  const quiet = disk.syncs;
  await db.query("select count(*) from kept");
  assert.equal(disk.syncs, quiet, "reading waits for no disk");
  await db.exec("checkpoint");
  // What PostgreSQL makes anew at each start is never synced.
  const rest = disk.unsynced().filter((path) => !/pg_internal\.init|pg_subtrans|postmaster\.(pid|opts)/.test(path));
  assert.deepEqual(rest, []);
});

test("after a power cut at any sync, every acknowledged row is there", async () => {
  const { folder, disk } = plug();
  const images: { readonly image: string; readonly acknowledged: number; readonly offered: number }[] = [];
  let acknowledged = 0;
  let offered = 0;
  const random = chance(11);
  const cut = (luck: Luck) => {
    const image = join(temporaryFolder("patrol-image-"), "image");
    disk.cut(image, luck);
    images.push({ image, acknowledged, offered });
  };

  const db = await openPGlite(join(folder, "database"));
  await db.exec("create table kept (id bigint primary key, word text)");
  const add = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      offered += 1;
      await insert(db, offered);
      acknowledged = offered;
    }
  };
  /** Cuts twice within `work`, at syncs that chance picks: once with no luck, once with some. */
  const during = async (syncs: number, work: () => Promise<unknown>) => {
    const first = Math.floor(random() * syncs);
    const second = Math.floor(random() * syncs);
    let seen = 0;
    disk.beforeSync = () => {
      if (seen === first) cut("none");
      if (seen === second) cut(random);
      seen += 1;
    };
    await work();
    disk.beforeSync = () => {};
    assert.ok(seen > Math.max(first, second), `${seen} syncs`);
  };

  await during(40, () => add(40));
  await during(8, () => db.exec("checkpoint"));
  await db.exec("create table other (id bigint, word text); create index on other (id)");
  // More than a segment of the log: new files, with names of their own to sync.
  await during(3, () => db.query("insert into other select g, repeat('x', 1000) from generate_series(1, 20000) g"));
  await add(20);
  await db.exec("vacuum kept");
  await during(8, () => db.exec("drop table other").then(() => db.exec("checkpoint")));
  await add(20);
  cut("none");
  cut(random);
  disk.unplug();
  await db.close();

  for (const { image, acknowledged: least, offered: most } of images) {
    const rows = await rowsOf(image);
    assert.ok(rows >= least && rows <= most, `${rows} rows of ${least} acknowledged and ${most} offered`);
  }
});

test("the same power cut takes rows from PGlite as it comes", async () => {
  const { folder, disk } = plug();
  await unpack(await readTemplate(), join(folder, "database"), { sync: true });
  const db = await openPGlite(join(folder, "database"), { durable: false });
  await db.exec("create table kept (id bigint primary key, word text)");
  await insert(db, 1);
  const image = join(temporaryFolder("patrol-image-"), "image");
  disk.cut(image);
  disk.unplug();
  await db.close();
  await assert.rejects(rowsOf(image), /relation "kept" does not exist/);
});

test("a power cut while a new folder is filled leaves a folder that opens", async () => {
  const { folder, disk } = plug();
  const image = join(temporaryFolder("patrol-image-"), "image");
  let seen = 0;
  disk.beforeSync = () => {
    seen += 1;
    if (seen === 400) disk.cut(image);
  };
  await (await openPGlite(join(folder, "database"))).close();
  disk.unplug();
  assert.ok(seen > 400, `${seen} syncs`);
  const db = await openPGlite(join(image, "database"), { durable: false });
  await db.query("select 1");
  await db.close();
});
