// Objects that build on one another are made in the places of those that are done with.
import assert from "node:assert/strict";
import { test } from "vitest";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { loadGitCore, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists, LISTS, TREE as WORDS, TREE_WORDS } from "../../../src/sources/git/core/git-lists.ts";
import { BLOB, SHA1, TREE } from "../../../src/sources/git/object-id.ts";
import { ObjectNumbers } from "../../../src/sources/git/objects/object-numbers.ts";
import type { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { wholeAddresses } from "../../../src/sources/git/objects/pack-loader.ts";
import { readPackTable } from "../../../src/sources/git/objects/pack-table.ts";
import { FamilyScan, SCAN } from "../../../src/sources/git/scan/family-scan.ts";
import { plainMatcher, type Matcher } from "../../../src/sources/git/core/matcher.ts";
import { TEXTS } from "../../../src/sources/git/scan/pack-pass.ts";
import { Sifter } from "../../../src/sources/git/scan/sifter.ts";
import { workspaceOf } from "../../../src/sources/git/core/workspace.ts";
import { REMOVED, TreeIndex } from "../../../src/sources/git/trees/tree-index.ts";
import { TreeReader } from "../../../src/sources/git/trees/tree-reader.ts";
import { deltaOf } from "../../fuzz/targets/forged-pack.ts";
import { baseDistance, entryHeader, idOf, indexOf, packOf } from "../../fuzz/targets/pack-kit.ts";

interface Version {
  readonly bytes: Buffer;
  /** The version that its delta builds on; undefined: it is stored whole. */
  readonly on?: number;
}

interface Stored {
  readonly id: Buffer;
  /** The object, or its delta. */
  readonly content: Buffer;
  readonly on: number | undefined;
}

const stored = (name: "blob" | "tree", versions: readonly Version[]): Stored[] =>
  versions.map(({ bytes, on }) => {
    const base = on === undefined ? undefined : versions[on];
    return { id: idOf(name, bytes), content: base === undefined ? bytes : deltaOf(base.bytes, bytes), on };
  });

/** A pack with these objects, in a matcher's memory. */
function forged(
  type: typeof BLOB | typeof TREE,
  objects: readonly Stored[],
  more: Partial<Matcher> = {},
  isSmall = false,
) {
  const entries = objects.map(({ id, content, on }) => {
    const head = (here: number, offsets: readonly number[]) =>
      on === undefined
        ? entryHeader(type, content.length)
        : Buffer.concat([entryHeader(6, content.length), baseDistance(here - (offsets[on] ?? 0))]);
    return { id, content, head };
  });
  const { pack, offsets } = packOf(entries);
  const ids = entries.map(({ id }) => id);
  const index = new PackIndex(indexOf(ids, offsets, pack.subarray(-20)), SHA1);
  const rulebook = compileRulebook([]);
  const matcher = { ...plainMatcher(rulebook), ...more };
  const space = workspaceOf(matcher, isSmall ? 0 : undefined);
  const region = (what: string, bytes: number) => space.region(what, bytes);
  const asked: Partial<GitAsked> = {};
  const git = loadGitCore(matcher.memory, (bytes) => region("git core", bytes), asked, matcher.winnow);
  const lists = new GitLists(git, matcher.memory, region);
  asked.room = (list, bytes) => region(`list ${list} of ${bytes}`, bytes);
  const scan = new FamilyScan(matcher, lists, asked, new Sifter(rulebook));
  const address = region("whole pack", pack.length + 1024);
  lists.bytes.set(pack, address);
  const read = (at: number, length: number) => lists.bytes.subarray(address + at, address + at + length);
  const table = readPackTable(index, pack.length - 20, read, lists, asked);
  return { ids, index, table, matcher, asked, git, lists, region, scan, addresses: wholeAddresses(table, address) };
}

/** Families in which most versions build on the last one, and some on any before: chains with branches. */
function branching<T>(seed: number, count: number, first: T, next: (old: T, below: (n: number) => number) => T) {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const versions: { value: T; on?: number }[] = [];
  for (let i = 0; i < count; i++) {
    const on = below(60) === 0 ? undefined : below(10) < 7 ? i - 1 : below(i);
    const base = on === undefined ? undefined : versions[on];
    versions.push(base === undefined ? { value: first } : { value: next(base.value, below), on: on as number });
  }
  return versions;
}

/** Scans blobs, and shows each as it lies in memory when it is looked at. @returns how many there were. */
async function scanned(objects: readonly Stored[], show: (bytes: Buffer) => void, isSmall = false): Promise<number> {
  const winnow = (address: number, length: number) => {
    show(Buffer.from(made.matcher.memory.buffer, address, length));
    return 0;
  };
  const made = forged(BLOB, objects, { winnow }, isSmall);
  const { scan, table, addresses } = made;
  const todo = new Uint8Array(table.count).fill(SCAN);
  const sink = {
    hits: () => assert.fail(),
    deferred: (_: number, why: string) => assert.fail(why),
    exceeded: () => assert.fail(),
  };
  await scan.run(table, addresses, table.roots(TEXTS), todo, table.neededFor(todo), sink, () => undefined);
  return scan.counts.objects;
}

/** The versions of a file of so many lines at first. */
function files(seed: number, count: number, lines: number): readonly Stored[] {
  let edits = 0;
  const edited = (old: string, below: (n: number) => number): string => {
    const at = below(old.length + 1);
    const size = [3, 40, 400, 5000][below(4)] ?? 0;
    const more = `version ${edits++} `.repeat(1 + below(size) / 10);
    if (below(12) === 0) return old.slice(0, at) + more;
    if (below(12) === 0) return (old + more).slice(-30_000) + old.slice(0, 20_000);
    return old.slice(0, at) + more + old.slice(at + below(size));
  };
  const texts = branching(seed, count, "a line of the first version\n".repeat(lines), edited);
  return stored(
    "blob",
    texts.map(({ value, ...on }, i) => ({ bytes: Buffer.from(`${value}${i}`), ...on })),
  );
}

async function holdWhole(versions: readonly Stored[], isSmall: boolean): Promise<void> {
  const seen = new Set<string>();
  const objects = await scanned(versions, (bytes) => seen.add(idOf("blob", bytes).toString("hex")), isSmall);
  assert.deepEqual([...seen].sort(), versions.map(({ id }) => id.toString("hex")).sort());
  assert.equal(objects, versions.length);
}

test("every version of a file is whole when it is looked at, in families that branch, grow and shrink", async () => {
  for (const seed of [1, 2, 3, 4]) await holdWhole(files(seed, 150, 20 * seed), false);
});

test("so it is where a family moves to where there is more room", async () => {
  await holdWhole(files(2, 40, 36_000), true);
});

test("a base is whole for the last that builds on it, however closely others are put before it", async () => {
  const versions: Version[] = [];
  for (let more = 1; more < 480; more++) {
    const first = `${more} `.padEnd(500, "some words. ");
    const second = `${first}b`;
    const grown = `${second}${"c".repeat(more)}`;
    const at = versions.length;
    for (const [i, text] of [first, second, grown, `${second}d`].entries())
      versions.push({ bytes: Buffer.from(text), ...(i > 0 && { on: at + Math.min(i - 1, 1) }) });
  }
  const objects = stored("blob", versions);
  const seen = new Set<string>();
  await scanned(objects, (bytes) => seen.add(idOf("blob", bytes).toString("hex")));
  for (const [i, { id }] of objects.entries()) assert.ok(seen.has(id.toString("hex")), `version ${i}`);
});

test("a chain of versions that take more room than there is for a family is read to its end", async () => {
  const lines = "a line that stays as it is\n".repeat(50_000);
  const texts = [lines, `${lines.slice(0, 700_000)}and more\n${lines.slice(700_000)}`].map((text) => Buffer.from(text));
  const [even, odd] = texts as [Buffer, Buffer];
  const [forth, back] = [deltaOf(even, odd), deltaOf(odd, even)];
  const versions = Array.from({ length: 140 }, (_, i) => ({
    // Nobody asks whether it is the content's.
    id: idOf("blob", Buffer.from(`${i}`)),
    content: i === 0 ? even : i % 2 === 1 ? forth : back,
    on: i === 0 ? undefined : i - 1,
  }));
  let count = 0;
  const show = (bytes: Buffer) => assert.ok(bytes.equals(texts[count++ % 2] ?? Buffer.alloc(0)), `version ${count}`);
  assert.equal(await scanned(versions, show), versions.length);
  assert.ok(count === versions.length && count * even.length > 160 << 20);
});

test("every version of a folder is told by what it has more and less than its base, in families that branch", async () => {
  for (const seed of [5, 6]) {
    const versions = branching(seed, 100, new Map<string, number>(), (old, below) => {
      const files = new Map([...old].filter(() => below(below(15) === 0 ? 2 : 50) > 0));
      for (let more = 1 + below(below(10) === 0 ? 80 : 3); more > 0; more--)
        files.set(`file-${below(400)}${"-".repeat(below(30))}`, below(1e6));
      return files;
    });
    const trees = versions.map(({ value, ...on }) => ({ bytes: treeOf(value), ...on }));
    const { index, table, matcher, asked, git, lists, region, scan, addresses } = forged(TREE, stored("tree", trees));
    const numbers = new ObjectNumbers([index], 20);
    numbers.tell(lists, region, true);
    const store = { repository: { format: { bytes: 20 } }, read: () => undefined } as unknown as ObjectStore;
    const reader = new TreeReader(matcher, git, store, [{ table, addresses }]);
    const read = new TreeIndex(matcher, lists, asked, reader, scan.columns, numbers, 20);
    await read.readPack({ table, addresses }, { isDue: false, tick: () => Promise.resolve() });
    const known = new Map<number, ReadonlyMap<string, string>>();
    const told = (row: number): ReadonlyMap<string, string> => {
      const of = (word: number) => lists.at(LISTS.trees, TREE_WORDS * row + word);
      const base = of(WORDS.base);
      const files = new Map(base === 0 ? [] : (known.get(base) ?? told(base)));
      const from = of(WORDS.changesFrom);
      const changes = Array.from({ length: of(WORDS.changesTo) - from }, (_, i) => {
        const what = lists.at(LISTS.what, from + i);
        const id = (what & REMOVED) === 0 ? numbers.hexOf(lists.at(LISTS.object, from + i)) : undefined;
        return { name: read.names.at(what >>> 3), id };
      });
      // A file that is another now is told twice.
      for (const { name, id } of changes) if (id === undefined) files.delete(name);
      for (const { name, id } of changes) if (id !== undefined) files.set(name, id);
      known.set(row, files);
      return files;
    };
    for (const [i, { bytes }] of trees.entries()) {
      const expected = new Map(
        [...(versions[i]?.value ?? [])].map(([name, file]) => [name, idOfFile(file).toString("hex")]),
      );
      assert.deepEqual(
        told(lists.at(LISTS.treeRow, numbers.of(idOf("tree", bytes), 0))),
        expected,
        `tree ${i} of seed ${seed}`,
      );
    }
  }
});

const idOfFile = (file: number) => idOf("blob", Buffer.from(`${file}`));

function treeOf(files: ReadonlyMap<string, number>): Buffer {
  const lines = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(lines.flatMap(([name, file]) => [Buffer.from(`100644 ${name}\0`), idOfFile(file)]));
}
