import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "vitest";
import { parseGitleaksToml } from "../../../src/config/gitleaks-toml.ts";
import { withEngine } from "../../../src/config/engine.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { Blocks, type Block } from "../../../src/sources/files/blocks.ts";

const toml = [
  String.raw`[[rules]]
id = "word"
regex = '''\b(own_[a-z0-9]{8})\b'''`,
  String.raw`[[rules]]
id = "lines"
regex = '''BEGIN\n[a-z\n]{0,40}END'''`,
  String.raw`[[rules]]
id = "first"
regex = '''^own_[a-z0-9]{8}'''`,
  String.raw`[[rules]]
id = "last"
regex = '''own_[a-z0-9]{8}$'''`,
].join("\n");
const rulebook = withEngine(compileRulebook(parseGitleaksToml(toml, { path: "own.toml", builtIn: () => [] }).rules));

const told = ({ rule, span }: Candidate, at: number) =>
  `${rule.id} ${span.start + at}-${span.end + at} ${span.startLine}:${span.startColumn}-${span.endLine}:${span.endColumn}`;

const isOwn =
  ({ from, to }: Block) =>
  ({ match }: Candidate) =>
    match.start >= from && match.start < to;

const random = seededRandom(31);
const below = (most: number) => Math.floor(random() * most);

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const to = at + 1 + below(900);
    yield Buffer.from(bytes.subarray(at, to));
    at = to;
  }
}

function provoking(): Buffer {
  const token = () =>
    `own_${below(2 ** 40)
      .toString(36)
      .padStart(8, "0")
      .slice(0, 8)}`;
  const parts = [
    token,
    () => `${token()}${token()}`,
    () => `BEGIN\n${"key\n".repeat(below(9))}END`,
    () => Buffer.from(` ${token()} `).toString("base64"),
    () => " \n\r\n\t".charAt(below(5)),
    () => "x".repeat(below(120)),
    () => "word ".repeat(below(40)),
    () => "\n".repeat(below(60)),
  ];
  return Buffer.from(Array.from({ length: 150 }, () => parts[below(parts.length)]!()).join(below(2) ? " " : ""));
}

describe("a stream in blocks", () => {
  test("gives what a scan of the whole gives, wherever it is cut and however it comes", async () => {
    let found = 0;
    for (let round = 0; round < 60; round++) {
      const bytes = provoking();
      const sizes = { block: 1024 + 8 * below(200), shared: 640 };
      const blocks = new Blocks(Readable.from(pieces(bytes)), sizes, Infinity);
      const inBlocks: string[] = [];
      let at = 0;
      for await (const block of blocks.all(() => false, Infinity)) {
        assert.ok(block.bytes.length <= sizes.block);
        assert.ok(block.bytes.equals(bytes.subarray(at - block.from, at - block.from + block.bytes.length)));
        const { firstLine, firstColumn, from, to } = block;
        const fragment = {
          bytes: Buffer.from(block.bytes),
          provenance: { kind: "text", firstLine, firstColumn } as const,
        };
        const own = scan(fragment, rulebook).filter(isOwn(block));
        inBlocks.push(...own.map((candidate) => told(candidate, at - from)));
        at += to - from;
      }
      assert.equal(at, bytes.length);
      const whole = scan({ bytes, provenance: { kind: "text" } }, rulebook).map((candidate) => told(candidate, 0));
      assert.deepEqual(inBlocks.sort(), whole.sort());
      found += whole.length;
    }
    assert.ok(found > 1000, String(found));
  });

  test("finds what stands anywhere in an encoded run that goes on over many of them, wherever that begins", async () => {
    for (const encoding of ["base64", "hex"] as const)
      for (const before of ["", "a ", "ab ", "abc "]) {
        const bytes = Buffer.from(before + Buffer.from(provoking().toString("latin1").repeat(3)).toString(encoding));
        const blocks = new Blocks(Readable.from(pieces(bytes)), { block: 2056, shared: 640 }, Infinity);
        let found = 0;
        for await (const block of blocks.all(() => false, Infinity)) {
          const fragment = { bytes: Buffer.from(block.bytes), provenance: { kind: "text" } as const };
          found += scan(fragment, rulebook).filter(isOwn(block)).length;
        }
        assert.equal(found, scan({ bytes, provenance: { kind: "text" } }, rulebook).length);
        assert.ok(found > 20, String(found));
      }
  });

  const ENCODINGS = {
    little: (bytes: Buffer) => Buffer.from(bytes.toString("latin1"), "utf16le"),
    big: (bytes: Buffer) => Buffer.from(bytes.toString("latin1"), "utf16le").swap16(),
  };
  test.each([
    ["little", "\u00ff\u00fe"],
    ["big", "\u00fe\u00ff"],
    ["little", ""],
    ["big", ""],
  ] as const)("gives of UTF-16, %s end first, what a scan of the whole gives: %j", async (order, mark) => {
    let [found, count] = [0, 0];
    for (let round = 0; round < 30; round++) {
      // Characters of which one byte is a line feed's are none.
      const text = ENCODINGS[order](provoking());
      const odd = Buffer.from([0x0a, 0x41, 0x41, 0x0a, 0x0a, 0x0a]);
      const half = (text.length >> 2) * 2;
      const rest = Buffer.from(below(2) ? "a" : "");
      const bytes = Buffer.concat([
        Buffer.from(mark, "latin1"),
        text.subarray(0, half),
        odd,
        text.subarray(half),
        rest,
      ]);
      const blocks = new Blocks(
        Readable.from(pieces(bytes)),
        { block: 2048 + 16 * below(200), shared: 1280 },
        Infinity,
      );
      const inBlocks: string[] = [];
      let at = 0;
      for await (const block of blocks.all(() => false, Infinity)) {
        const { firstLine, firstColumn, from, to } = block;
        const own = scan(
          { bytes: Buffer.from(block.bytes), provenance: { kind: "text", firstLine, firstColumn } },
          rulebook,
        ).filter(isOwn(block));
        inBlocks.push(...own.map((candidate) => told(candidate, at - from)));
        at += to - from;
        count++;
      }
      assert.equal(at, bytes.length);
      const whole = scan({ bytes, provenance: { kind: "text" } }, rulebook).map((candidate) => told(candidate, 0));
      assert.deepEqual(inBlocks.sort(), whole.sort());
      found += whole.length;
    }
    assert.ok(found > 500 && count > 100, `${found} in ${count} blocks`);
  });

  test("ends at the most that is asked for, and says that there was more", async () => {
    for (const [most, isCut] of [
      [5000, true],
      [9000, false],
      [9001, false],
    ] as const)
      for (const isWhole of [true, false]) {
        const blocks = new Blocks(
          Readable.from(pieces(Buffer.alloc(9000, "a b\n"))),
          { block: 2048, shared: 640 },
          most,
        );
        let length = 0;
        for await (const { from, to } of blocks.all(() => isWhole, Infinity)) length += to - from;
        assert.deepEqual([length, blocks.length, blocks.isCut], [Math.min(most, 9000), Math.min(most, 9000), isCut]);
      }
  });
});
