import assert from "node:assert/strict";
import { beforeAll, describe, test } from "vitest";
import { createCore } from "../../../src/config/engine.ts";
import { coreBinaries, quickTraining } from "../../../src/config/engine-files.ts";
import { compileRules } from "../../../src/engine/compile/compile-rules.ts";
import { Core, type Way } from "../../../src/engine/core/core.ts";
import { CoreEngine } from "../../../src/engine/core/core-engine.ts";
import { Region, sideOf } from "../../../src/engine/core/region.ts";
import { DECODERS, decodeRun, outermost, peel, type Layer } from "../../../src/engine/decode/index.ts";
import { LONGEST_RUN } from "../../../src/engine/decode/decoder.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { toText } from "../../../src/engine/text.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { folded } from "../../support/encoded.ts";

const RULE = { id: "demo", pattern: String.raw`\b(demo_[A-Za-z0-9]{16})\b`, keywords: [] };
const TOKEN = `demo_${"aB3".repeat(5)}z`;

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const wide = (text: string) => Buffer.from(text, "utf16le").toString("latin1");
const each = (text: string, write: (byte: number) => string) => [...Buffer.from(text, "latin1")].map(write).join("");
const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;
const digits = (byte: number) => byte.toString(16).padStart(2, "0");

/** Ways to write a text so that a decoder reads it, some of it or all. */
const WRITERS: readonly ((text: string, random: Random) => string)[] = [
  (text) => Buffer.from(text, "latin1").toString("base64"),
  (text) => Buffer.from(text, "latin1").toString("base64").replace(/=+$/, ""),
  (text) => Buffer.from(text, "latin1").toString("base64url"),
  (text) => Buffer.from(wide(text), "latin1").toString("base64"),
  (text, random) =>
    `${pick(random, ["", "a", "bc", "def"])}${pick(random, ["/", "+", "/x/", "+yz/"])}${Buffer.from(text, "latin1").toString("base64")}`,
  (text, random) =>
    `${pick(random, ["path/to/", "ab/d+", "a/b/c/", "xyz"])}${Buffer.from(wide(text), "latin1").toString(pick(random, ["base64", "hex"]))}`,
  (text, random) =>
    `${pick(random, ["", "a", "bc", "def"])}${pick(random, ["-", "_", "_x-"])}${Buffer.from(`??>${text}`, "latin1").toString("base64url")}`,
  (text) => Buffer.from(text, "latin1").toString("hex"),
  (text) => Buffer.from(`${text}!`, "latin1").toString("hex").toUpperCase(),
  (text) => Buffer.from(`\0${wide(text)}`, "latin1").toString("hex"),
  (text, random) => each(text, (byte) => (random() < 0.3 ? `%${digits(byte)}` : String.fromCharCode(byte))),
  (text) => each(text, (byte) => `\\u00${digits(byte)}`),
  (text, random) => each(text, (byte) => pick(random, [`\\x${digits(byte)}`, `\\u{${digits(byte)}}`])),
  (text, random) => `\\n${text.replaceAll("/", random() < 0.5 ? "\\/" : "/")}\\t`,
  (text, random) => each(text, (byte) => (byte < 128 && random() < 0.9 ? octal(byte) : String.fromCharCode(byte))),
  (text, random) => `w${pick(random, ["\\e", "\\E", "\\033", "\\x1b"])}[32m${text}\\033[0m`,
  (text) => each(text, (byte) => `&#${byte};`),
  (text) => each(text, (byte) => `&#x${digits(byte)};`),
  (text, random) => `\u001b[${pick(random, ["31", "0;1", ""])}m${text}\u001b[0m\u001b[K`,
  (text, random) => each(text, (byte) => (random() < 0.2 ? "\u001b[01;31m" : "") + String.fromCharCode(byte)),
  (text, random) =>
    `${pick(random, ["", "w", "."])}\u001b(B\u001b[m${text}${pick(random, ["\u001b[0m", "\u001b[0mx", "\u001b8", "\u001b7x"])}`,
  (text, random) =>
    `w\u001b]8;;h://a${pick(random, ["\u001b\\", "\u0007"])}${text}\u001b]8;;\u0007${pick(random, ["", "w"])}`,
  (text) => text.replaceAll("_", "&lowbar;").replaceAll("=", "&equals;") + "&amp;&nbsp;&unknown;",
  (text, random) =>
    folded(
      Buffer.from(`${"!".repeat(random() * 200)}${text}`, "latin1").toString(
        pick(random, ["base64", "base64url", "hex"]),
      ),
      (n) => Math.floor(random() * n),
    ),
];

