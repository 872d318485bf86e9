import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { Core } from "../../../src/engine/core/core.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { withEngine } from "../../../src/config/engine.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { loadGitCore, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists } from "../../../src/sources/git/core/git-lists.ts";
import { applyDelta } from "../../../src/sources/git/objects/delta.ts";
import { FamilyScan, SCAN } from "../../../src/sources/git/scan/family-scan.ts";
import type { Hit } from "../../../src/sources/git/scan/hit.ts";
import { lenient, matcherFor, plainMatcher, type Matcher } from "../../../src/sources/git/core/matcher.ts";
import { secretKey, Sifter } from "../../../src/sources/git/scan/sifter.ts";
import { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { openPack, PackRegion, PackScan, TEXTS } from "../../../src/sources/git/scan/pack-pass.ts";
import { workspaceOf } from "../../../src/sources/git/core/workspace.ts";
import { idOf } from "../../../src/sources/git/objects/pack-table.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { encoded, folded } from "../../support/encoded.ts";
import { crcToken } from "../../support/tokens.ts";
import { wordsOf } from "../../support/words.ts";
import { GitKit } from "./git-kit.ts";

const rules = builtInRules().filter(({ id }) => ["npm-access-token", "github-personal-access-token"].includes(id));
const rulebook = compileRulebook(rules);

/**
 * A file in many versions: pieces of it are copied, cut, moved, torn in the middle of tokens and joined again, so that
 * tokens appear and vanish at the seams of deltas.
 */
function versions(seed: number, count: number): Buffer[] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const tokens = Array.from({ length: 4 }, (_, i) => crcToken(seed * 10 + i, i % 2 === 0 ? "npm_" : "ghp_"));
  const piece = () => {
    const token = tokens[below(tokens.length)] ?? "";
    const cut = below(token.length);
    const hidden = below(3) === 0 ? encoded(`token=${token}${"x".repeat(below(3))}`, below) : undefined;
    if (hidden !== undefined) {
      const half = below(hidden.length);
      return [hidden, `${hidden}\n`, ` ${hidden} `, hidden.slice(0, half), hidden.slice(half)][below(5)] ?? "";
    }
    return (
      [`${token}\n`, ` ${token} `, token.slice(0, cut), token.slice(cut), "x", "\n", "some words here, ", "\r\n"][
        below(8)
      ] ?? ""
    );
  };
  let text = Array.from({ length: 300 }, () => (below(5) === 0 ? piece() : `word${below(1000)} and more text\n`)).join(
    "",
  );
  return Array.from({ length: count }, () => {
    for (let edits = 1 + below(4); edits > 0; edits--) {
      const at = below(text.length);
      const end = at + below(60);
      const from = below(text.length);
      const moved = text.slice(from, from + below(400));
      text =
        text.slice(0, at) + [piece(), "", moved, piece() + moved][below(4)] + text.slice(below(3) === 0 ? at : end);
    }
    if (below(20) === 0) text = text.slice(below(200));
    if (below(20) === 0) text = text.slice(0, -below(200));
    return Buffer.from(text, "latin1");
  });
}

/** A file of blocks of digits that go over lines, whose lines are torn, joined, moved and indented anew from version to version. */
function wrappedVersions(seed: number, count: number): Buffer[] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const prose = () => `word${below(1000)} and more text`;
  const block = () => {
    const tokens = Array.from({ length: 1 + below(5) }, () => `${"x".repeat(below(30))} ${crcToken(below(4))} `);
    const bytes = Buffer.from(`${"said before. ".repeat(below(9))}${tokens.join("and then, ")}`);
    return folded(bytes.toString(["base64", "base64url", "hex"][below(3)] as "hex"), below).split("\n");
  };
  let lines = Array.from({ length: 12 }, () => [...Array.from({ length: below(9) }, prose), ...block()]).flat();
  return Array.from({ length: count }, () => {
    for (let edits = 1 + below(2); edits > 0; edits--) {
      const at = below(lines.length);
      const line = lines[at] ?? "";
      const cut = below(3) === 0 ? below(line.length + 1) : below(5);
      const forms = [
        () => [],
        () => [line, line],
        () => [line.slice(0, -cut)],
        () => [line.slice(cut)],
        () => [`${line}${" .=AZ"[below(5)]}`],
        () => [`${[" ", "  ", "\t", '"', "A", "=", "#", " ".repeat(60)][below(8)]}${line}`],
        () => [line.slice(0, cut), line.slice(cut)],
        () => [line.slice(0, -cut), line.slice(line.length - cut)],
        () => [line + (lines.splice(at + 1, 1)[0] ?? "")],
        () => [line, prose()],
        () => [line, ""],
        () => [line, ...block()],
        () => [line.trim()],
        () => [line.endsWith("\r") ? line.slice(0, -1) : `${line}\r`],
        () => [line, ...lines.slice(below(lines.length)).slice(0, 1 + below(4))],
      ];
      lines.splice(at, 1, ...(forms[below(forms.length)]?.() ?? []));
    }
    if (lines.length > 300) lines = lines.slice(below(100)).slice(0, 200);
    return Buffer.from(lines.join("\n"), "latin1");
  });
}

