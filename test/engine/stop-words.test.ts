import assert from "node:assert/strict";
import { test } from "vitest";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { holdsStopWord } from "../../src/engine/stop-words.ts";

test("a long list of stop words is held against a secret as each word of it would be", () => {
  const random = seededRandom(72);
  const letters = (length: number) => Array.from({ length }, () => "abc"[Math.floor(random() * 3)]).join("");
  const words = Array.from({ length: 300 }, () => letters(5 + Math.floor(random() * 4)));
  let held = 0;
  for (let round = 0; round < 500; round++) {
    const secret = letters(4 + Math.floor(random() * 12)).toUpperCase();
    const expected = words.some((word) => secret.toLowerCase().includes(word));
    assert.equal(holdsStopWord(secret, words), expected, secret);
    held += Number(expected);
  }
  assert.ok(held > 50 && held < 450, `${held}`);
});
