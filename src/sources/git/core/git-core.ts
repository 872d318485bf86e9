// The WebAssembly half of the git source: inflate, delta and tree comparison, in a memory that is shared with the engine's
// core. See assembly/ for what each function does; addresses are byte offsets into the memory.
import { existsSync, readFileSync } from "node:fs";
import { Instance, Module, type LinearMemory } from "./webassembly.ts";

export interface GitCore {
  /** Makes the tables that inflating needs, in `SCRATCH_BYTES` at `scratch`. */
  inflateSetup(scratch: number): void;
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
  /** The size that the last delta's header promised. */
  resultSize(): number;
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
    isSound: 0 | 1,
  ): number;
  /** How trees differ as numbers of names and objects: `knownIds` and `moreNames` come first. See tree-numbers.ts. */
  numberChanges(
    oldTree: number,
    oldLength: number,
    newTree: number,
    newLength: number,
    pairs: number,
    capacity: number,
    isSound: 0 | 1,
    out: number,
  ): number;
  changedFolders(): number;
  rareChanges(): number;
  areInOrder(ids: number, count: number, idBytes: number): number;
  knownIds(ids: number, counts: number, packs: number, idBytes: number, recent: number): void;
  moreNames(text: number, textBytes: number, starts: number, slots: number, most: number, seed: number): void;
  numberOfName(from: number, to: number): number;
  nameCounted(): number;
  nameBytes(): number;
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

/** Bytes of scratch memory that the core asks for. */
export const SCRATCH_BYTES = 49152;
const DELTA_BYTES = 2048;

/** From the source tree and from a bundle in dist/ alike. */
const PLACES = ["./git-core.wasm", "../../../../dist/git-core.wasm"];

let compiled: object | undefined;

let carried: (() => Uint8Array) | undefined;

/** For the standalone binary, which carries the WebAssembly in itself. */
export function carryGitCore(read: () => Uint8Array): void {
  carried = read;
}

function compile(): object {
  if (carried !== undefined) return new Module(carried());
  const file = PLACES.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (file === undefined) throw new Error("git-core.wasm is missing; run `npm run build`");
  return new Module(readFileSync(file));
}

/** @param reserve gives an address of so many bytes that nobody else touches; it is asked once. */
export function loadGitCore(memory: LinearMemory, reserve: (bytes: number) => number): GitCore {
  compiled ??= compile();
  const env = {
    memory,
    abort() {
      throw new Error("the git core gave up");
    },
  };
  const { exports } = new Instance(compiled, { env });
  const core = exports as unknown as GitCore;
  const scratch = reserve(SCRATCH_BYTES + DELTA_BYTES);
  core.inflateSetup(scratch);
  core.deltaSetup(scratch + SCRATCH_BYTES);
  return core;
}
