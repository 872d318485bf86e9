import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { requiredLiterals } from "../../src/engine/literals.ts";
import { matchAt, matchPlain } from "../../src/engine/plain.ts";
import { compileRe2 } from "../../src/engine/re2.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import type { Rule } from "../../src/model/rule.ts";
import { sampleToken } from "../../src/engine/rule-samples.ts";

const rulebook = builtInRulebook();

/** Tokens of all rules, some glued together, cut or in a row, in a fixed order. */
function planted(seed: number): string {
  const random = seededRandom(seed);
  const between = [" ", ",", "\n", '"', "\\n", "", "=", "x", "-", "_"];
  return rulebook.rules
    .map((rule, i) => {
      const token = sampleToken(rule, seed + i);
      const text = random() < 0.2 ? token.slice(0, -1) : token;
      return text + between[Math.floor(random() * between.length)];
    })
    .join("");
}

test("looking around literals finds what RE2 finds in the whole text", () => {
  const text = planted(5);
  const missing: string[] = [];
  let all = 0;
  for (const rule of rulebook.rules) {
    const expected: string[] = [];
    const matcher = compileRe2(rule.pattern, rule.id).matcher(text);
    while (matcher.find()) expected.push(`${rule.id} ${matcher.start()} ${matcher.end()}`);
    all += expected.length;
    const found = matchPlain(text, compileRulebook([rule])).map((m) => `${m.rule.id} ${m.start} ${m.end}`);
    if (found.join() !== expected.join()) missing.push(`${found.join()} instead of ${expected.join()}`);
  }
  assert.deepEqual(missing, []);
  assert.ok(all > 150, `${all} matches`);
});

describe("the literals that a pattern needs", () => {
  const cases: [string, readonly string[] | undefined][] = [
    ["demo_[a-z]{4}", ["demo_"]],
    ["(?i)DEMO[0-9]{2}", ["demo"]],
    ["(?:ab|cd)[0-9]", ["ab", "cd"]],
    ["a[xy]b", ["axb", "ayb"]],
    ["[a-z]{3}suffix", ["suffix"]],
    ["(?:ab)?cd", ["cd"]],
    ["(?:ab)+", ["ab"]],
    ["a|[0-9]{3}", undefined],
    ["[a-z]{20}", undefined],
    ["(?:ab)?", undefined],
  ];
  test.each(cases)("%s", (pattern, literals) => {
    assert.deepEqual(requiredLiterals(parseRegex(pattern)), literals);
  });
});

describe("no text takes more than its length's worth", () => {
  const hostile: Rule = {
    ...(rulebook.rules[0] as Rule),
    id: "hostile",
    pattern: "(a{1,30}){1,30}b|(?:x|x){20}y",
    keywords: [],
    checksum: undefined,
    allowlists: [],
  };
  const texts: [string, string][] = [
    ["one letter over and over", "a".repeat(1 << 20)],
    ["one prefix over and over", "ghp_".repeat(1 << 18)],
    ["the beginning of a key over and over", "-----BEGIN PRIVATE KEY-----AAAA ".repeat(1 << 14)],
    ["markers of encodings over and over", "%5Cu0041&#37;".repeat(1 << 15)],
  ];
  test.each(texts)("%s, a megabyte on one line", (_, text) => {
    assert.deepEqual(matchPlain(text, rulebook), []);
  });

  test("a pattern that would send a backtracking matcher astray", () => {
    assert.deepEqual(matchPlain("a".repeat(5000) + "x".repeat(5000), compileRulebook([hostile])), []);
  });
});

test("a match that begins where another could begin a byte before keeps its place and its group", () => {
  const [any] = rulebook.rules;
  const rule = { ...any, id: "pair", pattern: "x?ab(c)", keywords: [], secretGroup: 0 } as Rule;
  const match = matchAt((from, to) => "xabcabc".slice(from, to), compileRulebook([rule]), rule, 1, 4);
  assert.deepEqual([match?.start, match?.end, match?.secretStart, match?.secretEnd], [1, 4, 3, 4]);
});
