// Automata whose states are made as a text leads to them: what that may cost.
import assert from "node:assert/strict";
import { test } from "vitest";
import { Confirmer } from "../../src/engine/core/confirm.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { sampleToken } from "../../src/engine/rule-samples.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";

/** Whether the rule is given up in the text, and the text's matches, when it is tried wherever `begins` stands. */
function confirmed(pattern: string, begins: string, text: string): { isGivenUp: boolean; ends: readonly number[] } {
  const bytes = Buffer.from(text);
  const entries: number[][] = [];
  for (let at = bytes.indexOf(begins); at >= 0; at = bytes.indexOf(begins, at + 1)) entries.push([0, at, at, 1]);
  const matches = Uint32Array.from(entries.flat());
  let isGivenUp = false;
  const count = new Confirmer([pattern]).confirm(matches, entries.length, bytes, 0, bytes.length, () => {
    isGivenUp = true;
  });
  return { isGivenUp, ends: Array.from({ length: count }, (_, match) => matches[match * 4 + 2]!) };
}

const random = seededRandom(7);
const aOrB = (length: number) => Array.from({ length }, () => (random() < 0.5 ? "a" : "b")).join("");

// Each byte leads to a state that was not met before, of some ten thousand steps.
test("a text that leads to a new state of many steps at each byte has the rule given up, also where it is read once only", () => {
  const pattern = `KEY-[ab]*a(${[..."!#$%&,:;<=>@~_"].map((last) => `[ab]{900}${last}`).join("|")})`;
  assert.equal(confirmed(pattern, "KEY-", `KEY-${aOrB(3000)}`).isGivenUp, true);
});

test("a private key of whatever form is read to its end, also where it is all that a file holds", () => {
  const rules = builtInRules().filter(({ id }) => id.startsWith("private-key"));
  assert.ok(rules.length > 5);
  for (const rule of rules)
    for (const seed of [1, 2]) {
      const key = sampleToken(rule, seed);
      const begins = key.slice(0, 20);
      assert.deepEqual([rule.id, confirmed(rule.pattern, begins, `\n${key}\n`).isGivenUp], [rule.id, false]);
    }
});

test("an ordinary text in which words of a rule are far from each other, again and again, has no rule given up", () => {
  const text = Array.from({ length: 90 }, (_, n) => `the aws ${aOrB(20)} has a key for ${n}.${n * n}, for all keys\f`);
  const found = confirmed("aws.{0,300}key.{0,300}secret", "aws", `${text.join("")} the secret`);
  assert.deepEqual([found.isGivenUp, found.ends.length > 0], [false, true]);
});
