import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { ScannedObjects } from "../../src/db/scanned-objects.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";

const id = (bytes = 20) => randomBytes(bytes).toString("hex");
const PUBLIC = { repositoryId: 1, exposure: "public" } as const;

describeOnBothDatabases("the ledger of scanned objects", (db) => {
  test("knows what was clean, and neither what was dirty nor what nobody scanned", async () => {
    const ledger = new ScannedObjects(db(), id(32));
    const [clean, dirty, unseen, long] = [id(), id(), id(), id(32)];
    await ledger.record([
      { object: clean, dirty: false },
      { object: dirty, dirty: true },
      { object: long, dirty: false },
    ]);
    assert.deepEqual(await ledger.alreadyClean([clean, dirty, unseen, long]), new Set([clean, long]));
    assert.deepEqual(await ledger.alreadyClean([]), new Set());
  });

  test("an object that was ever dirty stays dirty, in whatever order it is told", async () => {
    const ledger = new ScannedObjects(db(), id(32));
    const [first, later, both] = [id(), id(), id()];
    await ledger.record([
      { object: first, dirty: true },
      { object: later, dirty: false },
    ]);
    await ledger.record([
      { object: first, dirty: false },
      { object: later, dirty: true },
      { object: both, dirty: true },
      { object: both, dirty: false },
    ]);
    assert.deepEqual(await ledger.alreadyClean([first, later, both]), new Set());
  });

  test("another rulebook has seen nothing", async () => {
    const object = id();
    const ledger = new ScannedObjects(db(), id(32));
    await ledger.record([{ object, dirty: false }]);
    await ledger.recordHeads(PUBLIC, [object]);
    const other = new ScannedObjects(db(), id(32));
    assert.deepEqual(await other.alreadyClean([object]), new Set());
    assert.deepEqual(await other.scannedHeads(PUBLIC, [object]), new Set());
  });

  test("a head is known only in its repository and to the readers it had then", async () => {
    const ledger = new ScannedObjects(db(), id(32));
    const head = id();
    await ledger.recordHeads({ repositoryId: 1, exposure: "private" }, [head]);
    await ledger.recordHeads({ repositoryId: 1, exposure: "private" }, [head]);
    assert.deepEqual(await ledger.scannedHeads({ repositoryId: 1, exposure: "private" }, [head]), new Set([head]));
    assert.deepEqual(await ledger.scannedHeads(PUBLIC, [head]), new Set());
    assert.deepEqual(await ledger.scannedHeads({ repositoryId: 2, exposure: "private" }, [head]), new Set());
  });

  test("writers that tell the same objects at the same time do not hold each other up", async () => {
    const ledger = new ScannedObjects(db(), id(32));
    const objects = Array.from({ length: 500 }, () => ({ object: id(), dirty: false }));
    await Promise.all([objects, objects.toReversed(), objects].map((each) => ledger.record(each)));
    assert.equal((await ledger.alreadyClean(objects.map((each) => each.object))).size, 500);
  });

  test("more ids than one statement takes", async () => {
    const ledger = new ScannedObjects(db(), id(32));
    const objects = Array.from({ length: 12_000 }, () => ({ object: id(), dirty: false }));
    await ledger.record(objects);
    assert.equal((await ledger.alreadyClean(objects.map((each) => each.object))).size, 12_000);
  });
});
