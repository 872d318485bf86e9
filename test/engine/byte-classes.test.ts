import assert from "node:assert/strict";
import { test } from "vitest";
import { partitionBytes } from "../../src/engine/compile/byte-classes.ts";
import { complement, emptySet, hasByte, type ByteSet } from "../../src/engine/regex/byte-set.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";

const random = seededRandom(7);

/** Some bytes of a range, or all but those. */
function someSet(): ByteSet {
  const set = emptySet();
  const first = Math.floor(random() * 256);
  for (let byte = first; byte < 256 && random() < 0.9; byte++) set[byte >> 5]! |= 1 << (byte & 31);
  return random() < 0.5 ? set : complement(set);
}

test("bytes share a class exactly where no set tells them apart, and classes are numbered in the order of their first bytes", () => {
  for (const count of [0, 1, 2, 21, 22, 23, 45, 150]) {
    const sets = Array.from({ length: count }, someSet);
    const { ofByte, firsts } = partitionBytes(sets);
    const known = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const key = sets.map((set) => (hasByte(set, byte) ? 1 : 0)).join("");
      if (!known.has(key)) {
        assert.equal(firsts[known.size], byte);
        known.set(key, known.size);
      }
      assert.equal(ofByte[byte], known.get(key));
    }
    assert.equal(firsts.length, known.size);
  }
});