/** Puts blobs into one pack of deltas, without any commit. */
function packed(blobs: readonly Buffer[]): GitKit {
  const kit = new GitKit();
  const stream = blobs.flatMap((bytes) => [Buffer.from(`blob\ndata ${bytes.length}\n`), bytes, Buffer.from("\n")]);
  kit.run(["fast-import", "--quiet"], Buffer.concat(stream));
  const ids = kit.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) a.txt");
  kit.run(
    ["pack-objects", "-q", "--no-reuse-delta", "--depth=30", "--window=20", ".git/objects/pack/pack"],
    `${ids}\n`,
  );
  return kit;
}

/** A candidate in clear is its match, one that was decoded the word around it. By place of the secret. */
function asHits(bytes: Buffer, candidates: readonly Candidate[]): Hit[] {
  const wordAround = wordsOf(bytes.toString("latin1"));
  return candidates
    .map(({ rule, secret, match, span, decoded }): Hit => {
      const found = { key: secretKey(rule.id, secret.reveal()), rule: rules.findIndex(({ id }) => id === rule.id) };
      if (decoded.length === 0) return { start: match.start, end: match.end, ...found };
      const [start, end] = wordAround(span.start);
      return { start, end, at: span.start, ...found };
    })
    .sort((a, b) => (a.at ?? a.start) - (b.at ?? b.start));
}

function theCore(): Matcher {
  const matcher = matcherFor(withEngine(rulebook));
  assert.ok(matcher instanceof Core);
  return matcher;
}

interface Compared {
  readonly deltas: number;
  /** Matches in the blobs, each counted once; `hidden`: those of them that are encoded. */
  readonly matched: number;
  readonly hidden: number;
}

/** Scans the blobs as a pack, and each of them whole: the hits must be the same. */
async function compare(matcher: Matcher, blobs: readonly Buffer[], what: string): Promise<Compared> {
  const asked: Partial<GitAsked> = {};
  const git = loadGitCore(matcher.memory, (bytes) => matcher.reserve(bytes), asked, matcher.winnow);
  const lists = new GitLists(git, matcher.memory, (name, bytes) => workspaceOf(matcher).region(name, bytes));
  asked.room = (list, bytes) => lists.room(`list ${list} of ${bytes}`, bytes);
  const whole = compileRulebook(rules.map((rule) => lenient(rule)));
  let [deltas, matched, hidden] = [0, 0, 0];
  const kit = packed(blobs);
  const store = new ObjectStore(openRepository(kit.dir), () => assert.fail());
  // The reference takes most of the time, and says the same both times.
  const expectedOf = new Map<string, readonly Hit[]>();
  const expectedIn = (id: string): readonly Hit[] => {
    const known = expectedOf.get(id);
    if (known !== undefined) return known;
    const bytes = store.read(id)?.bytes ?? assert.fail();
    const expected = scan({ bytes, provenance: { kind: "file" } }, whole);
    matched += expected.length;
    hidden += expected.filter(({ decoded }) => decoded.length > 0).length;
    const hits = asHits(bytes, expected);
    expectedOf.set(id, hits);
    return hits;
  };
  // The pack at once, and in parts that have to grow for nearly each family.
  for (const [pack, capacity] of store.packs.flatMap((each) => [[each, each.size] as const, [each, 64] as const])) {
    const region = new PackRegion(matcher, pack.size, capacity);
    const open = openPack(pack, matcher, region, true, lists, asked);
    const { table } = open;
    const found = new Map<string, readonly Hit[]>();
    const scanner = new FamilyScan(matcher, lists, asked, new Sifter(rulebook));
    const sink = {
      hits: (rank: number, hits: readonly Hit[]) => void found.set(idOf(table, rank), hits),
      deferred: (_: number, why: string) => assert.fail(why),
      exceeded: () => assert.fail(),
    };
    const todo = new Uint8Array(table.count).fill(SCAN);
    const marks = { todo, needed: table.neededFor(todo) };
    await new PackScan(open, matcher, region, scanner, marks, sink).scan(table.roots(TEXTS), () => undefined);
    deltas += table.base.filter((base) => base >= 0).length;
    for (let rank = 0; rank < table.count; rank++) {
      const id = idOf(table, rank);
      const shown = (found.get(id) ?? [])
        .map(({ isClosed: _, ...hit }) => hit)
        .sort((a, b) => (a.at ?? a.start) - (b.at ?? b.start));
      assert.deepEqual(shown, expectedIn(id), `${what}, blob ${id}`);
    }
    open.file.close();
  }
  store.close();
  return { deltas, matched, hidden };
}