/** Whatever may confuse a decoder. */
const PIECES: readonly ((random: Random) => string)[] = [
  () => TOKEN,
  (random) => pick(random, [" ", "\n", '"', "'", "`", "<", ">", "\t", "\r", "\0", "=", "==", ":", ",", "%", "\\", "&"]),
  (random) =>
    pick(random, ["\\e", "\\E[", "\\033", "\\03", "\\1", "\\108", "\\180", "\\200", "\\2", "\\p", "\\N", "\\e[1m"]),
  (random) =>
    pick(random, ["%4", "%zz", "\\u12", "\\u{", "\\u{1234567}", "\\x4", "&#;", "&#x;", "&#12345678;", "&toolong;"]),
  (random) =>
    pick(random, ["\u001b", "\u001b[", "\u001b[m", "\u001b[3", `\u001b[${"1;".repeat(16)}m`, "\u001b]0;", "\u0015+"]),
  (random) =>
    pick(random, [
      "\u001b(B",
      "\u001b(",
      "\u001b7",
      "\u001bc",
      "\u001bN",
      "\u001b]8;;x\u0007",
      "\u001b]8;;\u001b\\",
      "\u001b\\",
      "\u0007",
      "\u001b]a b\u0007",
    ]),
  (random) => "aB9+/_-".charAt(Math.floor(random() * 7)).repeat(Math.floor(random() * 40)),
  (random) => "0123456789abcdefABCDEF".charAt(Math.floor(random() * 22)).repeat(Math.floor(random() * 60)),
  (random) => Array.from({ length: Math.floor(random() * 90) }, () => pick(random, [..."abcXYZ019+/_-"])).join(""),
  (random) => Array.from({ length: Math.floor(random() * 9) }, () => String.fromCharCode(random() * 256)).join(""),
];

function encodedText(random: Random, pieces: number, depth = 0): string {
  const parts: string[] = [];
  for (let i = 0; i < pieces; i++) {
    const inner =
      random() < 0.3 && depth < 4 ? encodedText(random, 1 + Math.floor(random() * 3), depth + 1) : undefined;
    parts.push(inner === undefined ? pick(random, PIECES)(random) : pick(random, WRITERS)(inner, random));
  }
  return parts.join("");
}

const told = (layer: Layer) =>
  `${layer.decoders.join(">")} ${layer.trace(0, layer.text.length).join("-")} ${layer.text}`;

const inOrder = (layers: Iterable<Layer>) => [...layers].map(told).sort();

