import assert from "node:assert/strict";
import { test } from "vitest";
import { withClosing } from "../../src/engine/regex/closing.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { toRegExpSource } from "../../src/engine/regex/to-regexp.ts";
import { Within } from "../../src/engine/within.ts";

const PATTERNS = [
  "tok[a-z0-9]{4,9}",
  "[a-z.]{0,8}?key ?= ?([a-z0-9]{3,7})(?:[; ]|$)",
  "(?:^|[^a-z])(to[a-z]{2,6})(?:[^a-z]|$)",
  "a(?:b|ab){1,4}\\b",
];
const TAILS = ["", " ", "a", "b", "ab b", "toka", "key=abc;", "=abc "];

test("what is said to begin within a match begins there whatever follows, and nothing else does", () => {
  const random = seededRandom(3);
  let [sure, open] = [0, 0];
  for (const pattern of PATTERNS) {
    const node = parseRegex(pattern);
    const regexp = new RegExp(toRegExpSource(withClosing(node)), "y");
    for (let round = 0; round < 300; round++) {
      const text = sample(node, random) + (random() < 0.3 ? sample(node, random) : "");
      const length = 1 + Math.floor(random() * text.length);
      const found = Within.of(pattern)?.find(text.slice(0, length + 1), length);
      if (found === undefined) open++;
      else sure++;
      // Without a byte behind the match, the text ends there.
      for (const tail of found === undefined ? [] : length === text.length ? [""] : TAILS) {
        const all = text.slice(0, length + 1) + tail;
        const expected = Array.from({ length: length - 1 }, (_, i) => i + 1).flatMap((start) => {
          regexp.lastIndex = start;
          const match = regexp.exec(all);
          return match === null ? [] : [[start, start + match[0].length]];
        });
        assert.deepEqual(found, expected, `${pattern} in ${all}`);
      }
    }
  }
  assert.ok(sure > 200 && open > 50, `${sure} ${open}`);
});

test("nothing is said of a match that is long", () => {
  const within = Within.of("tok[a-z]{4,500}");
  assert.deepEqual(within?.find(`tok${"x".repeat(200)};`, 203), []);
  assert.equal(within?.find(`tok${"x".repeat(300)};`, 303), undefined);
});
