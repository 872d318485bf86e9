import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { FAR, SHAPES } from "../support/core-shapes.ts";
import { coreOf, CoreScanner, provokingText, Reference, type PatternRule } from "../support/differential.ts";

function scannerFor(rules: readonly PatternRule[], capacity: number): CoreScanner {
  return new CoreScanner(coreOf(rules), rules, capacity);
}

describe("a scan of a whole text", () => {
  const rules = [...SHAPES, ...FAR];
  const scanner = scannerFor(rules, 1 << 18);
  const reference = new Reference(rules);

  test("finds exactly what every rule over every byte finds, wherever the text lies", () => {
    const random = seededRandom(1);
    for (let round = 0; round < 200; round++) {
      const text = provokingText(rules, random, 1 + Math.floor(random() * 60));
      const expected = reference.spans(text);
      assert.deepEqual(scanner.spans(text, { shift: round % 64 }), expected);
      assert.deepEqual(scanner.surveyed(text, { shift: round % 64 }), expected);
    }
  });

  test("finds a token at every place around the edges of its inner segments", () => {
    const random = seededRandom(2);
    const token = ` ${sample(parseRegex(SHAPES[0]!.pattern), random)}`;
    for (const edge of [4096, 32_768]) {
      for (let at = edge - token.length - 40; at < edge + 60; at++) {
        const text = Buffer.alloc(edge + 400, "x\n");
        text.write(token, at, "latin1");
        assert.deepEqual(scanner.spans(text), reference.spans(text));
      }
    }
  });

  test("finds long runs of one class, also across segments", () => {
    for (const length of [31, 32, 39, 40, 41, 95, 16_380, 40_000]) {
      const text = Buffer.from(`x ${"0123456789abcdef".repeat(4000).slice(0, length)} y`);
      const expected = reference.spans(text);
      assert.deepEqual(scanner.spans(text), expected);
      assert.deepEqual(scanner.surveyed(text), expected);
    }
  });

  test("finds runs of one class at every place around the edges of blocks and segments", () => {
    const runs = [31, 32, 40, 41].map((length) => "f0e1d2c3b4a59687".repeat(3).slice(0, length));
    for (const edge of [0, 64, 512, 4096]) {
      for (let at = Math.max(0, edge - 60); at < edge + 70; at++) {
        for (const run of runs) {
          const text = Buffer.from(`${"- ".repeat(at).slice(0, at)}${run}${at % 3 === 0 ? "" : ".-".repeat(at % 90)}`);
          assert.deepEqual(scanner.surveyed(text), reference.spans(text));
        }
      }
    }
  });

  test("finds the shortest runs of a class wherever they begin, alone and beside longer ones", () => {
    const digits = "f0e1d2c3b4a59687".repeat(3);
    for (const lengths of [[23], [26], [27], [26, 40], [27, 40]]) {
      const classes = lengths.map((length) => ({ id: `${length}`, pattern: `\\b[0-9a-f]{${length}}\\b` }));
      const [found, wanted] = [scannerFor(classes, 1 << 10), new Reference(classes)];
      for (let at = 0; at < 150; at++) {
        for (const length of lengths) {
          const text = Buffer.from(`${". ".repeat(at).slice(0, at)}${digits.slice(0, length)}${".-".repeat(at % 70)}`);
          const expected = wanted.spans(text);
          assert.equal(expected.length, 1);
          assert.deepEqual(found.spans(text), expected);
          assert.deepEqual(found.surveyed(text), expected);
          assert.deepEqual(found.spans(text, { from: at, to: at + 1 }), expected);
        }
      }
    }
  });

  test("finds what stands before a run of token bytes or in it, however they lie to the blocks that runs are noted by", () => {
    const run = "0f1e2d3c4b5a69788796a5b4".slice(1);
    const tokens = [0, 20, 41].map((gap) => `QZNR${" ".repeat(gap)}${run}:`);
    tokens.push("0123456789abcdefghijQZRAabcdef:", `qtok  ${".".repeat(18)}'\t"=>  ='"${run}012345678'`);
    for (let at = 0; at < 200; at++) {
      for (const token of tokens) {
        const text = Buffer.from(`${"- ".repeat(at).slice(0, at)}${token}${at % 3 === 0 ? "" : ".-".repeat(at % 90)}`);
        const expected = reference.spans(text);
        assert.notEqual(expected.length, 0);
        assert.deepEqual(scanner.spans(text), expected);
        assert.deepEqual(scanner.surveyed(text), expected);
      }
    }
  });

  test("finds a run of digits where it fills a whole group of hex digits", () => {
    for (let at = 0; at < 32; at++) {
      const text = Buffer.from(`${" ".repeat(at)}1234567890123456|${"a".repeat(30)}`);
      assert.deepEqual(scanner.spans(text), reference.spans(text));
    }
  });

  test("finds nothing in an empty text and in texts of a few bytes", () => {
    for (const text of ["", "a", "ey", "demo_"]) assert.deepEqual(scanner.spans(Buffer.from(text)), []);
  });
});

describe("a scan of a part", () => {
  const scanner = scannerFor(SHAPES, 1 << 18);
  const reference = new Reference(SHAPES);

  test("finds those matches of the whole that overlap it, however the text is cut", () => {
    const random = seededRandom(3);
    for (let round = 0; round < 150; round++) {
      const text = provokingText(SHAPES, random, 40);
      const from = Math.floor(random() * text.length);
      const to = from + Math.floor(random() * Math.min(300, text.length - from));
      assert.deepEqual(scanner.spans(text, { from, to }), reference.spans(text, from, to), `round ${round}`);
    }
  });

  test("adds up to the whole at every cut", () => {
    const random = seededRandom(4);
    const text = provokingText(SHAPES, random, 12);
    const whole = reference.spans(text);
    for (let cut = 0; cut <= text.length; cut++) {
      const parts = [...scanner.spans(text, { to: cut }), ...scanner.spans(text, { from: cut })];
      assert.deepEqual([...new Set(parts)].sort(), whole, `cut at ${cut}`);
    }
  });
});