describe("the core's decoders do what the slow ones do", () => {
  let core: Core;
  let region: Region;

  beforeAll(() => {
    const { image, refused } = compileRules([RULE], quickTraining());
    assert.deepEqual(refused, []);
    core = new Core(coreBinaries());
    core.load(image, [RULE.pattern]);
    region = new Region(core);
  });

  /** The text at some alignment, with bytes around it that would lengthen any run. */
  function place(bytes: Uint8Array, shift: number): number {
    const address = region.address(bytes.length + 256) + shift;
    new Uint8Array(core.memory.buffer).fill(0x41, address - 64, address + bytes.length + 128).set(bytes, address);
    return address;
  }

  const layersOf = (text: string, ways: readonly Way[]) =>
    ways.map((way) => way.reduce((layer, step) => decodeRun(layer, step) ?? assert.fail(), outermost(text)));

  function everyRun(text: string, shift: number, depth: number): Layer[] {
    const address = place(Buffer.from(text, "latin1"), shift);
    const { runs } = core.survey(address, text.length, sideOf(address, text.length), depth, true);
    return layersOf(text, runs ?? assert.fail("too many runs"));
  }

  test("in random texts of nested encodings, at every alignment and depth", () => {
    const random = seededRandom(77);
    let runs = 0;
    for (let round = 0; round < 300; round++) {
      const text = encodedText(random, 1 + Math.floor(random() * 20));
      const depth = round % 7;
      const layers = everyRun(text, round % 64, depth);
      assert.deepEqual(inOrder(layers), inOrder(peel(outermost(text), depth)));
      runs += layers.length;
    }
    assert.ok(runs > 2000, String(runs));
  });

  test("as few token bytes as a secret has, anywhere in a run that is else noise, at every alignment", () => {
    const random = seededRandom(82);
    const noise = (most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => String.fromCharCode(128 + random() * 128)).join("");
    const zeros = (text: string) => [...text].map((char) => `\0${char}`).join("");
    let runs = 0;
    for (let round = 0; round < 1500; round++) {
      const secret = Array.from({ length: 14 }, () => pick(random, [..."#%&+-./09:;=AZ\\_az"])).join("");
      const [low, high] = [wide(secret), zeros(secret)];
      const bytes = Buffer.from(
        pick(random, [noise(40) + secret + noise(40), low + wide(noise(20)), high + zeros(noise(20))]),
        "latin1",
      );
      const encoding = pick(random, ["base64", "base64url", "hex"] as const);
      const text = `${".".repeat(round % 7)} ${bytes.toString(encoding)} ${"#".repeat(round % 80)}`;
      const layers = everyRun(text, round % 64, 1);
      assert.deepEqual(inOrder(layers), inOrder(peel(outermost(text), 1)));
      runs += layers.length;
    }
    assert.ok(runs > 1400, String(runs));
  });

  test("around a part of a text: exactly the runs that overlap it, however far they reach", () => {
    const random = seededRandom(78);
    for (let round = 0; round < 200; round++) {
      const text = `${encodedText(random, 12)} ${pick(random, WRITERS)(TOKEN, random)}${encodedText(random, 4)}`;
      const [a, b] = [Math.floor(random() * text.length), Math.floor(random() * text.length)];
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const address = place(Buffer.from(text, "latin1"), round % 64);
      const whole = core.peel(address, text.length, 0, text.length, 3) ?? assert.fail();
      const part = core.peel(address, text.length, from, to, 3) ?? assert.fail();
      const overlaps = ([outer]: Way) => outer !== undefined && outer.start < to && outer.end > from;
      assert.deepEqual(inOrder(layersOf(text, part)), inOrder(layersOf(text, whole.filter(overlaps))));
    }
  });

  test("runs longer than any token are cut in the same places", () => {
    const longest = LONGEST_RUN;
    const clear = `..${TOKEN}..${"x".repeat(60)}`;
    const base64 = Buffer.from(clear.repeat(12_000)).toString("base64");
    const texts = [
      base64,
      Buffer.from(clear.repeat(8_000)).toString("hex"),
      (base64.match(/.{1,9999}/g) ?? []).join("\n  "),
      `${"A".repeat(52)}\n${"b".repeat(longest - 52)}\n${base64}`,
      `%41${"a".repeat(longest - 3)}%42${"b".repeat(longest)}%43`,
      `${"a".repeat(longest - 1)}\\u0041\\n${TOKEN}&#65;`,
      `${"c".repeat(longest + 7)}${base64}-_`,
      `\u001b[m${"d".repeat(longest / 2)}\u001b[m${"e".repeat(longest / 2)}\u001b[1m${TOKEN}`,
      ...[2083, 2084].map((length) => `w\u001b]${"u".repeat(length)}\u0007${TOKEN}\u001b[m`),
    ];
    for (const text of texts) {
      assert.deepEqual(inOrder(everyRun(text, 5, 1)), inOrder(peel(outermost(text), 1)));
    }
  });

  test("a token that stands where a run is cut is found, once", () => {
    const nothing = { allowlists: [], tags: [], references: [], examples: [], counterExamples: [] };
    const rules: Rule[] = [{ ...RULE, ...nothing, name: "demo", issuer: "demo", secretGroup: 0, keywords: [] }];
    const plain = compileRulebook(rules);
    const fast = { ...plain, engine: new CoreEngine(createCore(rules), { rules }) };
    for (const [encoding, bytes] of [
      ["base64", (LONGEST_RUN * 3) / 4],
      ["hex", LONGEST_RUN / 2],
      ["percent", LONGEST_RUN / 3],
    ] as const) {
      const clear = `${"abc!".repeat(bytes / 4)}`.slice(0, bytes - 10) + "!" + TOKEN + "!abc".repeat(1000);
      const run =
        encoding === "percent" ? each(clear, (byte) => `%${digits(byte)}`) : Buffer.from(clear).toString(encoding);
      const fragment = { bytes: Buffer.from(`"${run}"`), provenance: { kind: "text" } as const };
      for (const rulebook of [plain, fast])
        assert.deepEqual(
          scan(fragment, rulebook).map(({ secret }) => secret.reveal()),
          [TOKEN],
          encoding,
        );
    }
  });

  test("UTF-16 is told and narrowed as the slow way does it", () => {
    const random = seededRandom(79);
    for (let round = 0; round < 100; round++) {
      const text = encodedText(random, 6) + (round % 2 === 0 ? "\u20ac\u0153" : "");
      const bytes = Buffer.from(pick(random, ["\ufeff", "", "a"]) + text, pick(random, ["utf16le", "latin1"] as const));
      if (round % 3 === 0 && bytes.length % 2 === 0) bytes.swap16();
      const { latin1 } = toText(bytes);
      const address = place(bytes, round % 64);
      const { runs } = core.survey(address, bytes.length, sideOf(address, bytes.length), 2, true);
      assert.deepEqual(inOrder(layersOf(latin1, runs ?? assert.fail())), inOrder(peel(outermost(latin1), 2)));
    }
  });
});

