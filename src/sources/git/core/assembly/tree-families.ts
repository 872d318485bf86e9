// Reads the trees of a pack family by family, and keeps of each what it has more and less than its base.
import { rareChange, readTree, roomForNames } from "./caller";
import { applySteps, resultBytes } from "./delta";
import { startsBytes } from "./entry-starts";
import { inflate } from "./inflate";
import {
  addressOf,
  CHILDREN,
  clear,
  extend,
  get,
  insertPair,
  lengthOf,
  OBJECT,
  pop,
  push,
  removePair,
  repeat,
  shorten,
  STACK,
  take,
  WHAT,
} from "./lists";
import { baseOf, child, entries, NONE, numberOf, packedBytes, sibling, sizeOf, sourceOf, typeOf } from "./pack-columns";
import { behind, free, placeFirst, placeNext, SLACK } from "./places";
import { areManyWaiting, forget, numberWaiting, waitingCount, waitingSetup } from "./object-ids";
import { changedFolders, FOLDER, NAMES_FULL, numberChanges, rareChanges, REMOVED } from "./tree-numbers";
import {
  addRow,
  BASE,
  CHANGES_FROM,
  CHANGES_TO,
  CHILDREN_FROM,
  CHILDREN_TO,
  clearRows,
  DAMAGED,
  NOT_READ,
  wordOf,
  REACHED,
  rowCount,
  rowOf,
  setWord,
  setRow,
} from "./tree-rows";

const TREE: i32 = 2;

let pairs: usize = 0;
let mostPairs: i32 = 0;
let numbered: usize = 0;
let arena: usize = 0;
let arenaEnd: usize = 0;
let largest: i32 = 0;
let deltaAt: usize = 0;
/** Numbers that the lists of changes and of folders may hold. */
let mostNumbers: i32 = 0;
/** The trees of rows before this one have their folders and the numbers of their objects. */
let settled: i32 = 0;

/** Tells where trees are made and compared: see `TreeIndex`. */
export function treesSetup(
  pairsAt: usize,
  pairsMost: i32,
  numberedAt: usize,
  arenaAt: usize,
  arenaBytes: usize,
  delta: usize,
  treeBytes: i32,
  most: i32,
  waiting: usize,
  trees: i32,
): void {
  pairs = pairsAt;
  mostPairs = pairsMost;
  numbered = numberedAt;
  arena = arenaAt;
  arenaEnd = arenaAt + arenaBytes;
  deltaAt = delta;
  largest = treeBytes;
  mostNumbers = most;
  waitingSetup(waiting);
  clearRows(trees);
  settled = rowCount();
}

/** Whether there are more trees than the lists may hold; then nothing of them is to be trusted. */
export function tooManyTrees(): bool {
  return lengthOf(WHAT) + (lengthOf(CHILDREN) >> 1) > mostNumbers;
}

/**
 * Reads families of trees whose first is at `rank` or behind, until so many bytes were made. What cannot be read is passed over.
 *
 * @returns where to go on; the number of entries: there are no more.
 */
export function treeFamilies(rank: i32, budget: f64): i32 {
  for (; rank < entries && budget > 0; rank++) {
    if (typeOf(rank) != TREE || baseOf(rank) != NONE) continue;
    budget -= family(rank);
    if (tooManyTrees()) return entries;
  }
  settle(true);
  return rank;
}

