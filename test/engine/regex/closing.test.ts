import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { Capture, nextOf } from "../../../src/engine/capture.ts";
import { matchAt, matchPlain } from "../../../src/engine/plain.ts";
import { parseRegex } from "../../../src/engine/regex/parse.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { withClosing, withMarks } from "../../../src/engine/regex/closing.ts";
import { toRegExpSource } from "../../../src/engine/regex/to-regexp.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { coreOf, CoreScanner, provokingText, Reference } from "../../support/differential.ts";
import { ruleOf } from "../../support/rule-of.ts";

/** The matches, and behind an arrow their secrets. */
function matches(pattern: string, text: string, secretGroup = 0): string[] {
  return matchPlain(text, compileRulebook([ruleOf(pattern, { secretGroup })])).map(
    ({ start, end, secretStart, secretEnd }) => `${text.slice(start, end)} > ${text.slice(secretStart, secretEnd)}`,
  );
}

describe("a byte that only closes a match may open the next one", () => {
  const TOKEN = "qok[0-9]{3}";
  const cases: [string, string, string, string[]][] = [
    ["a class", `[^a-z0-9](${TOKEN})[^a-z0-9]`, ",qok111,qok222,", [",qok111, > qok111", ",qok222, > qok222"]],
    [
      "one beside the text's end",
      `(?:^|\\W)(${TOKEN})(?:\\W|$)`,
      "qok111 qok222",
      ["qok111  > qok111", " qok222 > qok222"],
    ],
    ["in a group", `(^|\\W)(${TOKEN})(\\W|$)`, "qok111 qok222", ["qok111  > qok111", " qok222 > qok222"]],
    ["that may be missing", `"?(${TOKEN})"?`, 'qok111"qok222"', ['qok111" > qok111', '"qok222" > qok222']],
    [
      "in one branch",
      `;(${TOKEN});|,(${TOKEN}),`,
      ",qok111,qok222,;qok333;",
      [",qok111, > qok111", ",qok222, > qok222", ";qok333; > qok333"],
    ],
    [
      "of a pattern without a group",
      `(?:^|\\W)${TOKEN}(?:\\W|$)`,
      "qok111,qok222",
      ["qok111, > qok111,", ",qok222 > ,qok222"],
    ],
    [
      "where RE2 alone is asked",
      `(?:^|;)(qok(?:a|b?){2}[0-9])(?:;|$)`,
      ";qokab1;qokb2;qok3",
      [";qokab1; > qokab1", ";qokb2; > qokb2", ";qok3 > qok3"],
    ],
    [
      "and nothing else: two bytes belong to the match",
      `\\\\n(${TOKEN})\\\\n`,
      "\\nqok111\\nqok222\\n",
      ["\\nqok111\\n > qok111"],
    ],
    ["but no byte of the secret", `${TOKEN}[0-9]`, "qok1112qok3334", ["qok1112 > qok1112", "qok3334 > qok3334"]],
  ];
  test.each(cases)("%s", (_, pattern, text, expected) => {
    const found = matches(pattern, text, pattern.startsWith("(^|") ? 2 : 0);
    assert.deepEqual(found, expected);
  });

  test("a match is told once, however much closes it", () => {
    expect(matches(`(?:^|\\W)(${TOKEN})(?:\\W|$)`, "qok111,,,qok222\n\n")).toHaveLength(2);
  });

  test("who knows where a match begins, and where the next one may, gets it with the byte that closes it", () => {
    const rule = ruleOf(`\\W(${TOKEN})\\W`);
    const text = ",qok111,qok222,";
    const match = matchAt((from, to) => text.slice(from, to), compileRulebook([rule]), rule, 7, 14);
    assert.deepEqual(match, { rule, start: 7, end: 15, secretStart: 8, secretEnd: 14, next: 14 });
  });

  test("groups keep the order in which they were written", () => {
    const { groups, marks } = withMarks(parseRegex("(a)(b);|(c)(;|$)"));
    assert.deepEqual({ groups, marks }, { groups: [1, 2, 4, 5], marks: [3, 6] });
  });
});

const PATTERNS = [
  "(?:^|[^a-z0-9])(qok[0-9a-f]{3})(?:[^a-z0-9]|$)",
  "(?:(?m:^)|[^a-z0-9])(qik[0-9a-f]{1,4})(?:[^a-z]|(?m:$))",
  '(?:\\b|\\\\[nrt])(quk[0-9]{2,4}?)(?:[;," ]|\\\\[nr]|$)',
  "[a-z.]{0,5}?(?:qek|qak)[ =]{1,3}([0-9a-z]{2,5})(?:['\" ;=]|$)",
  "(?:^|\\W)(qyk[0-9]{3})(?:\\W|$)|;(qzk[0-9]{1,3}?);",
  "(?:^|\\W)qwk[0-9]{3}(?:\\W|$)",
  "(?:x|=)?(qxk[0-9=x]{2,5})[=x]?",
];

test("core, plain matcher and reference agree on where matches end for the next one", () => {
  const rules = PATTERNS.map((pattern, i) => ({ id: `rule-${i}`, pattern }));
  const core = new CoreScanner(coreOf(rules), rules, 1 << 16);
  const reference = new Reference(rules);
  const book = compileRulebook(rules.map(({ id, pattern }) => ruleOf(pattern, { id })));
  const random = seededRandom(11);
  let shared = 0;
  for (let round = 0; round < 300; round++) {
    const text = provokingText(rules, random, 1 + Math.floor(random() * 40));
    const expected = reference.spans(text);
    const found = matchPlain(text.toString("latin1"), book);
    const ends = new Map<string, number>();
    for (const { rule, start, end, next } of found) {
      assert.ok(next === end || next === end - 1);
      if (start < (ends.get(rule.id) ?? 0)) shared++;
      ends.set(rule.id, end);
    }
    assert.deepEqual(found.map(({ rule, start, next }) => `${rule.id} ${start} ${next}`).sort(), expected);
    assert.deepEqual(core.spans(text, { shift: round % 64 }), expected);
  }
  assert.ok(shared > 100, `${shared}`);
});

test("what was tried before a match is tried again from the byte that closes it", () => {
  const random = seededRandom(12);
  for (const pattern of [
    "(?:^|[^ab])((?:a|b|ab){1,6})(?:[^a]|$)",
    "(a|b)(?:[^b]|$)",
    "[ab]?(c(?:a|ab|b){0,4}?)[abc]?",
  ]) {
    const { node, marks } = withMarks(parseRegex(pattern));
    const capture = Capture.of(node);
    const reference = new RegExp(toRegExpSource(withClosing(parseRegex(pattern))), "g");
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 40 }, () => "aabbc;"[Math.floor(random() * 6)]).join("");
      const found = [...capture!.find(text, 0, 40, marks)].map((slots) => [slots[0], nextOf(slots, marks)]);
      assert.deepEqual(
        found,
        [...text.matchAll(reference)].map((match) => [match.index, match.index + match[0].length]),
        `${pattern} in ${text}`,
      );
    }
  }
});
