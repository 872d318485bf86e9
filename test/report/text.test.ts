import assert from "node:assert/strict";
import { test, vi } from "vitest";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { counting, textOf } from "../../src/report/text.ts";

test("characters are counted along lines as in each of their beginnings, whatever the bytes and wherever asked", () => {
  const random = seededRandom(71);
  const below = (most: number) => Math.floor(random() * most);
  const pieces = ["word ", "é", "漢字", "😀", "\n", "x".repeat(600)].map((text) => Buffer.from(text));
  pieces.push(Buffer.from([0xe2, 0x82]), Buffer.from([0xff]), Buffer.from([0x80]));
  for (let round = 0; round < 60; round++) {
    const bytes = Buffer.concat(Array.from({ length: 40 }, () => pieces[below(pieces.length)]!));
    const text = textOf(bytes);
    const count = counting(text);
    const places = Array.from({ length: 30 }, () => below(bytes.length + 1));
    if (round % 3 > 0) places.sort((a, b) => a - b);
    for (const at of places) {
      const start = text.lineStart(at);
      assert.equal(count(start, at), new TextDecoder().decode(bytes.subarray(start, at)).length);
    }
  }
});

test("the ends of a line are looked for once, whichever of its places are asked about", () => {
  const line = "word ".repeat(100);
  const bytes = Buffer.from(`first\n${line}\nlast`);
  const search = vi.spyOn(Buffer.prototype, "indexOf");
  try {
    const text = textOf(bytes);
    for (let at = 6; at <= 6 + line.length; at++)
      assert.deepEqual([text.lineStart(at), text.lineEnd(at)], [6, 6 + line.length]);
    assert.equal(search.mock.calls.length, 1);
    assert.deepEqual([text.lineStart(5), text.lineEnd(5)], [0, 5]);
    assert.deepEqual([text.lineStart(bytes.length), text.lineEnd(bytes.length)], [7 + line.length, bytes.length]);
  } finally {
    search.mockRestore();
  }
});
