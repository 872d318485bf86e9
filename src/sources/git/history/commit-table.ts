// The commits of a repository as columns of numbers: a history has a hundred thousand of them, and few are ever looked at
// one by one. As strings in maps they would take ten times the memory and most of the time of a walk.
import { committedAt, type CommitLinks } from "../objects/commit.ts";
import type { ObjectNumbers } from "../objects/object-numbers.ts";
import { IntList } from "../trees/int-list.ts";

export interface GraphCommit extends CommitLinks {
  readonly id: string;
}

/** What a hex digit stands for. */
const DIGITS = new Uint8Array(256);
for (let digit = 0; digit < 16; digit++) {
  DIGITS[digit.toString(16).charCodeAt(0)] = digit;
  DIGITS[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

export class CommitTable {
  readonly numbers: ObjectNumbers;
  readonly #idBytes: number;
  /** By the commit's number: its row, counted from 1. */
  readonly #rows: IntList;
  readonly #trees = new IntList();
  readonly #times: number[] = [];
  /** Where the parents of a row end; they begin where those of the row before do. */
  readonly #parentsTo = new IntList();
  readonly #parents = new IntList();
  readonly #id: Uint8Array;

  constructor(numbers: ObjectNumbers, idBytes: number) {
    this.numbers = numbers;
    this.#idBytes = idBytes;
    this.#rows = new IntList(numbers.packed);
    this.#id = new Uint8Array(idBytes);
  }

  /** Takes in a commit. Bytes that are none are passed over. */
  add(number: number, bytes: Buffer): void {
    const digits = 2 * this.#idBytes;
    if (this.has(number) || bytes.length < digits + 6 || bytes.toString("latin1", 0, 5) !== "tree ") return;
    this.#trees.push(this.#numberAt(bytes, 5));
    let at = 6 + digits;
    for (; bytes[at] === 0x70 /* p */ && at + 7 + digits < bytes.length; at += 8 + digits) {
      this.#parents.push(this.#numberAt(bytes, at + 7));
    }
    this.#parentsTo.push(this.#parents.length);
    this.#rows.set(number, this.#times.push(committedAt(bytes, at - 1)));
  }

  /** The number of the object whose hex id stands at `at`. */
  #numberAt(bytes: Buffer, at: number): number {
    const id = this.#id;
    for (let k = 0; k < id.length; k++) {
      const [high, low] = [bytes[at + 2 * k] as number, bytes[at + 2 * k + 1] as number];
      id[k] = ((DIGITS[high] as number) << 4) | (DIGITS[low] as number);
    }
    return this.numbers.of(id, 0);
  }

  has(number: number): boolean {
    return this.#rows.at(number) > 0;
  }

  /** The number of the commit's tree. The commit must be known, as for all that follow. */
  treeOf(number: number): number {
    return this.#trees.at(this.#rows.at(number) - 1);
  }

  timeOf(number: number): number {
    return this.#times[this.#rows.at(number) - 1] as number;
  }

  /** The numbers of its parents: a view that dies when a commit is added. */
  parentsOf(number: number): Int32Array {
    const row = this.#rows.at(number) - 1;
    return this.#parents.view(row === 0 ? 0 : this.#parentsTo.at(row - 1), this.#parentsTo.at(row));
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