/** The plain engine scans every object whole, whatever is asked: few versions must do. */
const KINDS = {
  "the plain engine": { make: () => plainMatcher(rulebook), seeds: [1], count: 50 },
  "the core": { make: theCore, seeds: [2, 3], count: 110 },
};

for (const [name, { make, seeds, count }] of Object.entries(KINDS)) {
  describe(`scanning what deltas change, with ${name}`, () => {
    test("finds what scanning each blob whole finds: the same places, nothing more", async () => {
      const matcher = make();
      let [deltas, matched, hidden] = [0, 0, 0];
      for (const seed of seeds) {
        const one = await compare(matcher, versions(seed, count), `seed ${seed}`);
        deltas += one.deltas;
        matched += one.matched;
        hidden += one.hidden;
      }
      assert.ok(
        deltas > 30 && matched > 100 && hidden > 40,
        `${deltas} deltas, ${matched} matches, ${hidden} of them encoded`,
      );
    });
  });
}

test.each([101, 106])(
  "of words that go over lines what a change joins, completes or tears apart is found, seed %i",
  async (seed) => {
    const { deltas, matched, hidden } = await compare(theCore(), wrappedVersions(seed, 80), `seed ${seed}`);
    const seen = `${deltas} deltas, ${matched} matches, ${hidden} of them encoded`;
    assert.ok(deltas > 30 && hidden > 100, seen);
  },
);

test("what a change joins, completes or tears apart is found, in clear and in long encoded words", async () => {
  const random = seededRandom(11);
  const below = (n: number) => Math.floor(random() * n);
  const token = (n: number) => crcToken(n, n % 2 === 0 ? "npm_" : "ghp_");
  const prose = (lines: number) =>
    Array.from({ length: lines }, () => `word${below(1e6)} and ${"more ".repeat(below(6))}text\n`).join("");
  const longRun = (n: number) => Buffer.from(`${"long words ".repeat(300)}${token(n)} `).toString("base64");
  // In the base everything is torn; each version joins, completes or lets be what is around one tear.
  const halves = Array.from({ length: 12 }, (_, n) => {
    const whole = n % 3 === 2 ? longRun(n) : token(n);
    const cut = n % 3 === 2 ? whole.length - 20 - below(30) : 5 + below(30);
    return [whole.slice(0, cut), whole.slice(cut)] as const;
  });
  const parts = halves.map(([first, second], n) => `${prose(200)}${n % 2 === 0 ? "token " : ""}${first}  ${second}\n`);
  const base = `${parts.join("")}${prose(400)}`;
  const versions = halves.flatMap(([first, second]) => {
    const at = base.indexOf(`${first}  ${second}`) + first.length;
    return [
      `${base.slice(0, at)}${base.slice(at + 2)}`,
      `${base.slice(0, at)}${second}${base.slice(at)}`,
      `${base.slice(0, at - first.length)}${first}${second}\n${base.slice(at + 2)}`,
      `${base.slice(0, at)}\0${base.slice(at)}`,
      `${base.slice(0, at - 700)}${base.slice(at + 900)}`,
      `${base.slice(0, 500)}${second}\n${base.slice(500, at)}${base.slice(at + 1)}`,
    ];
  });
  const blobs = [`${base}${prose(30)}`, ...versions].map((text) => Buffer.from(text, "latin1"));
  const { deltas, matched, hidden } = await compare(theCore(), blobs, "torn");
  const seen = `${deltas} deltas, ${matched} matches, ${hidden} of them encoded`;
  assert.ok(deltas > 60 && matched > 12 && hidden > 3, seen);
});

