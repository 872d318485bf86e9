// Which parts of a text are worth a scan, and what is noted of the others.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { PADDING } from "../../src/engine/core/core.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { FAR, SHAPES } from "../support/core-shapes.ts";
import { coreOf, provokingText, Reference } from "../support/differential.ts";
import { folded } from "../support/encoded.ts";
import { withoutBreaks } from "../support/words.ts";

describe("parts that are winnowed", () => {
  const rules = [...SHAPES, ...FAR];
  const core = coreOf(rules);
  core.remember(() => Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 7919) >> 5)), 1 << 12);
  const [capacity, most] = [1 << 18, 64];
  const parts = core.reserve(8 * most);
  const address = core.reserve(capacity + 2 * PADDING) + PADDING;
  const reference = new Reference(SHAPES);

  /** What is left of each part. */
  function winnow(text: Buffer, asked: readonly (readonly [number, number])[]): (readonly [number, number])[] {
    const bytes = new Uint8Array(core.memory.buffer);
    bytes.set(text, address);
    const words = new Uint32Array(core.memory.buffer, parts, 2 * most);
    words.set(asked.flat());
    const left = core.winnow(address, text.length, parts, asked.length, 5);
    assert.deepEqual(Buffer.from(bytes.subarray(address, address + text.length)), text);
    // As the scan of what is left does, this forgets the rules that were given up.
    core.events(address, 0);
    return Array.from({ length: left }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
  }

  /** Where the words that the parts overlap hold encoded matches. */
  function runsIn(text: Buffer, asked: readonly (readonly [number, number])[]): number[] {
    const joined = withoutBreaks(text.toString("latin1"));
    const isEnd = (at: number) => " \t\r\n\"'`<>\0".includes(joined[at]!);
    const found = new Set<number>();
    for (const range of asked) {
      let [from, to] = range;
      while (from > 0 && !isEnd(from) && !isEnd(from - 1)) from--;
      while (to < text.length && !isEnd(to - 1) && !isEnd(to)) to++;
      for (const [first] of core.peel(address, text.length, from, to, 5)!) found.add(first!.start);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Parts of the text that stand apart, in order. */
  function somewhere(text: Buffer, random: () => number): [number, number][] {
    const cuts = Array.from({ length: 12 }, () => Math.floor(random() * (text.length + 1))).sort((a, b) => a - b);
    return cuts.flatMap((from, i): [number, number][] => {
      const to = Math.min(cuts[i + 1] ?? text.length, from + 1 + Math.floor(random() * 40));
      return i % 2 === 0 && to > from ? [[from, to]] : [];
    });
  }

  test("hold every match that overlaps one of them, in all versions of a text", () => {
    const random = seededRandom(7);
    const below = (n: number) => Math.floor(random() * n);
    let [asked, left, matched, hidden] = [0, 0, 0, 0];
    for (let round = 0; round < 12; round++) {
      const plain = "nothing here, only words in lines\n".repeat(8);
      const token = sample(parseRegex(SHAPES[0]!.pattern), random);
      const pieces = Array.from(
        { length: 8 },
        () => [plain, provokingText(SHAPES, random, 2).toString("latin1")][below(2)]!,
      );
      pieces.push(` ${Buffer.from(`key=${token}`).toString("base64")} `);
      pieces.push(
        `\n${folded(Buffer.from(`${plain.slice(0, below(90))}${token} and more`).toString("base64"), below)}\n`,
      );
      let text = pieces.join("");
      for (let version = 0; version < 60; version++) {
        // Copies, cuts and moves, so that the same stretches stand beside others, and at the text's edges.
        const [at, from] = [below(text.length), below(text.length)];
        const moved = text.slice(from, from + below(80));
        text =
          text.slice(0, at) + [moved, "", "x", pieces[below(pieces.length)]!][below(4)]! + text.slice(at + below(30));
        if (below(6) === 0) text = text.slice(below(60), text.length - below(60));
        const bytes = Buffer.from(text, "latin1");
        const whole = version % 4 === 0;
        const ranges: [number, number][] = whole ? [[0, bytes.length]] : somewhere(bytes, random);
        const rest = winnow(bytes, ranges);
        const inPart = ([from, to]: readonly [number, number]) => rest.find(([a, b]) => a >= from && b <= to);
        const spans = reference.spans(bytes).map((span) => span.split(" ").slice(1).map(Number));
        for (const range of ranges) {
          const piece = inPart(range);
          for (const [start, end] of spans) {
            if (start! >= range[1] || end! <= range[0]) continue;
            matched++;
            assert.ok(piece !== undefined && start! < piece[1] && end! > piece[0], `round ${round}.${version}`);
          }
        }
        const runs = runsIn(bytes, ranges);
        hidden += runs.length;
        assert.deepEqual(runsIn(bytes, rest), runs, `round ${round}.${version}, encoded`);
        asked += ranges.length;
        left += rest.length;
      }
    }
    assert.ok(
      matched > 500 && hidden > 50 && left < asked / 2,
      `${matched} matches, ${hidden} encoded, ${left} of ${asked}`,
    );
  });

  test("that stand in one long word become one where anything is found between the first and the last", () => {
    const random = seededRandom(11);
    const below = (n: number) => Math.floor(random() * n);
    const filler = (length: number) => Array.from({ length }, () => "abcdefXYZ0123456789/+-_.="[below(25)]).join("");
    let [matched, hidden, clear] = [0, 0, 0];
    for (let round = 0; round < 60; round++) {
      const words = Array.from({ length: 6 }, () => {
        const token = sample(parseRegex(SHAPES[below(SHAPES.length)]!.pattern), random);
        const inside = [token, Buffer.from(`key=${token}`).toString("base64"), "", ""][below(4)]!;
        return filler(below(7000)) + inside + filler(below(7000));
      });
      const text = Buffer.from(words.join(round % 2 ? " " : "\n"), "latin1");
      const spans = reference.spans(text).map((span) => span.split(" ").slice(1).map(Number));
      // In half of the rounds also where something stands.
      const near = round % 4 < 2 ? spans.map(([start]): [number, number] => [start!, start! + 2]) : [];
      const ranges = [...somewhere(text, random), ...near]
        .sort((a, b) => a[0] - b[0])
        .filter(([from], i, all) => i === 0 || from > all[i - 1]![1]);
      const rest = winnow(text, ranges);
      const overlaps = (of: readonly (readonly [number, number])[], [from, to]: readonly number[]) =>
        of.some(([a, b]) => from! < b && to! > a);
      for (const span of spans.filter((span) => overlaps(ranges, span))) {
        matched++;
        assert.ok(overlaps(rest, span), `round ${round}`);
      }
      const runs = runsIn(text, ranges);
      hidden += runs.length;
      const left = new Set(runsIn(text, rest));
      assert.ok(
        runs.every((run) => left.has(run)),
        `round ${round}, encoded`,
      );
      rest.forEach(([from], i) => assert.ok(i === 0 || from >= rest[i - 1]![1], "in order"));
      if (rest.length === 0) clear++;
    }
    assert.ok(matched > 20 && hidden > 20 && clear > 5, `${matched} matches, ${hidden} encoded, ${clear} clear`);
  });

  test("are narrowed to the lines that count", () => {
    const token = sample(parseRegex(SHAPES[0]!.pattern), seededRandom(8));
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i} says nothing\n`);
    const text = Buffer.from([...lines, ` ${token}\n`, ...lines].join(""));
    const [piece, ...others] = winnow(text, [[0, text.length]]);
    assert.ok(piece !== undefined && piece[1] - piece[0] < 8192, "a piece of some lines");
    assert.ok(text.subarray(...piece).includes(token.trim()));
    assert.deepEqual(others, []);
  });

  test("leave what lies around the text as it was, also when runs in it are decoded", () => {
    const around = (length: number) => {
      const bytes = Buffer.from(core.memory.buffer);
      return [bytes.subarray(address - PADDING, address), bytes.subarray(address + length, address + length + PADDING)];
    };
    const token = sample(parseRegex(SHAPES[0]!.pattern), seededRandom(9));
    const text = Buffer.from(`x ${Buffer.from(`key=${token} `.repeat(3)).toString("base64")} y`);
    for (const edge of around(text.length)) edge.fill("neighbour ");
    const before = around(text.length).map((edge) => edge.toString());
    assert.equal(winnow(text, [[0, text.length]]).length, 1);
    assert.deepEqual(
      around(text.length).map((edge) => edge.toString()),
      before,
    );
  });

  test("are let go where an automaton would have to read too much: the scan counts it", () => {
    const text = Buffer.from(`QOPEN ${"word ".repeat(60)}\n`.repeat(700));
    const before = core.steps;
    assert.equal(winnow(text, [[0, text.length]]).length, 1);
    assert.ok(core.steps - before < 100 * text.length, `${(core.steps - before) / text.length} bytes for each`);
  });
});

describe("openings", () => {
  const core = coreOf(FAR);
  core.remember(() => Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 7919) >> 5)), 1 << 12);
  const part = core.reserve(8);
  const room = core.reserve(core.openingsBytes);
  const address = core.reserve((1 << 16) + 2 * PADDING) + PADDING;
  core.noteOpenings(room);

  /** How many parts `winnow` leaves of a text, and the openings that it notes if they are wanted. */
  function opened(text: string, isWanted = true) {
    const words = new Int32Array(core.memory.buffer);
    words.set([0, isWanted ? address : 0], room >> 2);
    words.set([0, text.length], part >> 2);
    Buffer.from(core.memory.buffer).write(text, address, "latin1");
    const left = core.winnow(address, text.length, part, 1, 0);
    const noted = words.subarray((room >> 2) + 8, (room >> 2) + 8 + 3 * words[room >> 2]!);
    return {
      left,
      openings: Array.from({ length: noted.length / 3 }, (_, i) => [...noted.subarray(3 * i, 3 * i + 3)]),
    };
  }

  const words = "a line that says nothing\n".repeat(40);
  const text = `${words}now qurl this\n${words}`;
  const anchor = text.indexOf("qurl");

  test("are noted with the bytes that the answer hangs on, and again where the same text was seen before", () => {
    for (let round = 0; round < 3; round++) {
      const { left, openings } = opened(text);
      assert.equal(left, 0);
      assert.equal(openings.length, 1);
      const [begin, at, end] = openings[0] as [number, number, number];
      assert.ok(begin < anchor && at <= anchor && at >= anchor - 1, `${begin} ${at}`);
      // Ten lines and the one that it stands in.
      assert.ok(end > anchor + 200 && end < anchor + 400, `${end - anchor}`);
    }
  });

  test("are as matches where nobody wants those of the text", () => {
    assert.deepEqual(opened(text, false), { left: 1, openings: [] });
    assert.equal(opened(words, false).left, 0);
  });

  test("are none where the rule matches", () => {
    assert.deepEqual(opened(text.replace("this", "this -u name:word")), { left: 1, openings: [] });
  });
});

describe("matches in a text of which openings are noted", () => {
  const rules = [
    { id: "hex", pattern: "\\b[0-9a-f]{40}\\b" },
    { id: "token", pattern: "\\btok_[a-z0-9]{20}\\b" },
  ];
  const [HEX, TOKEN] = [0, 1];
  const core = coreOf(rules);
  core.remember(() => Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 7919) >> 5)), 1 << 12);
  const part = core.reserve(8);
  const room = core.reserve(core.openingsBytes);
  const address = core.reserve((1 << 16) + 2 * PADDING) + PADDING;
  const id = "0123456789abcdef".repeat(3).slice(0, 40);
  const token = `tok_${"a1b2".repeat(5)}`;

  /** @returns what `winnow` leaves, what a scan tells, and the bits of rules that were mute, which begin with `muted`. */
  function look(text: string, { from = 0, to = text.length, muted = 0, isNoted = true } = {}) {
    const words = new Int32Array(core.memory.buffer);
    words[(room >> 2) + 1] = isNoted ? address : 0;
    words[(room >> 2) + 2]!++;
    words[(room >> 2) + 4] = muted;
    words.set([from, to], part >> 2);
    Buffer.from(core.memory.buffer).write(text, address, "latin1");
    const left = core.winnow(address, text.length, part, 1, 0);
    return { left, count: core.scan(address, text.length), muted: words[(room >> 2) + 4] };
  }

  test("are left away where none of their rule's keywords stands, in letters of either case", () => {
    core.noteOpenings(room);
    const text = `${"words\n".repeat(90)}${id}\n${"words\n".repeat(90)}`;
    assert.deepEqual(look(text), { left: 1, count: 1, muted: 0 });
    core.mute(HEX, ["source graph", "sgp_"]);
    assert.deepEqual(look(text), { left: 0, count: 0, muted: 1 });
    assert.deepEqual(look(text, { isNoted: false }), { left: 1, count: 1, muted: 0 });
    for (const keyword of ["SGP_", "sgp_", "Source Graph"]) {
      assert.deepEqual(look(`${text}${keyword}`), { left: 1, count: 1, muted: 0 }, keyword);
      assert.deepEqual(look(`${keyword}${text}`), { left: 1, count: 1, muted: 0 }, keyword);
      // What a capital is to a letter is nothing to a blank or a line.
      const other = keyword.replace(/[ _]/, (byte) => String.fromCharCode(byte.charCodeAt(0) ^ 32));
      assert.deepEqual(look(`${text}${other}`), { left: 0, count: 0, muted: 1 }, other);
    }
    assert.deepEqual(look(`${text}${token}\n`), { left: 1, count: 1, muted: 1 });
  });

  test("ask for the whole where a part brings a keyword of a rule that was mute", () => {
    core.noteOpenings(room);
    core.mute(HEX, ["sgp_"]);
    const words = "words\n".repeat(90);
    const text = `${words}sgp_\n${id}\n${words}`;
    const at = text.indexOf("sgp_");
    assert.equal(look(text, { from: at + 3, to: at + 4, muted: 1 }).left, -1);
    assert.equal(look(text, { from: at, to: at + 1, muted: 1 }).left, -1);
    assert.equal(look(text, { from: at + 60, to: at + 70, muted: 1 }).left, 0);
    assert.deepEqual(look(text, { muted: 1 }), { left: 1, count: 1, muted: 0 });
  });

  test("are left away where they were refused before, between the same bytes, until other rules are asked", () => {
    core.noteOpenings(room);
    const text = `a line\nkey = ${token};\n`;
    const at = text.indexOf(token);
    assert.deepEqual(look(text), { left: 1, count: 1, muted: 0 });
    core.refuse(address, text.length, TOKEN, at, at + token.length);
    assert.equal(look(text).count, 0);
    assert.equal(look(`${text}${text}more of it\n`).left, 0);
    assert.equal(look(text, { isNoted: false }).count, 1);
    assert.equal(look(text.replace(";", ",")).count, 1);
    assert.equal(look(text.replace("= ", "=\t")).count, 1);
    assert.equal(look(text.replace("tok_a", "tok_b")).count, 1);
    assert.equal(look(text.slice(at)).count, 1);
    core.noteOpenings(room);
    assert.equal(look(text).count, 1);
  });
});