/** @returns how many bytes were made. */
function family(root: i32): f64 {
  let sum: f64 = 0;
  // Others leave in it what they found.
  clear(STACK, 0);
  placeFirst(arena);
  pushFrame(root, 0, 0, 0, true);
  while (lengthOf(STACK) > 0) {
    const frame = take(STACK, FRAME);
    const rank = load<i32>(frame);
    const base = load<i32>(frame, 4);
    const baseAddress = load<usize>(frame, 8);
    const baseLength = load<i32>(frame, 12);
    const from = load<usize>(frame, 16);
    const isLast = load<i32>(frame, 20) != 0;
    const size = sizeOf(rank);
    const source = sourceOf(rank);
    if (size > <f64>largest || source == 0) continue;
    const bytes = <i32>size;
    if (base == 0 && treeBytes(bytes) > arenaEnd - arena) continue;
    let length = inflate(source, source + packedBytes(rank), base == 0 ? arena : deltaAt, bytes);
    if (length != bytes) continue;
    let address = arena;
    if (base != 0) {
      length = resultBytes(deltaAt, bytes, baseLength);
      if (length < 0 || length > largest) continue;
      address = placeNext(from, baseAddress, behindTree(baseAddress, baseLength), treeBytes(length), isLast, child(rank) == NONE);
      if (<i64>address + treeBytes(length) > <i64>arenaEnd) continue;
      // Which bytes are new is asked of the copies, one by one.
      length = applySteps(baseAddress, baseLength, address, length, pairs, 1, 0);
      if (length < 0) continue;
    }
    sum += <f64>length;
    const number = numberOf(rank);
    if (!takeTree(number, base, baseAddress, baseLength, address, length, child(rank) != NONE)) continue;
    if (tooManyTrees()) return sum;
    const row = rowOf(number);
    let isLastChild = true;
    for (let entry = child(rank); entry != NONE; entry = sibling(entry)) {
      pushFrame(entry, row, address, length, isLastChild);
      isLastChild = false;
    }
  }
  return sum;
}

/** Where behind a tree that others build on stands where its entries begin. */
@inline function startsOf(address: usize, length: i32): usize {
  return (address + <usize>length + SLACK + 3) & ~3;
}

/** Bytes of a tree and what stands behind it. */
@inline function treeBytes(length: i32): usize {
  return <usize>length + 3 + startsBytes(length);
}

@inline function behindTree(address: usize, length: i32): usize {
  return behind(address, treeBytes(length));
}

/** Words of what is known of a tree that is to be made. */
const FRAME: i32 = 6;

@inline function pushFrame(rank: i32, base: i32, baseAddress: usize, baseLength: i32, isLast: bool): void {
  const frame = extend(STACK, FRAME);
  store<i32>(frame, rank);
  store<i32>(frame, base, 4);
  store<usize>(frame, baseAddress, 8);
  store<i32>(frame, baseLength, 12);
  store<usize>(frame, free, 16);
  store<i32>(frame, <i32>isLast, 20);
}

/** Takes in what a tree holds that was made elsewhere. @returns false: it is damaged. */
export function addTree(number: i32, address: usize, length: i32): bool {
  const isSound = takeTree(number, 0, 0, 0, address, length, false);
  settle(false);
  return isSound;
}

/**
 * Takes in how a tree differs from the one that it was made of by the delta applied last, or from nothing: `base` is the other one's row, or
 * 0. The numbers of objects, and what hangs on them, come with `settle`.
 *
 * @param isBase whether others are made of it.
 * @returns false: it is damaged.
 */
function takeTree(
  number: i32,
  base: i32,
  baseAddress: usize,
  baseLength: i32,
  address: usize,
  length: i32,
  isBase: bool,
): bool {
  if (areManyWaiting()) settle(true);
  const first = lengthOf(WHAT);
  const waited = waitingCount();
  let count: i32;
  for (;;) {
    count = numberChanges(
      baseAddress,
      baseLength,
      address,
      length,
      pairs,
      mostPairs,
      numbered,
      base == 0 ? 0 : startsOf(baseAddress, baseLength),
      isBase ? startsOf(address, length) : 0,
      first,
    );
    if (count != NAMES_FULL) break;
    roomForNames();
  }
  setRow(number, DAMAGED);
  if (count < 0) return false;
  let folders = changedFolders();
  const isUsual = rareChanges() == 0;
  for (let at = numbered, end = numbered + 12 * <usize>count; at < end; at += 12) {
    if (!isUsual) {
      const what = rareChange(at, address, length);
      if (what < 0) {
        forget(waited);
        shorten(WHAT, first);
        shorten(OBJECT, first);
        return false;
      }
      if ((what & 6) == FOLDER) folders++;
    }
    push(WHAT, load<i32>(at));
    push(OBJECT, load<i32>(at, 4));
  }
  const row = addRow();
  setRow(number, row);
  setWord(row, BASE, base);
  setWord(row, CHANGES_FROM, first);
  setWord(row, CHANGES_TO, lengthOf(WHAT));
  // Whether it has others than its base, until it is settled.
  setWord(row, CHILDREN_FROM, folders);
  return true;
}

