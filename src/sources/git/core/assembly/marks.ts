// Which trees hold something that matters, at whatever depth: see trees/tree-marks.ts, which is asked about the few that do.
import { ownMarks } from "./caller";
import { parentsFrom } from "./commits";
import {
  addressOf,
  CHILDREN,
  clear,
  COMMIT_ROW,
  COMMIT_TREE,
  FOUND,
  get,
  lengthOf,
  OBJECT,
  PARENTS,
  PARENTS_TO,
  PLACE,
  pop,
  push,
  SAID,
  set,
  STACK,
  SUM_ITEMS,
  WHAT,
} from "./lists";
import { clearSums, numberOfSum } from "./sums";
import { isTreeSound } from "./tree-families";
import { FILE, FOLDER, REMOVED } from "./tree-numbers";
import {
  BASE,
  CHANGES_FROM,
  CHANGES_TO,
  CHILDREN_FROM,
  CHILDREN_TO,
  wordOf,
  OWN,
  REACHED,
  rowCount,
  rowOf,
  setWord,
  SUM,
} from "./tree-rows";

/** Nothing that matters is below. */
const UNMARKED: i32 = 0;
const UNKNOWN: i32 = -1;
const UNDER_WAY: i32 = -2;
/** Below these are the numbers of trees of which nothing is known: each differs from all others. */
const UNREADABLE: i32 = -3;

/** A name that matters wherever it stands, and one under which a file that matters stood in some tree. */
const NAMED: u32 = 1;
const HELD: u32 = 2;

let objects: usize = 0;
let objectCount: i32 = 0;
let names: usize = 0;
let nameCount: i32 = 0;

/**
 * Tells what matters.
 *
 * @param objectsAt 1 for each object that does, by number; those behind `objectsMost` do not. `namesAt` likewise; it is written to.
 */
export function marksSetup(objectsAt: usize, objectsMost: i32, namesAt: usize, namesMost: i32): void {
  objects = objectsAt;
  objectCount = objectsMost;
  names = namesAt;
  nameCount = namesMost;
  clearSums();
}

/**
 * Finds what each of so many trees, from the one on that was read as `first`, holds itself of what matters. Bases come first.
 *
 * @returns whether there are more: V8 runs a function in better code only when it is called again.
 */
export function markOwn(first: i32, count: i32): bool {
  const all = rowCount();
  const end = min(all, 1 + first + count);
  for (let row = 1 + first; row < end; row++) markTree(row);
  return end < all;
}

/** Leaves in `STACK` the changes that the caller has to look at, if there are any. */
function markTree(row: i32): void {
  const own = wordOf(wordOf(row, BASE), OWN);
  const whats = addressOf(WHAT);
  const which = addressOf(OBJECT);
  clear(STACK, 0);
  for (let at = wordOf(row, CHANGES_FROM), end = wordOf(row, CHANGES_TO); at < end; at++) {
    const change = load<i32>(whats + (<usize>at << 2));
    const name = change >>> 3;
    const flags: u32 = name < nameCount ? load<u8>(names + <usize>name) : HELD;
    if ((change & 6) == FILE) {
      if (change & REMOVED) {
        // Most of what is gone had a name under which nothing that matters ever stood.
        if (own != 0 && flags & HELD) push(STACK, at);
        else if (flags & NAMED) push(STACK, at);
        continue;
      }
      const object = load<u32>(which + (<usize>at << 2));
      if (object < <u32>objectCount && load<u8>(objects + <usize>object)) {
        if (name < nameCount) store<u8>(names + <usize>name, <u8>(flags | HELD));
        push(STACK, at);
        continue;
      }
    }
    if (flags & NAMED) push(STACK, at);
  }
  setWord(row, OWN, lengthOf(STACK) > 0 ? ownMarks(row) : own);
  setWord(row, SUM, UNKNOWN);
}

/** Equal for trees in which the same things that matter stand at the same paths. */
export function sumOf(tree: i32): i32 {
  if (isTreeSound(tree)) sumRow(rowOf(tree));
  return knownSum(tree);
}

