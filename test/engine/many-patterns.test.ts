import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ManyPatterns } from "../../src/engine/many-patterns.ts";
import { compileRe2 } from "../../src/engine/re2.ts";

let seed = 11;
const draw = (count: number) => (seed = (seed * 48271) % 2147483647) % count;
const letters = (count: number) => Array.from({ length: count }, () => "abc01"[draw(5)]).join("");

describe("thousands of allowlist patterns", () => {
  test("say the same of each text, asked together as one by one", () => {
    const shapes = [
      () => letters(4),
      () => `^${letters(3)}`,
      () => `${letters(2)}$`,
      () => `(?i)${letters(3).toUpperCase()}x?|${letters(5)}`,
      () => `(?P<same>${letters(4)})`,
      () => String.raw`\Q${letters(3)}.`,
      () => `[ab]{${draw(9)}}c${draw(10)}`,
      () => `(?m:^${letters(4)}$)`,
    ];
    const sources = Array.from({ length: 400 }, () => shapes[draw(shapes.length)]?.() ?? "");
    const patterns = sources.map((source) => compileRe2(source, "test"));
    const many = new ManyPatterns(sources, patterns);
    const held: [number, number] = [0, 0];
    for (let round = 0; round < 2500; round++) {
      const text = letters(1 + draw(9));
      const expected = patterns.some((pattern) => pattern.test(text));
      if (expected) held[1]++;
      else held[0]++;
      assert.equal(many.hold(text), expected, text);
      assert.equal(many.hold(text), expected, `${text}, again`);
    }
    assert.ok(Math.min(...held) > 100, `both answers: ${held.join()}`);
  });
});
