import { expect, test } from "vitest";
import { withEngine } from "../../src/config/engine.ts";
import { scan } from "../../src/engine/scan.ts";
import { scanHistory } from "../../src/sources/git/history/scan-history.ts";
import { GitKit } from "../sources/git/git-kit.ts";
import { crcToken } from "../support/tokens.ts";
import { asksForEdges } from "../../src/engine/regex/edges.ts";
import { shippedRulebook, shippedRules, withExamples } from "../../src/config/built.ts";
import { builtInRules, rulesToShip } from "../../src/config/rulebook.ts";
import { areSimple, checkedRulebook } from "../../src/engine/rulebook.ts";

test("the rules that the build leaves are those of rules/: their lists are kept once, their examples read for who asks", () => {
  const rules = builtInRules();
  const json = Buffer.from(rulesToShip(rules, ""));
  const shipped = shippedRules(json);
  const rulebook = shippedRulebook(json);
  expect(rulebook.hash).toBe(checkedRulebook(rules).hash);
  expect(rulebook.rules).toEqual(shipped);
  expect(asksForEdges(rulebook.rules)).toBe(asksForEdges(rules));
  expect(rulebook.isSimple).toBe(areSimple(rules));
  const lists = shipped.flatMap(({ allowlists }) => allowlists ?? []);
  expect(new Set(lists).size).toBe(new Set(lists.map((list) => JSON.stringify(list))).size);
  expect(new Set(lists).size).toBeLessThan(lists.length);
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

test("a scan that finds nothing does without the rules, whose image tells as much", async () => {
  const [known, , examples] = rulesToShip(builtInRules(), "").split("\n");
  const json = Buffer.from([known, "no rules", examples, ""].join("\n"));
  const rulebook = withEngine(shippedRulebook(json), { isBaked: true });
  expect(rulebook.isSimple).toBe(true);
  const inFile = (text: string) =>
    scan({ bytes: Buffer.from(text), provenance: { kind: "file", path: "a" } }, rulebook);
  const nothing = "nothing\n".repeat(1000);
  expect(inFile(nothing)).toEqual([]);
  expect(() => inFile(`${nothing}${crcToken(1)}\n`)).toThrow(SyntaxError);
  const kit = new GitKit();
  kit.commit({ "one/two.txt": nothing }, "said\n");
  kit.git("tag", "-a", "v1", "-m", "tagged");
  expect((await scanHistory({ gitDir: kit.dir, rulebook })).candidates).toEqual([]);
});
