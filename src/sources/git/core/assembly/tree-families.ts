// Reads the trees of a pack family by family, and keeps of each what it has more and less than its base.
import { rareChange, readTree, roomForNames } from "./caller";
import { applySteps, ranges, resultBytes } from "./delta";
import { inflate } from "./inflate";
import {
  CHANGES_FROM,
  CHANGES_TO,
  CHILD_NAME,
  CHILD_OBJECT,
  CHILDREN_FROM,
  CHILDREN_TO,
  clear,
  extend,
  get,
  insert,
  lengthOf,
  OBJECT,
  pop,
  push,
  remove,
  repeat,
  SEEN,
  set,
  STACK,
  take,
  TREE_BASE,
  TREE_STATE,
  TREES_READ,
  WHAT,
} from "./lists";
import { baseOf, child, entries, NONE, numberOf, packedBytes, sibling, sizeOf, sourceOf, typeOf } from "./pack-columns";
import { behind, free, placeFirst, placeNext, SLACK } from "./places";
import { equalFrom, equalTo } from "./tree";
import { changedFolders, FOLDER, NAMES_FULL, numberChanges, rareChanges, REMOVED } from "./tree-numbers";

const TREE: i32 = 2;

const NOT_READ: i32 = 0;
export const READ: i32 = 1;
const DAMAGED: i32 = 2;

let pairs: usize = 0;
let mostPairs: i32 = 0;
let numbered: usize = 0;
let arena: usize = 0;
let arenaEnd: usize = 0;
let largest: i32 = 0;
let deltaAt: usize = 0;
/** Numbers that the lists of changes and of folders may hold. */
let mostNumbers: i32 = 0;

/** How many bytes the tree that was made last is known to share with its base, at its beginning and at its end. */
let head: i32 = 0;
let tail: i32 = 0;
/** Where one of its entries is known to begin, as one of its base does. */
let start: i32 = 0;

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
): void {
  pairs = pairsAt;
  mostPairs = pairsMost;
  numbered = numberedAt;
  arena = arenaAt;
  arenaEnd = arenaAt + arenaBytes - (MARKS << 2);
  deltaAt = delta;
  largest = treeBytes;
  mostNumbers = most;
}

/** Whether there are more trees than the lists may hold; then nothing of them is to be trusted. */
export function tooManyTrees(): bool {
  return lengthOf(WHAT) + lengthOf(CHILD_NAME) > mostNumbers;
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
  return rank;
}

/** @returns how many bytes were made. */
function family(root: i32): f64 {
  let sum: f64 = 0;
  // Others leave in it what they found.
  clear(STACK, 0);
  placeFirst(arena);
  pushFrame(root, NONE, 0, 0, true);
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
    if (size > <f64>min<i64>(largest, <i64>arenaEnd - <i64>arena) || source == 0) continue;
    const bytes = <i32>size;
    let length = inflate(source, source + packedBytes(rank), base == NONE ? arena : deltaAt, bytes);
    if (length != bytes) continue;
    let address = arena;
    if (base != NONE) {
      length = resultBytes(deltaAt, bytes, baseLength);
      if (length < 0 || length > largest) continue;
      address = placeNext(from, baseAddress, behindTree(baseAddress, baseLength), treeBytes(length), isLast, child(rank) == NONE);
      if (<i64>address + length > <i64>arenaEnd) continue;
    }
    head = 0;
    tail = 0;
    start = 0;
    if (base != NONE) length = changed(baseAddress, baseLength, address, length);
    if (length < 0) continue;
    sum += <f64>length;
    const number = numberOf(rank);
    if (!addTree(number, base, baseAddress, baseLength, address, length)) continue;
    if (tooManyTrees()) return sum;
    if (child(rank) == NONE) continue;
    makeMarks(address, length, base, baseAddress, baseLength);
    let isLastChild = true;
    for (let entry = child(rank); entry != NONE; entry = sibling(entry)) {
      pushFrame(entry, number, address, length, isLastChild);
      isLastChild = false;
    }
  }
  return sum;
}

/** Makes a tree of `bytes` of its base and its delta, which tells what both share. @returns its length; or a negative code */
function changed(baseAddress: usize, baseLength: i32, address: usize, bytes: i32): i32 {
  const length = applySteps(baseAddress, baseLength, address, bytes, pairs, 1, 0);
  if (length < 0) return length;
  // One range, from the first change to the last.
  const same = ranges() == 0;
  head = same ? length : load<i32>(pairs);
  tail = same ? 0 : length - load<i32>(pairs, 4);
  start = nearestMark(marksOf(baseAddress, baseLength), head);
  return length;
}

/**
 * Behind each tree that others build on: where some of its entries begin, one in each sixteenth of it at the most; or 0. A
 * tree's entries can be told only from its beginning on, and what is equal before the first change is long.
 */
const MARKS: i32 = 16;

@inline function marksOf(address: usize, length: i32): usize {
  return (address + <usize>length + SLACK + 3) & ~3;
}

/** Bytes of a tree and what stands behind it. */
@inline function treeBytes(length: i32): usize {
  return <usize>length + 3 + (MARKS << 2);
}

@inline function behindTree(address: usize, length: i32): usize {
  return behind(address, treeBytes(length));
}

function nearestMark(marks: usize, most: i32): i32 {
  let best = 0;
  for (let i = 0; i < MARKS; i++) {
    const mark = load<i32>(marks + (<usize>i << 2));
    if (mark <= most && mark > best) best = mark;
  }
  return best;
}

