import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { applyDelta, eachCopy } from "../../../src/sources/git/objects/delta.ts";

const size = (bytes: number): number[] => (bytes < 0x80 ? [bytes] : [(bytes & 0x7f) | 0x80, ...size(bytes >> 7)]);

/** A copy with all of its bytes, those that are 0 too, or without these. */
const copy = (from: number, length: number, isWhole: boolean) => {
  const parts = [from, from >> 8, from >> 16, from >>> 24, length, length >> 8, length >> 16].map((part) => part & 255);
  const op = parts.reduce((bits, part, bit) => bits | (isWhole || part > 0 ? 1 << bit : 0), 0x80);
  return [op, ...parts.filter((part) => isWhole || part > 0)];
};

const base = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * at + (at >> 8)) & 255));

describe("a delta", () => {
  test.each([true, false])("copies from its base and inserts, however its numbers are written: %s", (isWhole) => {
    const text = Buffer.from("brought along");
    const steps = [
      ...copy(69_990, 10, isWhole),
      text.length,
      ...text,
      ...copy(3, 0x10000, isWhole),
      ...copy(256, 512, isWhole),
    ];
    const expected = Buffer.concat([base.subarray(69_990), text, base.subarray(3, 65_539), base.subarray(256, 768)]);
    const delta = Buffer.from([...size(base.length), ...size(expected.length), ...steps]);
    assert.ok(applyDelta(base, delta).equals(expected));
    const copies: number[][] = [];
    eachCopy(delta, (...told) => copies.push(told));
    assert.deepEqual(copies, [
      [69_990, 0, 10],
      [3, 10 + text.length, 65_536],
      [256, 65_546 + text.length, 512],
    ]);
  });

  test("may insert more than its base holds", () => {
    const text = Buffer.alloc(127, "x");
    for (const length of [0, 1]) {
      const delta = Buffer.from([length, 127, 127, ...text]);
      assert.ok(applyDelta(base.subarray(0, length), delta).equals(text));
    }
  });

  test.each([
    ["is cut short in its sizes", [0x80]],
    ["is cut short in an insert", [5, 3, 3, 65, 66]],
    ["is cut short in a copy", [5, 3, 0x91, 1]],
    ["is cut short in a copy's place", [5, 3, 0x8f, 1, 0]],
    ["copies from behind its base", [5, 3, 0x91, 3, 3]],
    ["copies from far behind its base", [5, 3, 0x98, 255, 3]],
    ["copies 64 KiB of less", [5, 3, 0x80]],
    ["has a step of an unknown kind", [5, 3, 0]],
    ["makes less than it says", [5, 4, 0x91, 0, 3]],
    ["makes more than it says", [5, 2, 0x91, 0, 3]],
    ["belongs to another base", [6, 3, 0x91, 0, 3]],
  ])("that %s is refused", (_, bytes) => {
    assert.throws(() => applyDelta(Buffer.from("abcde"), Buffer.from(bytes)), BrokenObject);
  });
});