test("what is decoded inside a run is bounded, however often it can be decoded again", () => {
  const text = "%2525&#65;\\u0025".repeat(2_000);
  const layers = [...peel(outermost(text), 8)];
  const decoded = layers.reduce((sum, layer) => sum + layer.text.length, 0);
  assert.ok(decoded < 3 * 17 * text.length + 3 * 4096, String(decoded));
});

test("a text without white space that is full of units takes linear time", () => {
  // Ten runs of a megabyte each; going back over a run that was cut would decode a megabyte for every unit.
  const { runs } = DECODERS[3] ?? assert.fail();
  assert.equal([...runs("%41".repeat(3_500_000))].length, 11);
});

test("with the core and without it the same secrets are found in the same places", () => {
  const nothing = { allowlists: [], tags: [], references: [], examples: [], counterExamples: [] };
  const rules: Rule[] = [{ ...RULE, ...nothing, name: "demo", issuer: "demo", secretGroup: 0, keywords: ["demo_"] }];
  const plain = compileRulebook(rules);
  const fast = { ...plain, engine: new CoreEngine(createCore(rules), { rules }) };
  const random = seededRandom(80);
  let found = 0;
  for (let round = 0; round < 250; round++) {
    const text = `${encodedText(random, 5)}${pick(random, WRITERS)(` ${TOKEN} `, random)} ${encodedText(random, 3)}`;
    const encoding = round % 10 === 0 ? "utf16le" : "latin1";
    const fragment = { bytes: Buffer.from(text, encoding), provenance: { kind: "text" } as const };
    const [slowly, quickly] = [scan(fragment, plain), scan(fragment, fast)];
    assert.deepEqual(quickly.map(place), slowly.map(place));
    found += slowly.length;
  }
  assert.ok(found > 200, String(found));
});

const place = ({ rule, span, match, decoded, secret }: Candidate) => ({
  rule: rule.id,
  span,
  match,
  decoded,
  secret: secret.reveal(),
});
