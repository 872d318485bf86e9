// Which trees hold something that matters, at whatever depth. Trees that hold the same at the same paths have the same
// number, so that a commit is looked into only where its number differs from its parent's.
import type { GitAsked } from "../core/git-core.ts";
import { LISTS, TREE, TREE_WORDS } from "../core/git-lists.ts";
import { FILE, REMOVED, type TreeIndex } from "./tree-index.ts";

/** The sum of a tree that holds nothing that matters. */
export const UNMARKED = 0;
const TREES_AT_ONCE = 4096;
/** In the place of a name, behind all names. */
const UNSURE = 0x7fffffff;

/** 1 for each that matters, by number: files with this content, and whatever has this name. */
export interface Marks {
  readonly objects: Uint8Array;
  readonly names: Uint8Array;
}

/** Lists of numbers; equal ones have the same number, and the empty one 0. */
class Lists {
  readonly #known = new Map<string, number>();
  readonly #lists: Int32Array[] = [];

  constructor() {
    this.numberOf([]);
  }

  numberOf(items: readonly number[]): number {
    const list = Int32Array.from(items);
    const key = Buffer.from(list.buffer).toString("latin1");
    let number = this.#known.get(key);
    if (number === undefined) this.#known.set(key, (number = this.#lists.push(list) - 1));
    return number;
  }

  at(number: number): Int32Array {
    return this.#lists[number] as Int32Array;
  }
}

export class TreeMarks {
  readonly #index: TreeIndex;
  readonly #marks: Marks;
  readonly #lists = new Lists();
  readonly #shared = new Map<number, boolean>();

  /** @param asked learns what the core asks about trees that hold something that matters. */
  constructor(index: TreeIndex, marks: Marks, asked: Partial<GitAsked>) {
    const { lists } = index;
    const { git } = lists;
    this.#index = index;
    this.#marks = marks;
    asked.ownMarks = (row) => this.#own(row);
    const objects = lists.putBytes("objects that matter", marks.objects);
    const names = lists.putBytes("names that matter", marks.names);
    git.marksSetup(objects, marks.objects.length, names, marks.names.length);
    let first = 0;
    while (git.markOwn(first, TREES_AT_ONCE) !== 0) first += TREES_AT_ONCE;
  }

  /** Which list of (name, object) the tree of a row holds itself. */
  #own(row: number): number {
    const { lists } = this.#index;
    const { objects, names } = this.#marks;
    const base = lists.at(LISTS.trees, TREE_WORDS * row + TREE.base);
    // The row that counts for no base holds nothing.
    const own = lists.at(LISTS.trees, TREE_WORDS * base + TREE.own);
    const changes = Array.from(lists.slice(LISTS.stack), (at) => ({
      what: lists.at(LISTS.what, at),
      object: lists.at(LISTS.object, at),
    }));
    let pairs: number[] | undefined;
    // What is gone first: of what has just come under the same name the id may begin likewise.
    for (const areRemoved of [true, false]) {
      for (const { what, object } of changes) {
        const [name, kind] = [what >>> 3, what & 6];
        const isRemoved = (what & REMOVED) !== 0;
        if (isRemoved !== areRemoved) continue;
        const isMarkedName = names[name] === 1;
        const isAsked =
          kind === FILE && (isRemoved ? holds(pairs ?? this.#lists.at(own), name) : objects[object] === 1);
        if (!isMarkedName && !isAsked) continue;
        pairs ??= [...this.#lists.at(own)];
        if (isAsked && isRemoved) this.#remove(pairs, name, object, row);
        else if (isAsked) add(pairs, name, object);
        // What has the name is looked at, not only that it is there: a file may take a folder's place.
        if (isMarkedName) (isRemoved ? remove : add)(pairs, name, -1 - kind);
      }
    }
    return pairs === undefined ? own : this.#lists.numberOf(pairs);
  }

  /** @param key the beginning of the object's id. */
  #remove(pairs: number[], name: number, key: number, row: number): void {
    const { numbers } = this.#index;
    for (let at = placeOf(pairs, name, 0); pairs[at] === name; at += 2) {
      const object = pairs[at + 1] as number;
      if (numbers.keyOf(object) !== key) continue;
      // Who put a name into a tree twice may have made ids that begin alike as well. Then nobody knows which one is gone: the tree
      // keeps what it had and differs from all others, so that it is looked into.
      if (this.#isShared(object)) return add(pairs, UNSURE, row);
      return remove(pairs, name, object);
    }
  }

  #isShared(object: number): boolean {
    let isShared = this.#shared.get(object);
    if (isShared === undefined) this.#shared.set(object, (isShared = this.#index.numbers.isKeyShared(object)));
    return isShared;
  }

  /** Equal for trees in which the same things that matter stand at the same paths. */
  of(tree: number): number {
    return this.#index.lists.git.sumOf(tree);
  }
}

type Pairs = { readonly length: number; readonly [at: number]: number };

/** Whether one of the pairs is of a file with this name. */
function holds(pairs: Pairs, name: number): boolean {
  return pairs.length > 0 && pairs[placeOf(pairs, name, 0)] === name;
}

/** Where a pair stands, or would, in a list of pairs that is in order. */
function placeOf(pairs: Pairs, name: number, object: number): number {
  let [low, high] = [0, pairs.length >> 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [itsName, itsObject] = [pairs[2 * middle] as number, pairs[2 * middle + 1] as number];
    if (itsName < name || (itsName === name && itsObject < object)) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

function add(pairs: number[], name: number, object: number): void {
  pairs.splice(placeOf(pairs, name, object), 0, name, object);
}

function remove(pairs: number[], name: number, object: number): void {
  const at = placeOf(pairs, name, object);
  if (pairs[at] === name && pairs[at + 1] === object) pairs.splice(at, 2);
}
