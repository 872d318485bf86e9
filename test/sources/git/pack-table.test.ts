import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { NONE } from "../../../src/sources/git/objects/pack-table.ts";
import { baseDistance, entryHeader, idOf, indexOf, packOf, type PackedEntry } from "../../fuzz/targets/pack-kit.ts";
import { tableOf } from "../../fuzz/targets/table-kit.ts";

const BLOB = 3;
const contents = Array.from({ length: 300 }, (_, i) => Buffer.from(`blob number ${i}`));
const ids = contents.map((content) => idOf("blob", content));
const whole = (i: number): PackedEntry => ({
  id: ids[i]!,
  content: contents[i]!,
  head: () => entryHeader(BLOB, contents[i]!.length),
});
const byOffset = (i: number, base: number): PackedEntry => ({
  ...whole(i),
  head: (here, offsets) => Buffer.concat([entryHeader(6, 9), baseDistance(here - (offsets[base] ?? here))]),
});
const byId = (i: number, base: number): PackedEntry => ({
  ...whole(i),
  head: () => Buffer.concat([entryHeader(7, 9), ids[base]!]),
});

/** The table of such a pack, by the number of each entry; `forge` may change what the index says. */
function read(entries: readonly PackedEntry[], forge: (offset: number, i: number) => number = (offset) => offset) {
  const { pack, offsets } = packOf([...entries]);
  const index = new PackIndex(
    indexOf(
      entries.map(({ id }) => id),
      offsets.map((offset, i) => forge(offset, i)),
      pack.subarray(-20),
    ),
    SHA1,
  );
  const table = tableOf(index, pack.length - 20, pack);
  const rank = (i: number) => table.rankOf[index.find(ids[i]!)]!;
  return {
    type: (i: number) => table.type[rank(i)]!,
    base: (i: number) =>
      table.base[rank(i)] === NONE ? NONE : entries.findIndex((_, k) => rank(k) === table.base[rank(i)]),
    why: (i: number) => table.broken.get(rank(i)),
    broken: table.broken.size,
  };
}

describe("the table of a pack", () => {
  test("has each entry in the order in which they lie, with the kind that its chain of deltas ends in", () => {
    const table = read([whole(0), byOffset(1, 0), byOffset(2, 1), byId(3, 4), byOffset(4, 0), byOffset(5, 3)]);
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(table.base), [NONE, 0, 1, 4, 0, 3]);
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(table.type), Array(6).fill(BLOB));
    assert.equal(table.broken, 0);
  });

  test("of many entries finds the base of each, near or far", () => {
    const entries = contents.map((_, i) => (i % 7 === 0 ? whole(i) : byOffset(i, (i * 31) % i)));
    const table = read(entries);
    for (let i = 0; i < entries.length; i++) assert.equal(table.base(i), i % 7 === 0 ? NONE : (i * 31) % i);
  });

  test("finds the header of each entry where large ones lie between them", () => {
    const random = seededRandom(5);
    const large = Buffer.from(Array.from({ length: 40_000 }, () => Math.floor(random() * 256)));
    const isLarge = (i: number) => i % 3 === 1;
    const entries = Array.from({ length: 100 }, (_, i) =>
      isLarge(i)
        ? { ...whole(i), content: large, head: () => entryHeader(BLOB, large.length) }
        : i === 0
          ? whole(0)
          : byOffset(i, i - 1),
    );
    const table = read(entries);
    for (let i = 0; i < entries.length; i++) {
      assert.equal(table.base(i), i === 0 || isLarge(i) ? NONE : i - 1);
      assert.equal(table.type(i), BLOB);
    }
    assert.equal(table.broken, 0);
  });

  test("refuses entries that the index puts at the same place, outside of the pack or beyond its end", () => {
    const places = (offset: number, i: number) => (i === 1 ? 12 : i === 2 ? 3 : i === 3 ? 2 ** 33 : offset);
    const table = read([whole(0), whole(1), whole(2), whole(3), whole(4)], places);
    assert.deepEqual([0, 1, 2, 3, 4].map(table.type), [0, 0, 0, 0, BLOB]);
    assert.deepEqual([table.why(0), table.why(1)].sort(), [
      "the index names a place that is not in the pack",
      "the next object begins within its header",
    ]);
    for (const i of [2, 3]) assert.match(table.why(i) ?? "", /a place that is not in the pack/);
  });

  test("refuses a delta on itself, a ring of deltas and what hangs on it", () => {
    const table = read([byOffset(0, 0), byId(1, 2), byId(2, 1), byId(3, 1), whole(4), byOffset(5, 3)]);
    assert.match(table.why(0) ?? "", /base is not in the pack/);
    for (const i of [1, 2, 3, 5]) assert.match(table.why(i) ?? "", /leads nowhere/);
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(table.type), [0, 0, 0, 0, BLOB, 0]);
  });

  test("refuses a delta whose base the pack has not", () => {
    const table = read([whole(0), byId(1, 7), { ...byOffset(2, 0), head: () => Buffer.from([0x69, 5]) }]);
    for (const i of [1, 2]) assert.match(table.why(i) ?? "", /base is not in the pack/);
  });

  test("ends in words where the index names an offset of 64 bits that it has not", () => {
    const { pack, offsets } = packOf([whole(0)]);
    const bytes = indexOf([ids[0]!], offsets, pack.subarray(-20));
    bytes.writeUInt32BE(0x80000001, 8 + 1024 + 24);
    assert.throws(() => tableOf(new PackIndex(bytes, SHA1), pack.length - 20, pack), /an offset it has not/);
  });
});
