import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { quickTraining } from "../../src/config/engine-files.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { PADDING } from "../../src/engine/core/core.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { coreOf, CoreScanner, Reference, type PatternRule } from "../support/differential.ts";

/** Gaps of nearly any bytes with a bound of each kind, and what stands behind them in ways that are easy to get wrong. */
const RULES: readonly PatternRule[] = [
  { id: "line", pattern: "QZLINE.*--key=[a-z]{4,9};" },
  {
    id: "lines",
    pattern: String.raw`\bqzrun\b(?:.*?|.*?(?:[\r\n]{1,2}.*?){1,3})[ \t\n](?:-K|--key)[ =]"([a-z]{4,9})"`,
  },
  // These look behind the same sequence, within the same bounds, for what begins alike: three of them share a pass with the one above.
  {
    id: "shared",
    pattern: String.raw`\bqzrun\b(?:.*?|.*?(?:[\r\n]{1,2}.*?){1,3})[ \t\n](?:-H|--head)[ =]"([a-z]{4,9})"`,
  },
  {
    id: "shared too",
    pattern: String.raw`\bqzrun\b(?:.*|.*(?:[\r\n]{1,2}.*){1,3})[ \t\n](?:-u|--key)[ =]'([a-z]{4,9})'`,
  },
  {
    id: "left over",
    pattern: String.raw`\bqzrun\b(?:.*|.*(?:[\r\n]{1,2}.*){1,3})[ \t\n]--(?:key|zone)=([a-z]{4,9})\b`,
  },
  { id: "bytes", pattern: String.raw`(?is)qzkind:.{0,60}?\bdata:[ \n]{1,4}[a-z]{3}\b` },
  { id: "both", pattern: "QZBOTH[^;]{0,40}[0-9];[0-9]{2}" },
  { id: "end", pattern: String.raw`QZEND[\s\S]{0,50}=\d{2}$` },
];

const SIZE = 1500;

/** Beginnings, matches whole and cut short, and what may stand in between. */
function textOf(random: () => number): Buffer {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const nodes = RULES.map(({ pattern }) => parseRegex(pattern));
  const begins = ["QZLINE", " qzrun ", "qzKind:", "QZBOTH", "QZEND"];
  const tails = [
    " --key=abcd;",
    ' -K "abcd" ',
    "\n-K=",
    ' --head="abcd"',
    "\t-u 'abcd'",
    "\n--key='abcd'",
    " data: abc ",
    "7;12",
    "=12",
  ];
  let text = "";
  const length = SIZE * random() * random();
  while (text.length < length) {
    const piece = pick([
      () => pick(begins),
      () => pick(tails),
      () => pick(["\n", "\r\n", "\n\n", ";", " -", " --", '"']),
      () => "x ".repeat(30 * random() * random()),
      () => sample(pick(nodes), random).slice(0, 120),
    ])();
    text += random() < 0.2 ? piece.slice(0, piece.length * random()) : piece;
  }
  return Buffer.from(text.slice(0, SIZE), "latin1");
}

describe("what has to stand behind a gap of nearly any bytes", () => {
  test("is looked for wherever the gap has a bound", () => {
    const plans = compileRules(RULES, quickTraining()).worstCases();
    for (const [i, { id }] of RULES.entries())
      assert.ok(
        plans[i]!.plan.sequences.some(({ beyond }) => beyond !== undefined),
        id,
      );
  });

  test("is looked for in one pass by rules that look behind the same sequence", () => {
    const size = 8192;
    const steps = [1, 2, 3, 4].map((count) => {
      const core = coreOf(RULES.slice(1, 1 + count));
      const address = core.reserve(size + 2 * PADDING) + PADDING;
      new Uint8Array(core.memory.buffer).set(
        Buffer.alloc(size, "qzrun -t and so on, --until the end of the line\n"),
        address,
      );
      core.scan(address, size);
      return core.steps;
    });
    // The fourth has a pass of its own.
    assert.ok(steps[2]! < 1.6 * steps[0]!, String(steps));
    assert.ok(steps[3]! > 1.8 * steps[0]!, String(steps));
  });

  test("changes nothing of what is found, whatever text was scanned before", () => {
    const scanner = new CoreScanner(coreOf(RULES), RULES, SIZE);
    const reference = new Reference(RULES);
    const random = seededRandom(17);
    let found = 0;
    for (let round = 0; round < 600; round++) {
      const text = textOf(random);
      const expected = reference.spans(text);
      found += expected.length;
      assert.deepEqual(scanner.spans(text, { shift: round % 16 }), expected, JSON.stringify(text.toString("latin1")));
    }
    assert.ok(found > 600, String(found));
  });
});
