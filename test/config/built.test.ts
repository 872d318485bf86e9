import { expect, test } from "vitest";
import { asksForEdges } from "../../src/engine/regex/edges.ts";
import { shippedRulebook, shippedRules, withExamples } from "../../src/config/built.ts";
import { builtInRules, rulesToShip } from "../../src/config/rulebook.ts";
import { checkedRulebook } from "../../src/engine/rulebook.ts";

test("the rules that the build leaves are those of rules/: their lists are kept once, their examples read for who asks", () => {
  const rules = builtInRules();
  const json = Buffer.from(rulesToShip(rules, ""));
  const shipped = shippedRules(json);
  expect(shippedRulebook(shipped).hash).toBe(checkedRulebook(rules).hash);
  expect(asksForEdges(shippedRulebook(shipped).rules)).toBe(asksForEdges(rules));
  expect(new Set(shipped.flatMap(({ allowlists }) => allowlists)).size).toBeLessThan(rules.length / 10);
  expect(shipped.every(({ examples, counterExamples }) => examples.length + counterExamples.length === 0)).toBe(true);
  const others = [
    { ...shipped[0]!, skipReport: true },
    { ...rules[1]!, examples: [] },
  ];
  const [first, second, ...all] = withExamples([...others, ...shipped], () => json);
  // As JSON has them: what is left out in one may be undefined in the other.
  expect(all).toEqual(JSON.parse(JSON.stringify(rules)));
  expect([first!.examples, second!.examples]).toEqual([rules[0]!.examples, []]);
});
