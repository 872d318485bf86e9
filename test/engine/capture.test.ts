import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { Capture } from "../../src/engine/capture.ts";
import { compileRe2 } from "../../src/engine/re2.ts";
import { groupCount, repeatsNothing } from "../../src/engine/regex/node.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";

const random = seededRandom(11);
const around = ["", " ", "x", "\n", '"', "_"];
const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";

const compiled = new Map<string, ReturnType<typeof compileRe2>>();

/** Start and end of the match and of its groups, wherever RE2 finds one that begins at `first`. */
function byRe2(pattern: string, text: string, first: number): number[] | undefined {
  const re2 = compiled.get(pattern) ?? compileRe2(pattern, "the test");
  compiled.set(pattern, re2);
  const matcher = re2.matcher(text);
  if (!matcher.find(first) || matcher.start(0) !== first) return undefined;
  return Array.from({ length: groupCount(parseRegex(pattern)) + 1 }, (_, group) => [
    matcher.start(group),
    matcher.end(group),
  ]).flat();
}

/** False where there is nothing to compare: too large a pattern, or no match. */
function compare(pattern: string, text: string, first: number): boolean {
  const capture = Capture.of(parseRegex(pattern));
  const expected = byRe2(pattern, text, first);
  if (!capture?.fits(text.length - first)) return false;
  const found = capture.match(text, first);
  assert.deepEqual(found && Array.from(found), expected, `${pattern} in ${JSON.stringify(text)}`);
  return expected !== undefined;
}

test("finds the groups that RE2 finds, in samples of every rule", () => {
  const patterns = builtInRulebook().rules.flatMap(({ pattern }) => (pattern === "" ? [] : [pattern]));
  const compared = patterns.filter((pattern) => {
    const node = parseRegex(pattern);
    const rounds = [1, 2].map(() => {
      const before = pick(around);
      return compare(pattern, before + sample(node, random) + pick(around), before.length);
    });
    return rounds.includes(true);
  });
  assert.ok(compared.length > 0.8 * patterns.length, `${compared.length} of ${patterns.length}`);
});

describe("prefers what RE2 prefers", () => {
  const patterns = [
    "(a|ab)(c|bcd)(d*)",
    "(a+?)(a*)b?",
    "(?:(a)|(b)|c)+",
    "(x{1,3}?)(x{0,4})(y|x)",
    "((a|b)c|(d))+e",
    "(?:\\b|_)(a{2})(?:[^a]|$)",
    "^(a*)$",
    "(?m)^(b*)$",
    "(a{0,2})\\B(b)",
    "(?:(ab?){1,2}|(a)(b))c?",
  ];
  test.each(patterns)("%s", (pattern) => {
    assert.equal(repeatsNothing(parseRegex(pattern)), false);
    let matches = 0;
    for (let round = 0; round < 100 || (matches < 20 && round < 10_000); round++) {
      const text = Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick([..."aabbcdexy_\n "])).join("");
      for (let first = 0; first <= text.length; first++) if (compare(pattern, text, first)) matches++;
    }
    assert.ok(matches >= 20, `${matches} matches`);
  });
});

/** All matches with their groups, wherever they begin. */
function allByRe2(pattern: string, text: string): number[][] {
  const matcher = compileRe2(pattern, "the test").matcher(text);
  const found: number[][] = [];
  const groups = groupCount(parseRegex(pattern)) + 1;
  while (matcher.find())
    found.push(Array.from({ length: groups }, (_, group) => [matcher.start(group), matcher.end(group)]).flat());
  return found;
}

describe("finds one match after another as RE2 does", () => {
  const patterns = [
    "(a|ab)(c|bcd)(d*)",
    "(?:(a)|(b)|c){2,9}",
    "(x{1,3}?)(x{0,4})(y|x)",
    "(?:\\b|_)(a{2,3})(?:[^a]|$)",
    "a{3,40}b{0,3}(?:[^b]|$)",
    "[abc]{2,5}\\B(b|$)",
    "(?m)^(a|b{2,30})",
  ];
  test.each(patterns)("%s", (pattern) => {
    const capture = Capture.of(parseRegex(pattern));
    for (let round = 0; round < 60; round++) {
      // Sometimes longer than what is searched with one memory of what was tried.
      const length = round < 50 ? 40 : 9000;
      const text = Array.from({ length }, () => pick([..."aaabbcdxxy_\n "])).join("");
      const found = Array.from(capture!.find(text, 0, Math.min(text.length, 60)), (slots) => Array.from(slots));
      assert.deepEqual(found, allByRe2(pattern, text));
    }
  });
});

test("does not lose itself in a pattern that goes many ways", () => {
  const capture = Capture.of(parseRegex("((?:a|a){1,30}){1,30}b"));
  assert.ok(capture);
  assert.equal(capture.match("a".repeat(500), 0), undefined);
  assert.equal(capture.match(`${"a".repeat(500)}b`, 0)?.[1], 501);
});

test("searches a text in linear time where many ways lead nowhere", () => {
  const capture = Capture.of(parseRegex("((?:a|a){1,9}){1,9}b"));
  assert.deepEqual([...capture!.find("a".repeat(20_000), 0, 82)], []);
});
