import assert from "node:assert/strict";
import { test } from "vitest";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { holdsStopWord, PLACEHOLDERS } from "../../src/engine/stop-words.ts";

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

test("few stop words are held against a long secret as against a short one, whatever characters they have", () => {
  const odd = ["a.c", "x|y", "(no)", "[z]", "q*", "p+", "u?", "^b", "e$", "{2}", "\\d", "a/b", "a-b", "line\nfeed"];
  const filling = "0".repeat(4000);
  for (const word of odd) {
    assert.ok(holdsStopWord(`${filling}${word.toUpperCase()}${filling}`, odd), word);
    assert.ok(
      !holdsStopWord(
        `${filling}${word}${filling}`,
        odd.filter((one) => one !== word),
      ),
      word,
    );
  }
  for (const near of ["abc", "x", "no", "z", "q", "p", "u", "b", "e", "2", "7", "ab", "line feed"])
    assert.ok(!holdsStopWord(`${filling}${near}${filling}`, odd), near);
  for (const word of PLACEHOLDERS.stopWords) {
    const secret = `${"k7".repeat(700)}${word}`;
    assert.ok(holdsStopWord(secret, PLACEHOLDERS.stopWords), word);
    assert.ok(!holdsStopWord(secret.slice(0, -1), PLACEHOLDERS.stopWords), word);
  }
});

test("ten letters or digits in a row are typed, fewer may be made", () => {
  const typed = (secret: string) => holdsStopWord(secret, PLACEHOLDERS.stopWords);
  for (const run of ["abcdefghij", "QRSTUVWXYZ", "klmnopqrstuv", "1234567890", "0123456789", "9876543210"]) {
    assert.ok(typed(`pre_x7${run}Qz`), run);
  }
  for (const run of ["abcdefghi", "aBcDeF", "123456789", "abcdefghjk", "1357924680"])
    assert.ok(!typed(`pre_x7${run}Qz`), run);
});
