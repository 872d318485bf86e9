// The git core's lists of numbers, as JavaScript sees them: what is known of all commits and trees of a repository.
import type { GitCore } from "./git-core.ts";
import type { LinearMemory } from "./webassembly.ts";

/** As assembly/lists.ts counts them. */
export const LISTS = {
  commitRow: 0,
  commitTree: 1,
  commitTime: 2,
  parentsTo: 3,
  parents: 4,
  stack: 5,
  seen: 6,
  found: 7,
  place: 8,
  treeRow: 14,
  trees: 15,
  what: 16,
  object: 17,
  children: 18,
  said: 19,
} as const;

/** Words of a row of `LISTS.trees`, of those that are asked for: see assembly/tree-rows.ts. */
export const TREE_WORDS = 8;
export const TREE = { base: 0, changesFrom: 1, changesTo: 2, own: 6 } as const;

type ListNumber = (typeof LISTS)[keyof typeof LISTS];

export class GitLists {
  readonly git: GitCore;
  readonly #memory: LinearMemory;
  readonly #region: (name: string, bytes: number) => number;
  #words = new Int32Array(0);
  #bytes = Buffer.alloc(0);

  /** @param region memory of this name, with room for so many bytes. */
  constructor(git: GitCore, memory: LinearMemory, region: (name: string, bytes: number) => number) {
    this.git = git;
    this.#memory = memory;
    this.#region = region;
  }

  /** The memory in bytes, and in words: views that die when it grows, which they tell sooner than the memory tells of its buffer. */
  get bytes(): Buffer {
    if (this.#bytes.length === 0) this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }

  get words(): Int32Array {
    if (this.#words.length === 0) this.#words = new Int32Array(this.#memory.buffer);
    return this.#words;
  }

  /** A number of a list, which must be as long. */
  at(list: ListNumber, index: number): number {
    return this.words[this.wordOf(list) + index] as number;
  }

  /** Where a list begins in `words`, until it grows. */
  wordOf(list: ListNumber): number {
    return this.git.listAddress(list) >>> 2;
  }

  /** A list's numbers from `from` to `to`: a copy. */
  slice(list: ListNumber, from = 0, to = this.git.listLength(list)): Int32Array {
    const start = this.wordOf(list);
    return this.words.slice(start + from, start + to);
  }

  /** The address of memory of this name. */
  room(name: string, bytes: number): number {
    return this.#region(name, bytes);
  }

  /** Numbers that the core may read until the next are put under this name. @returns their address */
  put(name: string, numbers: Int32Array): number {
    const address = this.#region(name, numbers.byteLength + 64);
    this.words.set(numbers, address >>> 2);
    return address;
  }

  /** As `put`, of bytes. Those may lie in the memory themselves, if it need not grow. */
  putBytes(name: string, bytes: Uint8Array): number {
    const address = this.#region(name, bytes.length + 64);
    this.bytes.set(bytes, address);
    return address;
  }
}
