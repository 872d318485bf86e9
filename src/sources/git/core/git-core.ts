// The WebAssembly half of the git source: inflate, delta and tree comparison, in a memory that is shared with the engine's
// core. See assembly/ for what each function does; addresses are byte offsets into the memory.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModule } from "../../../engine/core/compile-module.ts";
import { checkTail } from "../../../model/stamp.ts";
import { Instance, type LinearMemory } from "./webassembly.ts";

export interface GitCore {
  /** Makes the tables that inflating needs, in the memory's first page. */
  inflateSetup(): void;
  /** Makes the table that applying deltas needs, in `DELTA_BYTES` at `scratch`. */
  deltaSetup(scratch: number): void;
  /** Bytes written, or a negative code of `GIT_CORE_ERRORS`. */
  inflate(source: number, sourceEnd: number, target: number, capacity: number): number;
  /** Compressed bytes that the last `inflate` used. */
  consumed(): number;
  applyDelta(
    delta: number,
    deltaLength: number,
    base: number,
    baseLength: number,
    target: number,
    capacity: number,
    out: number,
    outCapacity: number,
    gap: number,
  ): number;
  /** How many changed ranges the last `applyDelta` wrote to `out`. */
  ranges(): number;
  /** Not 0: one of the bytes is NUL. */
  hasNul(address: number, length: number): number;
  compareTrees(
    oldTree: number,
    oldLength: number,
    newTree: number,
    newLength: number,
    idBytes: number,
    out: number,
    capacity: number,
    oldStarts: number,
    newStarts: number,
  ): number;
  /** How trees differ as numbers of names and objects: `knownIds` and `moreNames` come first. See tree-numbers.ts. */
  numberChanges(
    oldTree: number,
    oldLength: number,
    newTree: number,
    newLength: number,
    pairs: number,
    capacity: number,
    out: number,
    oldStarts: number,
    newStarts: number,
    target: number,
  ): number;
  rareChanges(): number;
  areInOrder(ids: number, count: number, idBytes: number): number;
  knownIds(ids: number, counts: number, packs: number, idBytes: number, fans: number): void;
  moreNames(text: number, textBytes: number, starts: number, slots: number, most: number, seed: number): void;
  numberOfName(from: number, to: number): number;
  nameCounted(): number;
  nameBytes(): number;
  /** Lists of 32-bit numbers, by `LISTS`: see git-lists.ts. */
  listsSetup(at: number): void;
  listAddress(list: number): number;
  listLength(list: number): number;
  clear(list: number, length: number): void;
  makeRoom(list: number, items: number): void;
  widen(list: number, length: number): void;
  push(list: number, item: number): void;
  setItem(list: number, index: number, item: number): void;
  /** Commits: see commits.ts in assembly/. */
  commitsSetup(at: number): void;
  addCommit(number: number, address: number, length: number): void;
  reach(numbers: number, asks: 0 | 1): void;
  parentsFirst(numbers: number, ordered: number): void;
  /** Trees: see tree-families.ts in assembly/. */
  treesSetup(
    pairs: number,
    mostPairs: number,
    numbered: number,
    arena: number,
    arenaBytes: number,
    delta: number,
    treeBytes: number,
    most: number,
    waiting: number,
    trees: number,
  ): void;
  /** A pack's table: see pack-columns.ts in assembly/. */
  packColumns(at: number, count: number, addresses: number, firstNumber: number): void;
  packMarks(needed: number, todo: number): void;
  /** What is to be read of a pack's file: see stretches.ts in assembly/. */
  gatherSetup(marks: number): void;
  gatherFamilies(roots: number, count: number, room: number): number;
  gatherType(type: number): number;
  nextStretch(): number;
  stretchFrom(): number;
  takeStretch(address: number): number;
  /** What of a pack is gone through: see chosen.ts in assembly/. */
  markTypes(kinds: number, wanted: number): number;
  markNeeded(wanted: number, needed: number): void;
  familyRoots(kinds: number, roots: number): number;
  /** How much work families are, and pieces of about the same: see work.ts in assembly/. */
  workOf(roots: number, count: number, costs: number): number;
  noteLarge(costs: number, count: number, most: number): void;
  cutPieces(
    roots: number,
    costs: number,
    count: number,
    most: number,
    ordered: number,
    ends: number,
    first: number,
  ): number;
  /** How a pack's table is made: see pack-table.ts in assembly/, and objects/pack-table.ts. */
  beginTable(at: number, count: number, idBytes: number): void;
  orderEntries(small: number, large: number, largeCount: number, end: number): number;
  bytesOfHeads(rank: number): number;
  readHeads(rank: number, at: number, from: number, length: number): number;
  endTable(): void;
  /** Where the engine notes openings: see openings.ts in assembly/. */
  openingsSetup(at: number): void;
  /** Families: see families.ts in assembly/. */
  familiesSetup(
    arena: number,
    arenaBytes: number,
    delta: number,
    ranges: number,
    mostRanges: number,
    gap: number,
    pieceBytes: number,
    decodeDepth: number,
  ): void;
  beginFamilies(roots: number, count: number, takesCommits: 0 | 1, shownMessages: 0 | 1 | 2): void;
  moveArena(to: number, bytes: number): void;
  nextEvent(budget: number): number;
  hasFamilies(): number;
  eventRank(): number;
  eventBase(): number;
  eventState(): number;
  eventAddress(): number;
  eventLength(): number;
  piecesLeft(): number;
  visited(state: number): void;
  takeObjects(): number;
  takeBytes(): number;
  takeScanned(): number;
  treeFamilies(rank: number, budget: number): number;
  tooManyTrees(): number;
  addTree(number: number, address: number, length: number): number;
  damagedTree(number: number): void;
  reachTrees(roots: number, count: number): void;
  /** Marks: see marks.ts in assembly/. */
  marksSetup(objects: number, objectCount: number, names: number, nameCount: number): void;
  markOwn(first: number, count: number): number;
  markCommits(commits: number, count: number): void;
  isLikeParent(commit: number): number;
  sumOf(tree: number): number;
}