@inline function setMark(marks: usize, length: i32, at: i32): void {
  if (at < length) store<i32>(marks + (<usize>((<i64>at * MARKS) / length) << 2), at);
}

/** Of the base's those that hold in the tree that was compared with it, and the entry of the first change. */
function makeMarks(address: usize, length: i32, base: i32, baseAddress: usize, baseLength: i32): void {
  const marks = marksOf(address, length);
  memory.fill(marks, 0, MARKS << 2);
  if (base == NONE) return;
  const known = marksOf(baseAddress, baseLength);
  for (let i = 0; i < MARKS; i++) {
    const mark = load<i32>(known + (<usize>i << 2));
    if (mark <= equalTo) setMark(marks, length, mark);
    else if (mark >= equalFrom) setMark(marks, length, mark + length - baseLength);
  }
  setMark(marks, length, equalTo);
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

/** Takes in how a tree differs from another one, or from nothing: `base` is its number, or -1. @returns false: it is damaged. */
export function addTree(
  number: i32,
  base: i32,
  baseAddress: usize,
  baseLength: i32,
  address: usize,
  length: i32,
): bool {
  const isSound = base != NONE;
  const atHead = isSound ? head : 0;
  const atTail = isSound ? tail : 0;
  const from = isSound ? start : 0;
  let count: i32;
  for (;;) {
    count = numberChanges(baseAddress, baseLength, address, length, pairs, mostPairs, isSound, numbered, atHead, atTail, from);
    if (count != NAMES_FULL) break;
    roomForNames();
  }
  set(TREE_STATE, number, DAMAGED);
  if (count < 0) return false;
  const first = lengthOf(WHAT);
  let folders = changedFolders();
  const isUsual = rareChanges() == 0;
  for (let at = numbered, end = numbered + 12 * <usize>count; at < end; at += 12) {
    if (!isUsual) {
      const what = rareChange(at, address, length);
      if (what < 0) return false;
      if ((what & 6) == FOLDER) folders++;
    }
    push(WHAT, load<i32>(at));
    push(OBJECT, load<i32>(at, 4));
  }
  set(CHANGES_FROM, number, first);
  set(CHANGES_TO, number, lengthOf(WHAT));
  set(TREE_BASE, number, base);
  set(TREE_STATE, number, READ);
  push(TREES_READ, number);
  if (folders > 0) makeChildren(number, base);
  else if (isSound) {
    set(CHILDREN_FROM, number, get(CHILDREN_FROM, base));
    set(CHILDREN_TO, number, get(CHILDREN_TO, base));
  }
  return true;
}

/** The folders of a tree, by the numbers of their names and their own. */
function makeChildren(number: i32, base: i32): void {
  const from = lengthOf(CHILD_NAME);
  let to = from;
  if (base != NONE) {
    const start = get(CHILDREN_FROM, base);
    const end = get(CHILDREN_TO, base);
    repeat(CHILD_NAME, start, end);
    repeat(CHILD_OBJECT, start, end);
    to += end - start;
  }
  for (let change = get(CHANGES_FROM, number), end = get(CHANGES_TO, number); change < end; change++) {
    const what = get(WHAT, change);
    if ((what & 6) != FOLDER) continue;
    const name = what >>> 3;
    const object = get(OBJECT, change);
    const at = placeOf(from, to, name, object);
    if ((what & REMOVED) == 0) {
      insert(CHILD_NAME, at, name);
      insert(CHILD_OBJECT, at, object);
      to++;
    } else if (at < to && get(CHILD_NAME, at) == name && get(CHILD_OBJECT, at) == object) {
      remove(CHILD_NAME, at);
      remove(CHILD_OBJECT, at);
      to--;
    }
  }
  set(CHILDREN_FROM, number, from);
  set(CHILDREN_TO, number, to);
}

/** Where a folder stands, or would, in a list that is in order. */
function placeOf(low: i32, high: i32, name: i32, object: i32): i32 {
  while (low < high) {
    const middle = (low + high) >>> 1;
    const its = get(CHILD_NAME, middle);
    if (its < name || (its == name && get(CHILD_OBJECT, middle) < object)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a tree could be read; the caller reads it when that was not tried before. */
export function isTreeSound(number: i32): bool {
  if (get(TREE_STATE, number) == NOT_READ) readTree(number);
  return get(TREE_STATE, number) == READ;
}

/** Notes that a tree cannot be read. */
export function damagedTree(number: i32): void {
  set(TREE_STATE, number, DAMAGED);
}

/** Reads what `count` trees, by number from `roots` on, lead to and packs do not hold. What was seen before is passed over. */
export function reachTrees(roots: usize, count: i32): void {
  clear(STACK, 0);
  for (let i = 0; i < count; i++) {
    enterTree(load<i32>(roots + (<usize>i << 2)));
    while (lengthOf(STACK) > 0) {
      const number = pop(STACK);
      if (!isTreeSound(number)) continue;
      for (let at = get(CHILDREN_FROM, number), end = get(CHILDREN_TO, number); at < end; at++) {
        enterTree(get(CHILD_OBJECT, at));
      }
    }
  }
}

@inline function enterTree(number: i32): void {
  if (get(SEEN, number) != 0) return;
  set(SEEN, number, 1);
  push(STACK, number);
}
