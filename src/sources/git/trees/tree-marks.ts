// Which trees hold something that matters, at whatever depth. Trees that hold the same at the same paths have the same
// number, so that a commit is looked into only where its number differs from its parent's.
import { IntList } from "./int-list.ts";
import { NameTable } from "./name-table.ts";
import { NONE } from "../objects/pack-table.ts";
import { FILE, REMOVED, type TreeIndex } from "./tree-index.ts";

/** Nothing that matters is below. */
export const UNMARKED = 0;
const UNKNOWN = -1;
/** Below these are the numbers of trees of which nothing is known: each differs from all others. */
const UNREADABLE = -3;
const UNDER_WAY = -2;

/** 1 for each that matters, by number: files with this content, and whatever has this name. */
export interface Marks {
  readonly objects: Uint8Array;
  readonly names: Uint8Array;
}

/** Lists of numbers; equal ones have the same number, and the empty one 0. */
class Lists {
  readonly #known = new NameTable();
  readonly #lists: Int32Array[] = [];
  #scratch = new Int32Array(1024);

  constructor() {
    this.numberOf([]);
  }

  numberOf(items: readonly number[]): number {
    if (items.length > this.#scratch.length) this.#scratch = new Int32Array(2 * items.length);
    this.#scratch.set(items);
    const bytes = new Uint8Array(this.#scratch.buffer, 0, 4 * items.length);
    const number = this.#known.numberOf(bytes, 0, bytes.length);
    if (number === this.#lists.length) this.#lists.push(Int32Array.from(items));
    return number;
  }

  at(number: number): Int32Array {
    return this.#lists[number] as Int32Array;
  }
}

export class TreeMarks {
  readonly #index: TreeIndex;
  /** Of each tree: which list of (name, object) it holds itself. */
  readonly #own = new IntList();
  readonly #lists = new Lists();
  readonly #sums = new IntList(1024, UNKNOWN);
  readonly #stack = new IntList();

  constructor(index: TreeIndex, marks: Marks) {
    this.#index = index;
    const { order } = index;
    const { from, to, base, what, object } = index.changes();
    for (let i = 0; i < order.length; i++) {
      const tree = order.at(i);
      const own = base.at(tree) === NONE ? 0 : this.#own.at(base.at(tree));
      let pairs: number[] | undefined;
      for (let at = from.at(tree), end = to.at(tree); at < end; at++) {
        const [change, which] = [what[at] as number, object[at] as number];
        const [name, kind] = [change >>> 3, change & 6];
        const isRemoved = (change & REMOVED) !== 0;
        const isMarkedName = marks.names[name] === 1;
        const isAsked =
          kind === FILE && (isRemoved ? holds(pairs ?? this.#lists.at(own), name) : marks.objects[which] === 1);
        if (!isMarkedName && !isAsked) continue;
        pairs ??= [...this.#lists.at(own)];
        if (isAsked && isRemoved) this.#remove(pairs, name, which);
        else if (isAsked) add(pairs, name, which);
        // What has the name is looked at, not only that it is there: a file may take a folder's place.
        if (isMarkedName) (isRemoved ? remove : add)(pairs, name, -1 - kind);
      }
      this.#own.set(tree, pairs === undefined ? own : this.#lists.numberOf(pairs));
    }
  }

  /** @param key the beginning of the object's id. */
  #remove(pairs: number[], name: number, key: number): void {
    for (let at = placeOf(pairs, name, 0); pairs[at] === name; at += 2) {
      const object = pairs[at + 1] as number;
      if (this.#index.numbers.keyOf(object) === key) return remove(pairs, name, object);
    }
  }

  /** Equal for trees in which the same things that matter stand at the same paths. */
  of(tree: number): number {
    const sums = this.#sums;
    if (sums.at(tree) >= 0 || sums.at(tree) <= UNREADABLE) return sums.at(tree);
    const { from, to, object } = this.#index.children();
    const stack = this.#stack;
    stack.push(tree);
    while (stack.length > 0) {
      const top = stack.pop();
      if (sums.at(top) === UNDER_WAY) {
        sums.set(top, this.#sum(top));
        continue;
      }
      if (sums.at(top) !== UNKNOWN) continue;
      if (!this.#index.isSound(top)) {
        sums.set(top, UNREADABLE - top);
        continue;
      }
      sums.set(top, UNDER_WAY);
      const waiting = stack.length;
      stack.push(top);
      for (let at = from.at(top), end = to.at(top); at < end; at++) {
        const child = object.at(at);
        if (sums.at(child) === UNKNOWN) stack.push(child);
      }
      if (stack.length > waiting + 1) continue;
      stack.pop();
      sums.set(top, this.#sum(top));
    }
    return sums.at(tree);
  }

  #sum(tree: number): number {
    const own = this.#own.at(tree);
    const { from, to, name, object } = this.#index.children();
    let items: number[] | undefined;
    for (let at = from.at(tree), end = to.at(tree); at < end; at++) {
      const child = object.at(at);
      const sum = this.#sums.at(child);
      // A tree that holds itself cannot be; whoever made it look so learns nothing from it.
      if (sum !== UNMARKED) (items ??= [-1, own]).push(name.at(at), sum === UNDER_WAY ? UNREADABLE - child : sum);
    }
    if (items === undefined) return own;
    return this.#lists.numberOf(items);
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
