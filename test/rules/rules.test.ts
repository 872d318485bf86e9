import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { mask } from "../../src/engine/mask.ts";
import { lengthOf } from "../../src/engine/regex/node.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { scan } from "../../src/engine/scan.ts";
import { fill, sampleToken } from "../../src/engine/rule-samples.ts";

const rulebook = builtInRulebook();
const found = (text: string) => scan({ bytes: Buffer.from(text), provenance: { kind: "text" } }, rulebook);

describe.each(rulebook.rules.map((rule) => [rule.id, rule] as const))("rule %s", (id, rule) => {
  const secretsOf = (text: string) =>
    found(text)
      .filter((candidate) => candidate.rule.id === id)
      .map(({ secret }) => secret.reveal());

  test("finds its examples, and their masks hold no token", () => {
    rule.examples.forEach((example, i) => {
      for (let seed = 0; seed < 3; seed++) {
        const { text, token } = fill(rule, example, 100 * i + seed);
        assert.deepEqual(secretsOf(text), [token], text);
        const masked = mask(text, rulebook);
        assert.ok(!masked.includes(token), masked);
        assert.deepEqual(found(masked), []);
      }
    });
  });

  test("leaves its counter-examples alone", () => {
    rule.counterExamples.forEach((example, i) => {
      const { text } = fill(rule, example, 7 + i);
      assert.deepEqual(secretsOf(text), [], text);
    });
  });

  test("has keywords that every match holds, and a bound", () => {
    const pattern = parseRegex(rule.pattern);
    for (let seed = 0; seed < 5 && rule.keywords.length > 0; seed++) {
      const match = sample(pattern, seededRandom(seed)).toLowerCase();
      assert.ok(
        rule.keywords.some((keyword) => match.includes(keyword)),
        match,
      );
    }
    const isBounded = lengthOf(pattern).max <= 4096;
    assert.equal(isBounded, !rule.tags.includes("multi-line"));
  });

  test("says where it is from, where to revoke, and shows no token itself", () => {
    assert.ok(rule.references.length > 0);
    assert.ok(rule.examples.every((example) => example.includes("{{token}}")));
    assert.deepEqual(found([...rule.examples, ...rule.counterExamples].join("\n")), []);
  });
});

test("no rule takes another's examples for its own", () => {
  const shared: string[] = [];
  for (const rule of rulebook.rules) {
    const ids = new Set(found(` ${sampleToken(rule, 1)} `).map((candidate) => candidate.rule.id));
    ids.delete(rule.id);
    if (ids.size > 0) shared.push(`${rule.id}: ${[...ids].join(", ")}`);
  }
  assert.deepEqual(shared, []);
});
