import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { createCore } from "../../src/config/engine.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { stepsAllowed } from "../../src/engine/core/budget.ts";
import { PADDING, type Core } from "../../src/engine/core/core.ts";
import { lengthOf } from "../../src/engine/regex/node.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { coreOf, CoreScanner, Reference, type PatternRule } from "../support/differential.ts";

const KIB = 1024;

/** Texts of `size` bytes that make a rule begin again and again: its matches whole, cut short at each eighth, and its last byte. */
function hostileTexts({ pattern }: PatternRule, size: number): Buffer[] {
  const text = sample(parseRegex(pattern), seededRandom(1));
  const eighths = [1, 2, 3, 4, 5, 6, 7].map((part) => text.slice(0, Math.ceil((text.length * part) / 8)));
  return [text, ...eighths, text.slice(-2, -1)].map((piece) => Buffer.alloc(size, piece, "latin1"));
}

/** Work for a text, in bytes that automata read. */
function stepsOf(core: Core, address: number, text: Buffer): number {
  new Uint8Array(core.memory.buffer).set(text, address);
  const before = core.steps;
  core.scan(address, text.length);
  return core.steps - before;
}

/** Each matches over nearly any bytes without an end, or has more states than a table may have. */
const ENDLESS: readonly PatternRule[] = [
  { id: "block", pattern: String.raw`OPEN-IT[\s\S]{10,}?SHUT-IT` },
  {
    id: "lines",
    pattern: String.raw`\bfetch\b(?:.*?|.*?(?:[\r\n]{1,2}.*?){1,5})[ \t\n\r](?:-K|--key)[ \t]{1,5}"([a-z]{8,40})"`,
  },
];

describe("a text that was made to be slow", () => {
  test("costs a built-in rule work in proportion to its size, or its budget where one match may be as long", () => {
    const rules = builtInRules().filter(({ pattern }) => pattern !== "");
    const core = createCore(rules);
    const sizes = [2 * KIB, 8 * KIB];
    const address = core.reserve(8 * KIB + 2 * PADDING) + PADDING;
    for (const rule of rules) {
      const [small, large] = sizes.map((size) => hostileTexts(rule, size).map((text) => stepsOf(core, address, text)));
      const isLong = lengthOf(parseRegex(rule.pattern)).max > sizes[0]!;
      large!.forEach((steps, i) => {
        const most = isLong ? 2 * stepsAllowed(8 * KIB) : 6 * small![i]! + 4096;
        assert.ok(steps <= most, `${rule.id}, text ${i}: ${small![i]}, then ${steps} steps`);
      });
    }
  });

  test("costs an endless rule no more than its budget, and the rule is named", () => {
    const core = coreOf(ENDLESS);
    const size = 32 * KIB;
    const address = core.reserve(size + 2 * PADDING) + PADDING;
    for (const [index, start] of ["OPEN-IT ", 'fetch -K "abcdefghij '].entries()) {
      const steps = stepsOf(core, address, Buffer.alloc(size, start));
      assert.ok(steps <= 2 * stepsAllowed(size) + size, `${steps} steps`);
      assert.deepEqual(core.takeExceeded(), [index]);
      assert.deepEqual(core.takeExceeded(), []);
    }
  });

  test("costs no more than reading it a few times where nothing of what has to follow stands in it", () => {
    const core = coreOf(ENDLESS);
    const size = 32 * KIB;
    const address = core.reserve(size + 2 * PADDING) + PADDING;
    for (const piece of ["fetch ", "fetch\n", 'fetch -K" -K ']) {
      const steps = stepsOf(core, address, Buffer.alloc(size, piece));
      assert.ok(steps <= 4 * size, `${steps} steps`);
    }
    assert.deepEqual(core.takeExceeded(), []);
  });

  test("does not keep an endless rule from what it finds in ordinary texts", () => {
    const core = coreOf(ENDLESS);
    const scanner = new CoreScanner(core, ENDLESS, 64 * KIB);
    const reference = new Reference(ENDLESS);
    const random = seededRandom(9);
    for (let round = 0; round < 60; round++) {
      const pieces = Array.from({ length: 12 }, () => {
        const text = sample(parseRegex(ENDLESS[Math.floor(random() * 2)]!.pattern), random);
        return random() < 0.3 ? text.slice(0, Math.floor(random() * text.length)) : text;
      });
      const text = Buffer.from(pieces.join(random() < 0.5 ? " " : "\n"), "latin1");
      assert.deepEqual(scanner.spans(text), reference.spans(text));
    }
    assert.deepEqual(core.takeExceeded(), []);
  });
});