/** See `Matcher.winnow`. */
export type Winnow = (address: number, length: number, parts: number, count: number, depth: number) => number;

/** What the core asks of its caller: what seldom happens, and what its memory does not hold. Addresses may look negative. */
export interface GitAsked {
  /** Room for a list, which is copied there: an address of so many bytes. */
  room(list: number, bytes: number): number;
  /** The number of an object that no pack holds, by its id. */
  stray(id: number): number;
  /** The digits from `from` to `to` as a number, when there are many. */
  longTime(from: number, to: number): number;
  /** Reads a commit that the table has not. @returns whether it has it now */
  readCommit(number: number): boolean;
  /** Whether a commit is left out, with all that lead to it. */
  isLeftOut(number: number): boolean;
  /** Whether the id of one object comes before that of another. */
  isBefore(one: number, other: number): boolean;
  /** There is no more room for names: makes some. */
  roomForNames(): void;
  /** Completes a change that is `UNUSUAL` or whose object is `STRAY`, if it is. @returns what it is; below zero: it is damaged */
  rareChange(change: number, tree: number, length: number): number;
  /** Reads a tree that was not read before, or notes that it is damaged. */
  readTree(number: number): void;
  /** The number in its pack's index of the object whose id stands at `id`; -1: it has none. */
  nameOfBase(id: number): number;
  /** As `Matcher.winnow`, where it is not given when the core is loaded. */
  winnow: Winnow;
  /** The number of what the tree of a row holds itself of what matters, when one of its changes may alter that: those in `LISTS.stack`. */
  ownMarks(row: number): number;
}

/** What a change says that `numberChanges` leaves to the caller, and the object of one that no pack holds. */
export const UNUSUAL = -1;
export const STRAY = -1;
export const NAMES_FULL = -8;