/** Makes the sum of a row. */
function sumRow(row: i32): void {
  if (wordOf(row, SUM) != UNKNOWN) return;
  clear(STACK, 0);
  push(STACK, row);
  while (lengthOf(STACK) > 0) {
    const top = pop(STACK);
    const sum = wordOf(top, SUM);
    if (sum == UNDER_WAY) setWord(top, SUM, total(top));
    if (sum != UNKNOWN) continue;
    setWord(top, SUM, UNDER_WAY);
    const waiting = lengthOf(STACK);
    push(STACK, top);
    waitForFolders(top);
    if (lengthOf(STACK) > waiting + 1) continue;
    pop(STACK);
    setWord(top, SUM, total(top));
  }
}

/** The sum of a tree that is known, or of which nothing can be. */
@inline function knownSum(tree: i32): i32 {
  const row = rowOf(tree);
  return row > 0 ? wordOf(row, SUM) : UNREADABLE - tree;
}

/** Puts the rows of folders whose sums are not known on `STACK`. Of a tree whose base's sum is known, it has to be one that the base has not. */
function waitForFolders(row: i32): void {
  const base = wordOf(row, BASE);
  if (base && wordOf(base, SUM) >= 0) {
    for (let at = wordOf(row, CHANGES_FROM), end = wordOf(row, CHANGES_TO); at < end; at++) {
      if ((get(WHAT, at) & (6 | REMOVED)) == FOLDER) waitFor(get(OBJECT, at));
    }
  } else {
    for (let at = wordOf(row, CHILDREN_FROM), end = wordOf(row, CHILDREN_TO); at < end; at += 2) waitFor(get(CHILDREN, at + 1));
  }
}

@inline function waitFor(tree: i32): void {
  if (!isTreeSound(tree)) return;
  const row = rowOf(tree);
  if (wordOf(row, SUM) == UNKNOWN) push(STACK, row);
}

/** What a tree holds itself and in its folders; of a tree in which no folder holds anything, only the first. */
function total(row: i32): i32 {
  const own = wordOf(row, OWN);
  const items = lengthOf(SUM_ITEMS);
  push(SUM_ITEMS, own);
  for (let at = wordOf(row, CHILDREN_FROM), end = wordOf(row, CHILDREN_TO); at < end; at += 2) {
    const child = get(CHILDREN, at + 1);
    const sum = knownSum(child);
    if (sum == UNMARKED) continue;
    push(SUM_ITEMS, get(CHILDREN, at));
    // A tree that holds itself cannot be; whoever made it look so learns nothing from it.
    push(SUM_ITEMS, sum == UNDER_WAY ? UNREADABLE - child : sum);
  }
  return numberOfSum(items, own);
}

/** Whether a commit holds nothing that matters, or the same as its first parent at the same paths. Sums stand in `PLACE`. */
export function isLikeParent(commit: i32): bool {
  const sum = get(PLACE, commit);
  if (sum == UNMARKED) return true;
  const row = get(COMMIT_ROW, commit);
  const first = parentsFrom(row);
  return first < get(PARENTS_TO, row - 1) && get(PLACE, get(PARENTS, first)) == sum;
}

/**
 * Marks so many commits, by number from `commits` on, and leaves in `FOUND` those that differ from their first parent or are set
 * in `SAID`. `PLACE` and `FOUND` must be clear.
 */
export function markCommits(commits: usize, count: i32): void {
  const end = commits + (<usize>count << 2);
  // In the order of rows, in which what is known of trees lies.
  for (let row = 1, rows = rowCount(); row < rows; row++) if (wordOf(row, REACHED)) sumRow(row);
  for (let at = commits; at < end; at += 4) {
    const commit = load<i32>(at);
    set(PLACE, commit, sumOf(get(COMMIT_TREE, get(COMMIT_ROW, commit) - 1)));
  }
  for (let at = commits; at < end; at += 4) {
    const commit = load<i32>(at);
    if (!isLikeParent(commit) || get(SAID, commit) == 1) push(FOUND, commit);
  }
}
