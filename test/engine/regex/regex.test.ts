import assert from "node:assert/strict";
import { RE2JS } from "re2js";
import { describe, test } from "vitest";
import { PatrolError } from "../../../src/model/errors.ts";
import { asksForEdge, asksForEdges } from "../../../src/engine/regex/edges.ts";
import { groupCount, lengthOf } from "../../../src/engine/regex/node.ts";
import { parseRegex } from "../../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../../src/engine/regex/sample.ts";
import { toRegExpSource } from "../../../src/engine/regex/to-regexp.ts";
import { ruleOf } from "../../support/rule-of.ts";

const PATTERNS = [
  String.raw`\b(demo_[A-Za-z0-9]{36})(?:[\x60'"\s;]|\\[nr]|$)`,
  String.raw`(?i)[\w.-]{0,10}?(?:access|auth|(?-i:[Aa]pi|API)|key)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=)([\w.=-]{10,15})`,
  String.raw`a+?b{2,}(?P<name>c|d|)e*\z`,
  String.raw`(?s:.){0,20}?x.y`,
  String.raw`(?m)^key:\s+\S{4,8}$`,
  String.raw`[[:alpha:]_][[:^space:]\]-]{2,3}\.\d\D\W`,
  String.raw`\Qa.b*c\E\Bd|(?U)a{2,4}b?`,
  String.raw`[a-c](?:|[a-c])?(x*)?`,
  String.raw`é[aü]`,
  String.raw`[^\n"']{3}\t\x41\x{42}`,
];

describe("a parsed pattern", () => {
  test.each(PATTERNS)("finds what RE2 finds: %s", (pattern) => {
    const node = parseRegex(pattern);
    const random = seededRandom(7);
    const native = new RegExp(toRegExpSource(node), "g");
    // The generator writes UTF-8 bytes, one a unit; RE2JS sees the same units once the pattern is spelled in bytes too.
    const reference = RE2JS.compile(Buffer.from(pattern, "utf8").toString("latin1"));
    const pieces = Array.from({ length: 40 }, () => `${sample(node, random)}${"\n; x"[Math.floor(random() * 4)]}`);
    const text = pieces.join("") + sample(node, random);
    const expected: [number, number][] = [];
    const matcher = reference.matcher(text);
    while (matcher.find()) expected.push([matcher.start(), matcher.end()]);
    const found = [...text.matchAll(native)].map((match) => [match.index, match.index + match[0].length]);
    if (!pattern.includes("é")) assert.deepEqual(found, expected);
    assert.ok(found.length > 0);
  });

  test.each(PATTERNS)("makes samples within its length: %s", (pattern) => {
    const node = parseRegex(pattern);
    const random = seededRandom(11);
    const { min, max } = lengthOf(node);
    for (let i = 0; i < 50; i++) {
      const { length } = sample(node, random);
      assert.ok(length >= min && length <= max, `${length} is outside ${min} to ${max}`);
    }
  });

  test("counts its groups", () => {
    assert.equal(groupCount(parseRegex("(a)(?:b(c))(?P<d>d)")), 3);
  });

  test("gives the same samples for the same seed", () => {
    const node = parseRegex("[a-z]{8}-[0-9]{4,9}");
    assert.equal(sample(node, seededRandom(3)), sample(node, seededRandom(3)));
    assert.notEqual(sample(node, seededRandom(3)), sample(node, seededRandom(4)));
  });
});

describe("a pattern asks for a text's beginning or end", () => {
  test.each([
    ["^tok", true],
    ["\\Atok", true],
    ["(?i)x|(?:a*^)tok", true],
    ["(?:^|[ ='])tok", true],
    ["(?:^|\\s)tok", false],
    ["(^|[^a-z])tok", false],
    ["(?:^a?|\\s)tok", true],
    ["(?:^a?|\\sa|\\n)tok", false],
    ["(?m)^tok", false],
    ["(?m:^)tok|[^^]$", false],
    ["\\btok", false],
  ])("where a line feed before it will not do: %s, %s", (pattern, expected) => {
    assert.equal(asksForEdge(parseRegex(pattern), "text-start"), expected);
  });

  test.each([
    ["tok$", true],
    ["tok\\z", true],
    ["tok(?:$|[ ='])", true],
    ["tok(?:[ =']|\\\\[nr]|$|;)", true],
    ["tok(?:[\\s=']|\\\\[nr]|$)", false],
    ["tok(?:[^\\w-]|\\z)", false],
    ["tok(?:[^%/]|%[^2]|%?$)", false],
    ["tok(?:[^%/]|%2|%?$)", true],
    ["(?m)tok$", false],
    ["^tok[$]", false],
    ["tok(?:\\s|a$|$)", true],
    ["tok(?:[\\\\s]|$)", true],
    ["tok(?:[\\\\]|a|$)", true],
    ["tok(?:[^\\n]|$)", true],
    ["tok(?:[^a]|\\z|$)", false],
    ["tok(?:[^a]|b\\z|$)", true],
    ["to$k(?:[^\\w]|$)", true],
    ["[]$]tok(?:[^\\w]|$)", false],
    ["\\Q(?:[^\\E]x$", true],
    ["tok\\$[a-z$]\\[(?:[^\\w\\\\]|$)", false],
    ["tok(?:[\"'\\r\\n\\\\]|$)", false],
  ])("where a line feed behind it will not do: %s, %s", (pattern, expected) => {
    assert.equal(asksForEdge(parseRegex(pattern), "text-end"), expected);
    assert.equal(asksForEdges([ruleOf(pattern)]), expected || pattern.startsWith("^"));
  });
});

describe("a pattern that cannot be read", () => {
  test.each([
    ["a(b", "a ( without its ) at position 1"],
    ["ab)", "a ) without its ( at position 2"],
    ["[a-z", "a [ without its ] at position 0"],
    ["*a", "a repeat of nothing at position 0"],
    ["a**", "a repeat of a repeat at position 2"],
    ["a{5,2}", "a repeat whose least, 5, is above its most, 2"],
    ["a{2000}", "a repeat above 1000"],
    ["(?=a)", "an unknown group at position 0"],
    ["\\pL", "\\p at position 0"],
    ["[z-a]", "a range that goes down"],
    ["a\\", "a \\ at its end"],
    ["\\1", "\\1 at position 0"],
    ["[[:word2:]]", "an unknown class"],
  ])("%s is refused with rule, place and way out", (pattern, part) => {
    assert.throws(
      () => parseRegex(pattern, "demo-rule"),
      (error: unknown) =>
        error instanceof PatrolError &&
        error.code === "rule-invalid" &&
        error.message.includes("rule demo-rule") &&
        error.message.includes(part) &&
        error.message.includes(";"),
    );
  });
});
