import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { alphabet, runsOf } from "../../../src/engine/decode/runs.ts";

const TABLE = alphabet("abcdefgh");

test("runs are found where a regular expression finds them, whatever the text and the least length", () => {
  const texts = fc.array(fc.constantFrom("a", "bc", "abcdefgh", " ", "-", "\u00ff"), { maxLength: 60 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 24 }), (parts, shortest) => {
      const text = parts.join("");
      const expected = [...text.matchAll(new RegExp(`[a-h]{${shortest},}`, "g"))].map((match) => [
        match.index,
        match.index + match[0].length,
      ]);
      assert.deepEqual([...runsOf(text, TABLE, shortest)], expected);
    }),
    { numRuns: 2_000, seed: 4242 },
  );
});