/**
 * Completes what is known of the trees that were read since.
 *
 * @param isBounded whether to stop where `tooManyTrees` says so: each may have as many folders as its base.
 */
function settle(isBounded: bool): void {
  numberWaiting();
  for (const rows = rowCount(); settled < rows && !(isBounded && tooManyTrees()); settled++) {
    const base = wordOf(settled, BASE);
    if (wordOf(settled, CHILDREN_FROM) > 0) makeChildren(settled, base);
    else {
      setWord(settled, CHILDREN_FROM, wordOf(base, CHILDREN_FROM));
      setWord(settled, CHILDREN_TO, wordOf(base, CHILDREN_TO));
    }
  }
}

/** The folders of a tree, by the numbers of their names and their own. */
function makeChildren(row: i32, base: i32): void {
  const from = lengthOf(CHILDREN);
  repeat(CHILDREN, wordOf(base, CHILDREN_FROM), wordOf(base, CHILDREN_TO));
  for (let change = wordOf(row, CHANGES_FROM), end = wordOf(row, CHANGES_TO); change < end; change++) {
    const what = get(WHAT, change);
    if ((what & 6) != FOLDER) continue;
    const name = what >>> 3;
    const object = get(OBJECT, change);
    const at = placeOf(from, name, object);
    if ((what & REMOVED) == 0) insertPair(CHILDREN, at, name, object);
    else if (at < lengthOf(CHILDREN) && get(CHILDREN, at) == name && get(CHILDREN, at + 1) == object) removePair(CHILDREN, at);
  }
  setWord(row, CHILDREN_FROM, from);
  setWord(row, CHILDREN_TO, lengthOf(CHILDREN));
}

/** Where a folder stands, or would, in a list that is in order and begins at `from`. */
function placeOf(from: i32, name: i32, object: i32): i32 {
  const pairs = addressOf(CHILDREN) + (<usize>from << 2);
  let low = 0;
  let high = (lengthOf(CHILDREN) - from) >> 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const pair = pairs + (<usize>middle << 3);
    const its = load<i32>(pair);
    if (its < name || (its == name && load<i32>(pair, 4) < object)) low = middle + 1;
    else high = middle;
  }
  return from + (low << 1);
}

/** Whether a tree could be read; the caller reads it when that was not tried before. */
export function isTreeSound(number: i32): bool {
  if (rowOf(number) == NOT_READ) readTree(number);
  return rowOf(number) > 0;
}

/** Notes that a tree cannot be read. */
export function damagedTree(number: i32): void {
  setRow(number, DAMAGED);
}

/**
 * Reads what `count` trees, by number from `roots` on, lead to and packs do not hold. What was seen before is passed over. The last
 * comes first: git makes deltas of older trees on newer ones, and of a delta whose base was seen only what it has more is looked at.
 */
export function reachTrees(roots: usize, count: i32): void {
  clear(STACK, 0);
  while (--count >= 0) {
    push(STACK, load<i32>(roots + (<usize>count << 2)));
    while (lengthOf(STACK) > 0) {
      const number = pop(STACK);
      if (!isTreeSound(number)) continue;
      const row = rowOf(number);
      if (wordOf(row, REACHED)) continue;
      setWord(row, REACHED, 1);
      const base = wordOf(row, BASE);
      if (base && wordOf(base, REACHED)) {
        for (let at = wordOf(row, CHANGES_FROM), end = wordOf(row, CHANGES_TO); at < end; at++) {
          if ((get(WHAT, at) & (6 | REMOVED)) == FOLDER) reachLater(get(OBJECT, at));
        }
      } else {
        for (let at = wordOf(row, CHILDREN_FROM), end = wordOf(row, CHILDREN_TO); at < end; at += 2) reachLater(get(CHILDREN, at + 1));
      }
    }
  }
}

@inline function reachLater(number: i32): void {
  const row = rowOf(number);
  if (row == NOT_READ || (row > 0 && !wordOf(row, REACHED))) push(STACK, number);
}