export const NO_ROOM = -5;

export const GIT_CORE_ERRORS: Readonly<Record<number, string>> = {
  [-1]: "the object's stream is damaged",
  [-2]: "the object is longer than its header says",
  [-3]: "the object's checksum does not hold",
  [-4]: "the delta is damaged",
  [NO_ROOM]: "the object is too large",
  [-6]: "the tree is damaged",
  [-7]: "the tree has too many entries",
};

/** Bytes that inflate may read behind its input and overwrite behind its output. */
export const SLACK = 320;

/** Below this address inflating keeps its tables, and the engine's core its own data: nobody else may. */
export const TABLES_END = 65536;

const DELTA_BYTES = 2048;
const LISTS_BYTES = 416;
const IDS_BYTES = 272;

/** From the source tree and from a bundle in dist/ alike. That of the command line knows its folder: a URL would cost it a millisecond. */
const PLACES = ["./git-core.wasm", "../../../../dist/git-core.wasm"];
const placed = (place: string) =>
  typeof __dirname === "string" ? join(__dirname, place) : fileURLToPath(new URL(place, import.meta.url));

let compiled: object | undefined;

let carried: (() => Uint8Array) | undefined;

/** For the standalone binary, which carries the WebAssembly in itself. */
export function carryGitCore(read: () => Uint8Array): void {
  carried = read;
}

function compile(): object {
  if (carried !== undefined) return compileModule(new Uint8Array(carried()), "git-core");
  const path = PLACES.map(placed).find((place) => existsSync(place));
  if (path === undefined) throw new Error("git-core.wasm is missing; run `npm run build`");
  const bytes = readFileSync(path);
  checkTail("git-core.wasm", bytes, path);
  return compileModule(bytes, "git-core");
}

/**
 * Compiles it, so that this does not fall into the time in which threads start: V8's flags have to be left alone then.
 *
 * @param made what another thread compiled.
 * @returns the module, for other threads.
 */
export function prepareGitCore(made?: object): object {
  return (compiled ??= made ?? compile());
}

const QUESTIONS: readonly (keyof GitAsked)[] = [
  "room",
  "stray",
  "longTime",
  "readCommit",
  "isLeftOut",
  "isBefore",
  "roomForNames",
  "rareChange",
  "readTree",
  "nameOfBase",
  "winnow",
  "ownMarks",
];

/**
 * @param reserve gives an address of so many bytes that nobody else touches, past `TABLES_END`; it is asked once.
 * @param asked who answers the core, as far as anybody lets it ask; may be filled later.
 * @param winnow the engine's, of the same memory: it is asked for every object, and directly when it is WebAssembly.
 */
export function loadGitCore(
  memory: LinearMemory,
  reserve: (bytes: number) => number,
  asked: Partial<GitAsked> = {},
  winnow?: Winnow,
): GitCore {
  prepareGitCore();
  const env: Record<string, unknown> = {
    memory,
    abort() {
      throw new Error("the git core gave up");
    },
  };
  for (const question of QUESTIONS) {
    env[question] = (a: number, b: number, c: number, d: number) => {
      const answer = asked[question] as ((...words: [number, number, number, number]) => unknown) | undefined;
      if (answer === undefined) throw new Error(`nobody answers the git core's question ${question}`);
      return answer(a, b, c, d);
    };
  }
  if (winnow !== undefined) env["winnow"] = winnow;
  const { exports } = new Instance(compiled as object, { env });
  const core = exports as unknown as GitCore;
  const scratch = reserve(DELTA_BYTES + LISTS_BYTES + IDS_BYTES);
  core.inflateSetup();
  core.deltaSetup(scratch);
  core.listsSetup(scratch + DELTA_BYTES);
  core.commitsSetup(scratch + DELTA_BYTES + LISTS_BYTES);
  return core;
}
