// The commits of a repository as columns of numbers, in the git core's memory: a history has a hundred thousand of them, and few
// are ever looked at one by one. As strings in maps they would take ten times the memory and most of the time of a walk.
import { LISTS, type GitLists } from "../core/git-lists.ts";
import type { CommitLinks } from "./commit.ts";
import type { ObjectNumbers } from "./object-numbers.ts";

export interface GraphCommit extends CommitLinks {
  readonly id: string;
}

export class CommitTable {
  readonly numbers: ObjectNumbers;
  readonly lists: GitLists;

  constructor(numbers: ObjectNumbers, lists: GitLists) {
    this.numbers = numbers;
    this.lists = lists;
    lists.git.widen(LISTS.commitRow, numbers.packed);
  }

  /** Takes in a commit. Bytes that are none are passed over. */
  add(number: number, bytes: Buffer): void {
    const { lists } = this;
    const isThere = bytes.buffer === lists.words.buffer;
    lists.git.addCommit(number, isThere ? bytes.byteOffset : lists.putBytes("commit", bytes), bytes.length);
  }

  /** Its row, counted from 1; 0: it is not known. */
  #row(number: number): number {
    return number < this.lists.git.listLength(LISTS.commitRow) ? this.lists.at(LISTS.commitRow, number) : 0;
  }

  has(number: number): boolean {
    return this.#row(number) > 0;
  }

  /** The number of the commit's tree. The commit must be known, as for all that follow. */
  treeOf(number: number): number {
    return this.lists.at(LISTS.commitTree, this.#row(number) - 1);
  }

  /** Those of many: to look for the lists once a commit takes longer than to read them. */
  treesOf(numbers: Int32Array): Int32Array {
    const { words } = this.lists;
    const rows = this.lists.wordOf(LISTS.commitRow);
    const trees = this.lists.wordOf(LISTS.commitTree);
    return numbers.map((number) => words[trees + (words[rows + number] as number) - 1] as number);
  }

  timeOf(number: number): number {
    const { git, bytes } = this.lists;
    return bytes.readDoubleLE((git.listAddress(LISTS.commitTime) >>> 0) + 8 * (this.#row(number) - 1));
  }

  /** The numbers of its parents. */
  parentsOf(number: number): Int32Array {
    const row = this.#row(number) - 1;
    const from = row === 0 ? 0 : this.lists.at(LISTS.parentsTo, row - 1);
    return this.lists.slice(LISTS.parents, from, this.lists.at(LISTS.parentsTo, row));
  }

  /** Undefined: it is not known. */
  commit(number: number): GraphCommit | undefined {
    if (!this.has(number)) return undefined;
    const { numbers } = this;
    return {
      id: numbers.hexOf(number),
      tree: numbers.hexOf(this.treeOf(number)),
      parents: Array.from(this.parentsOf(number), (parent) => numbers.hexOf(parent)),
      time: this.timeOf(number),
    };
  }
}

/** Commits in some order. */
export class CommitList {
  readonly #table: CommitTable;
  readonly #numbers: Int32Array;

  constructor(table: CommitTable, numbers: Int32Array) {
    this.#table = table;
    this.#numbers = numbers;
  }

  get length(): number {
    return this.#numbers.length;
  }

  /** What is known of them by number. */
  get table(): CommitTable {
    return this.#table;
  }

  get numbers(): Int32Array {
    return this.#numbers;
  }

  /** The number of each commit's tree. */
  trees(): Int32Array {
    return this.#table.treesOf(this.#numbers);
  }

  *[Symbol.iterator](): Generator<GraphCommit> {
    for (const number of this.#numbers) yield this.#table.commit(number) as GraphCommit;
  }

  /** The latest time of them and of what is given. */
  newest(time: number): number {
    return this.#numbers.reduce((newest, number) => Math.max(newest, this.#table.timeOf(number)), time);
  }

  /** Hex. */
  *ids(): Generator<string> {
    for (const number of this.#numbers) yield this.#table.numbers.hexOf(number);
  }
}