describe("a scan of one byte", () => {
  test("finds the built-in rule's match that stands there, wherever in it the byte is", () => {
    const rules = builtInRules().filter(({ pattern }) => pattern !== "");
    const { image, costs } = compileRules(rules, quickTraining());
    const core = new Core(coreBinaries());
    core.load(
      image,
      rules.map(({ pattern }) => pattern),
    );
    const scanner = new CoreScanner(core, rules, 1 << 14);
    const far = new Set(costs().flatMap((cost) => (cost.far ? [cost.id] : [])));
    const random = seededRandom(6);
    const filler = Buffer.from("plain words; then <more> of them\n".repeat(40));
    for (const { id, pattern } of rules) {
      const token = Buffer.from(sample(parseRegex(pattern, id), random), "latin1");
      const text = Buffer.concat([filler, token, filler]);
      const whole = scanner.spans(text).filter((span) => !far.has(span.slice(0, span.indexOf(" "))));
      const inside = Array.from({ length: 3 }, () => Math.floor(random() * token.length));
      for (const at of [0, 1, token.length - 1, ...inside].map((place) => filler.length + place)) {
        const expected = whole.filter((span) => {
          const [start, end] = span.split(" ").slice(1).map(Number);
          return start! <= at && end! > at;
        });
        const found = scanner.spans(text, { from: at, to: at + 1 });
        for (const span of expected) assert.ok(found.includes(span), `${span}, asked for at ${at}`);
      }
    }
  });
});

describe("the core", () => {
  test("finds the tokens of the built-in rules as the reference does", () => {
    const rules = builtInRules().filter(({ pattern }) => pattern !== "");
    const scanner = scannerFor(rules, 1 << 18);
    const reference = new Reference(rules);
    const random = seededRandom(5);
    for (let round = 0; round < 4; round++) {
      const text = provokingText(rules, random, 60);
      assert.deepEqual(scanner.spans(text), reference.spans(text));
    }
  });

  test("runs the same on the strict build", () => {
    const { image } = compileRules(SHAPES, quickTraining());
    const { strict } = coreBinaries();
    const core = new Core({ relaxed: strict, strict });
    core.load(
      image,
      SHAPES.map(({ pattern }) => pattern),
    );
    const scanner = new CoreScanner(core, SHAPES, 1 << 18);
    const reference = new Reference(SHAPES);
    const text = provokingText(SHAPES, seededRandom(6), 300);
    assert.deepEqual(scanner.spans(text), reference.spans(text));
  });

  test("has room for as much as its memory may hold, and says so of more", () => {
    const core = new Core(coreBinaries());
    const [first, second] = [core.reserve(100), core.reserve(2 ** 31 + 5)];
    assert.equal(second % 16, 0);
    assert.ok(second >= first + 100 && core.memory.buffer.byteLength >= second + 2 ** 31 + 5);
    assert.throws(() => core.reserve(2 ** 31), /--max-target-megabytes leaves out large files/);
  });

  test("leaves every byte around and inside of an object as it was", () => {
    const core = coreOf(SHAPES);
    const base = core.reserve(4096);
    const memory = Buffer.from(core.memory.buffer, base, 4096);
    const random = seededRandom(7);
    for (let i = 0; i < memory.length; i++) memory[i] = Math.floor(random() * 256);
    const before = Buffer.from(memory);
    core.scan(base + PADDING, 1000);
    core.scan(base + PADDING + 100, 1000, 300, 400);
    assert.deepEqual(Buffer.from(core.memory.buffer, base, 4096), before);
  });
});

describe("the rulebook compiler", () => {
  test("makes the same bytes of the same rules", () => {
    const [a, b] = [compileRules(SHAPES, quickTraining()), compileRules(SHAPES, quickTraining())];
    assert.deepEqual(a.image, b.image);
  });

  test("looks for rules that have nothing but digits and marks", () => {
    const rules = [{ id: "number", pattern: String.raw`\b\d{3}-\d{2}-\d{4}\b` }, SHAPES[0]!];
    const scanner = scannerFor(rules, 1 << 16);
    const reference = new Reference(rules);
    const random = seededRandom(8);
    for (let round = 0; round < 20; round++) {
      const text = provokingText(rules, random, 40);
      assert.deepEqual(scanner.spans(text), reference.spans(text));
    }
  });

  test("says what a rule costs, so that a sloppy one stands out", () => {
    const { costs } = compileRules([SHAPES[0]!, { id: "sloppy", pattern: "[a-z]{3}=[a-z]{30}" }], quickTraining());
    const [first, second] = costs();
    assert.ok(second!.candidatesPerMegabyte > 10 * first!.candidatesPerMegabyte);
  });

  test.each([
    ["matches-nothing", "(?:abc)?", "can match nothing at all"],
    ["anything", "[a-z]+", "no part rare enough"],
    ["unreadable", "(?=x)", "an unknown group"],
  ])("refuses the rule %s with the way out", (id, pattern, part) => {
    const { refused } = compileRules([{ id, pattern }, SHAPES[0]!], quickTraining());
    assert.equal(refused.length, 1);
    assert.ok(refused[0]!.message.includes(`rule ${id}`) && refused[0]!.message.includes(part));
  });
});