test("versions, deltas and chains that are larger than what little is expected to need are read as all others", async () => {
  const line = "as long as the other lines are, and as dull\n";
  const text = line.repeat(40_000);
  const at = (n: number, more = "") => {
    const from = n * 1000 * line.length;
    return `${text.slice(0, from)}${crcToken(n)}\n${more}${text.slice(from)}`;
  };
  // Some megabytes that nothing can be told from, as no delta can.
  const random = seededRandom(12);
  const dense = Array.from({ length: 60_000 }, () => `${random().toString(36)} ${random().toString(36)}\n`).join("");
  const blobs = [
    `${text}${text}${text}`,
    ...Array.from({ length: 6 }, (_, n) => at(n)),
    at(7, dense),
    `${dense}${at(8)}`,
  ];
  const matcher = theCore();
  assert.ok(workspaceOf(matcher, 0).isSmall);
  const bytes = blobs.map((blob) => Buffer.from(blob, "latin1"));
  const { deltas, matched } = await compare(matcher, bytes, "large");
  assert.ok(deltas >= 12 && matched === 8, `${deltas} deltas, ${matched} matches`);
});

describe("the ranges that a delta changes", () => {
  test("what lies outside of them stands in the base with the same neighbours", () => {
    const matcher = plainMatcher(rulebook);
    const git = loadGitCore(matcher.memory, (bytes) => matcher.reserve(bytes));
    const [base, target, at, out] = [1, 2, 3, 4].map(() => matcher.reserve(65536) + 512) as [
      number,
      number,
      number,
      number,
    ];
    const random = seededRandom(3);
    const below = (n: number) => Math.floor(random() * n);
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(Array.from({ length: 1 + below(400) }, () => 97 + below(3)));
      const delta = randomDelta(bytes.length, below);
      const expected = applyDelta(bytes, delta);
      const memory = Buffer.from(matcher.memory.buffer);
      memory.set(bytes, base);
      memory.set(delta, at);
      const gap = below(20);
      const room = 1 + below(6);
      const length = git.applyDelta(at, delta.length, base, bytes.length, target, 60_000, out, room, gap);
      assert.deepEqual(memory.subarray(target, target + length), expected);
      const ranges = Array.from({ length: git.ranges() }, (_, i) => [
        memory.readInt32LE(out + 8 * i),
        memory.readInt32LE(out + 8 * i + 4),
      ]);
      assert.ok(ranges.length <= room);
      // Each stretch between two ranges, with a byte to each side, stands in the base; edges of the text are a byte too.
      const edged = (text: string) => `<${text}>`;
      const inBase = edged(bytes.toString("latin1"));
      let from = 0;
      for (const [start = 0, end = 0] of [...ranges, [length, length]]) {
        assert.ok(start >= from && end <= length);
        if (start > from) {
          const stretch = edged(expected.toString("latin1")).slice(from, start + 2);
          assert.ok(inBase.includes(stretch), `round ${round}: ${stretch} is new`);
        }
        from = end;
      }
    }
  });
});

/** Copies and inserts in any order. */
function randomDelta(baseLength: number, below: (n: number) => number): Buffer {
  const steps: number[] = [];
  let size = 0;
  for (let n = below(8); n >= 0; n--) {
    const length = 1 + below(40);
    if (below(2) === 0) {
      steps.push(length, ...Array.from({ length }, () => 97 + below(3)));
      size += length;
      continue;
    }
    const from = below(baseLength);
    const copied = Math.min(length, baseLength - from);
    steps.push(0x80 | 0x01 | 0x02 | 0x10, from & 255, from >> 8, copied);
    size += copied;
  }
  const varint = (value: number): number[] => (value < 128 ? [value] : [128 | (value & 127), ...varint(value >> 7)]);
  return Buffer.from([...varint(baseLength), ...varint(size), ...steps]);
}

test("a token is found behind the first mebibyte of a base64 run, in every version of the run", async () => {
  const line = "some words that nobody would take for a secret, ";
  const content = Buffer.from(line.repeat(24_000));
  content.write(` ${crcToken(5, "npm_")} `, 3 << 18, "latin1");
  content.write(` ${crcToken(6, "ghp_")} `, content.length - 4000, "latin1");
  const run = content.toString("base64");
  const at = (1 << 20) + 30_000;
  const blobs = [
    run,
    `data: ${run}`,
    `${run.slice(0, at)}x${run.slice(at + 1)}`,
    `${run.slice(0, 40)}\n${run.slice(40)}`,
  ];
  const { deltas, hidden } = await compare(
    theCore(),
    blobs.map((text) => Buffer.from(text)),
    "a long run",
  );
  assert.ok(deltas > 0 && hidden >= 3, `${deltas} deltas, ${hidden} tokens`);
});
