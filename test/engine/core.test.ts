import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { coreOf, CoreScanner, provokingText, Reference, type PatternRule } from "../support/differential.ts";

/** One rule for each way to find a span, and shapes that are easy to get wrong. */
const SHAPES: readonly PatternRule[] = [
  { id: "prefix", pattern: String.raw`\b(demo_[A-Za-z0-9]{16})(?:[\x60'"\s;]|\\[nr]|$)` },
  {
    id: "keyword",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:demokey|secretly)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|:|=>)[\x60'"\s=]{0,5}([\w.=-]{10,40})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "middle", pattern: String.raw`\b[A-Za-z0-9]{20}SIGNED[A-Za-z0-9]{6}\b` },
  { id: "hex", pattern: String.raw`\b[a-f0-9]{40}\b` },
  { id: "hex-open", pattern: "[a-f0-9]{32}" },
  { id: "digits", pattern: String.raw`\b\d{15,16}\|[0-9a-z_-]{27,40}` },
  { id: "greedy-prefix", pattern: "[a-z]{2,8}[.]io_KEY[0-9]{4}" },
  { id: "open-end", pattern: String.raw`\bey[a-zA-Z0-9]{17,}\.ey[a-zA-Z0-9/_-]{17,}\.(?:[a-zA-Z0-9/_-]{10,}={0,2})?` },
  { id: "short", pattern: String.raw`\bs\.[A-Za-z0-9]{24}\b` },
  {
    id: "boundary-before-branches",
    pattern: String.raw`\b((?:hvq\.[\w-]{30,40}|q\.(?i:[a-z0-9]{24})))(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  {
    id: "hex-among-branches",
    pattern: String.raw`(?i)\b(\b(qgp_(?:[a-f0-9]{16}|local)_[a-f0-9]{41}|[a-f0-9]{41})\b)(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "hex-end", pattern: String.raw`[a-f0-9]{35}\b` },
  { id: "webhook", pattern: String.raw`hxxps://[a-z0-9]+\.webhook\.demo/[a-z0-9]{8}-([a-z0-9]{4}-){2}` },
  {
    id: "keyword-behind-keyword",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:qkey|qpassw(?:or)?d|(?-i:[Qq]api|QAPI))(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,30}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "skips-what-it-needs", pattern: "QZAB[ =x]{0,6}[=x]{4}[a-c]{2,9}[ab]c" },
  { id: "gap-to-the-end", pattern: String.raw`QZGE[ab]{0,9}[bc]{3}(?:\s|$)` },
  { id: "long-gap", pattern: "QZLG[0-9a-f]{0,90}:[0-9]{4}" },
  { id: "long-gap-of-what-it-needs", pattern: String.raw`QZLN[0-9a-z-]{2,60}\.tin\.(?:co|io)/[0-9]{4}` },
  { id: "long-gap-of-ends", pattern: "QZLE[a-z]{2,60}[x-z0-9]{4}[0-9]{2}" },
  { id: "branches", pattern: String.raw`(?:sk|rk|pk)_(?:live|test)_[0-9a-zA-Z]{10,20}|whsec_[a-z]{12}` },
  { id: "lazy-end", pattern: "QZQ[a-z]{2,30}?z" },
  { id: "text-start", pattern: "^HEAD-[0-9]{6}" },
  { id: "text-end", pattern: "TAIL-[0-9]{6}$" },
  { id: "line", pattern: "(?m)^KEYLINE=[a-z]{4,9}$" },
  { id: "unicode", pattern: "schlüssel=[0-9]{8}" },
  { id: "fold", pattern: "(?i)bearer-[a-z]{3}(?-i:XYZ)" },
  {
    id: "long-token",
    pattern: String.raw`(?i)[\w.-]{0,50}?(?:demotoken|qtok)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|:|=>)[\x60'"\s=]{0,5}([a-z0-9]{32})(?:[\x60'"\s;]|\\[nr]|$)`,
  },
  { id: "run-far-behind", pattern: "QZNR[ .]{0,41}[a-f0-9]{23}:" },
  { id: "run-around", pattern: "[A-Za-z0-9]{20}QZRA[A-Za-z0-9]{6,9}:" },
  { id: "late", pattern: String.raw`\b[A-Za-z0-9_]{10,200}\.QXZK[0-9]{4}\b` },
  { id: "late-over-blanks", pattern: String.raw`<[ ;"a-f]{10,60}>QYJX[0-9]{4}` },
];
/** Reaches over nearly any bytes; parts of a text do not settle it. */
const FAR: readonly PatternRule[] = [
  { id: "key", pattern: String.raw`-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY-----[\s\S-]{64,}?KEY-----` },
  { id: "open", pattern: String.raw`QOPEN[\sA-Za-z]{8,}?QCLOSE` },
  {
    id: "command",
    pattern: String.raw`\bqurl\b(?:.*|.*(?:[\r\n]{1,2}.*){1,5})[ \t\n\r](?:-u|--user)(?:=|[ \t]{0,5})("(:[^"]{3,}|[^:"]{3,}:)"|[\w$@.-]+:[\w]+)(?:\s|\z)`,
  },
  {
    id: "either-order",
    pattern: String.raw`(?i)(?:\bqind:[ \t]*["']?\bsecret\b(?s:.){0,200}?\bdata:(?s:.){0,100}?\s+([\w.-]+:[ \t]*["']?[a-z0-9+/]{10,})|\bdata:(?s:.){0,100}?\s+([\w.-]+:[ \t]*["']?[a-z0-9+/]{10,})(?s:.){0,200}?\bqind:[ \t]*["']?\bsecret\b)`,
  },
  { id: "gap", pattern: String.raw`(?i)\bkind:(?s:.){0,200}?\bdata:\s+[a-z]{5}` },
];

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

describe("parts that are winnowed", () => {
  const rules = [...SHAPES, ...FAR];
  const core = new Core(coreBinaries());
  core.load(
    compileRules(rules, quickTraining()).image,
    rules.map(({ pattern }) => pattern),
  );
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
    return Array.from({ length: left }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
  }

  /** Where the words that the parts overlap hold encoded matches. */
  function runsIn(text: Buffer, asked: readonly (readonly [number, number])[]): number[] {
    const isEnd = (at: number) => " \t\r\n\"'`<>\0".includes(String.fromCharCode(text[at]!));
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
  const core = new Core(coreBinaries());
  core.load(
    compileRules(FAR, quickTraining()).image,
    FAR.map(({ pattern }) => pattern),
  );
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
  const core = new Core(coreBinaries());
  core.load(
    compileRules(rules, quickTraining()).image,
    rules.map(({ pattern }) => pattern),
  );
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

  test("leaves every byte around and inside of an object as it was", () => {
    const core = new Core(coreBinaries());
    core.load(
      compileRules(SHAPES, quickTraining()).image,
      SHAPES.map(({ pattern }) => pattern),
    );
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
