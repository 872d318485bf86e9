// Which trees hold something that matters, at whatever depth: see trees/tree-marks.ts, which is asked about the few that do.
import { ownMarks } from "./caller";
import { parentsFrom } from "./commits";
import {
  addressOf,
  CHANGES_FROM,
  CHANGES_TO,
  CHILD_NAME,
  CHILD_OBJECT,
  CHILDREN_FROM,
  CHILDREN_TO,
  clear,
  COMMIT_ROW,
  COMMIT_TREE,
  FOUND,
  get,
  lengthOf,
  OBJECT,
  OWN,
  PARENTS,
  PARENTS_TO,
  PLACE,
  pop,
  push,
  SAID,
  set,
  STACK,
  SUM,
  SUM_ITEMS,
  TREE_BASE,
  TREES_READ,
  WHAT,
} from "./lists";
import { clearSums, numberOfSum } from "./sums";
import { isTreeSound } from "./tree-families";
import { FILE, REMOVED } from "./tree-numbers";

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
  const all = lengthOf(TREES_READ);
  const end = min(all, first + count);
  for (let i = first; i < end; i++) markTree(get(TREES_READ, i));
  return end < all;
}

/** Leaves in `STACK` the changes that the caller has to look at, if there are any. */
function markTree(tree: i32): void {
  const base = get(TREE_BASE, tree);
  const own = base < 0 ? 0 : get(OWN, base);
  const whats = addressOf(WHAT);
  const which = addressOf(OBJECT);
  clear(STACK, 0);
  for (let at = get(CHANGES_FROM, tree), end = get(CHANGES_TO, tree); at < end; at++) {
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
  set(OWN, tree, lengthOf(STACK) > 0 ? ownMarks(tree) : own);
}

/** Equal for trees in which the same things that matter stand at the same paths. */
export function sumOf(tree: i32): i32 {
  let sum = get(SUM, tree);
  if (sum >= 0 || sum <= UNREADABLE) return sum;
  clear(STACK, 0);
  push(STACK, tree);
  while (lengthOf(STACK) > 0) {
    const top = pop(STACK);
    sum = get(SUM, top);
    if (sum == UNDER_WAY) {
      set(SUM, top, total(top));
      continue;
    }
    if (sum != UNKNOWN) continue;
    if (!isTreeSound(top)) {
      set(SUM, top, UNREADABLE - top);
      continue;
    }
    set(SUM, top, UNDER_WAY);
    const waiting = lengthOf(STACK);
    push(STACK, top);
    for (let at = get(CHILDREN_FROM, top), end = get(CHILDREN_TO, top); at < end; at++) {
      const child = get(CHILD_OBJECT, at);
      if (get(SUM, child) == UNKNOWN) push(STACK, child);
    }
    if (lengthOf(STACK) > waiting + 1) continue;
    pop(STACK);
    set(SUM, top, total(top));
  }
  return get(SUM, tree);
}

/** What a tree holds itself and in its folders; of a tree in which no folder holds anything, only the first. */
function total(tree: i32): i32 {
  const own = get(OWN, tree);
  const items = lengthOf(SUM_ITEMS);
  push(SUM_ITEMS, own);
  for (let at = get(CHILDREN_FROM, tree), end = get(CHILDREN_TO, tree); at < end; at++) {
    const child = get(CHILD_OBJECT, at);
    const sum = get(SUM, child);
    if (sum == UNMARKED) continue;
    push(SUM_ITEMS, get(CHILD_NAME, at));
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
  for (let at = commits; at < end; at += 4) {
    const commit = load<i32>(at);
    set(PLACE, commit, sumOf(get(COMMIT_TREE, get(COMMIT_ROW, commit) - 1)));
  }
  for (let at = commits; at < end; at += 4) {
    const commit = load<i32>(at);
    if (!isLikeParent(commit) || get(SAID, commit) == 1) push(FOUND, commit);
  }
}
