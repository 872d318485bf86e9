// Which trees hold something that matters, at whatever depth: see trees/tree-marks.ts, which is asked about the few that do.
import { ownMarks, sumOfMarks } from "./caller";
import { parentsFrom } from "./commits";
import {
  CHANGES_FROM,
  CHANGES_TO,
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
  TREE_BASE,
  TREES_READ,
  WHAT,
} from "./lists";
import { isTreeSound } from "./tree-families";
import { FILE, REMOVED } from "./tree-numbers";

/** Nothing that matters is below. */
const UNMARKED: i32 = 0;
const UNKNOWN: i32 = -1;
const UNDER_WAY: i32 = -2;
/** Below these are the numbers of trees of which nothing is known: each differs from all others. */
const UNREADABLE: i32 = -3;

/**
 * Finds what each tree that was read holds itself of what matters.
 *
 * @param objects 1 for each object that matters, by number; those behind `objectCount` do not. `names` likewise.
 */
export function markOwn(objects: usize, objectCount: i32, names: usize, nameCount: i32): void {
  for (let i = 0, count = lengthOf(TREES_READ); i < count; i++) markTree(get(TREES_READ, i), objects, objectCount, names, nameCount);
}

@inline function marks(column: usize, count: i32, number: i32): bool {
  return <u32>number < <u32>count && load<u8>(column + <usize>number) == 1;
}

function markTree(tree: i32, objects: usize, objectCount: i32, names: usize, nameCount: i32): void {
  const base = get(TREE_BASE, tree);
  const own = base < 0 ? 0 : get(OWN, base);
  for (let at = get(CHANGES_FROM, tree), end = get(CHANGES_TO, tree); at < end; at++) {
    const change = get(WHAT, at);
    let matters = marks(names, nameCount, change >>> 3);
    // What is gone was marked only where anything is.
    if (!matters && (change & 6) == FILE)
      matters = change & REMOVED ? own != 0 : marks(objects, objectCount, get(OBJECT, at));
    if (matters) return set(OWN, tree, ownMarks(tree));
  }
  set(OWN, tree, own);
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

function total(tree: i32): i32 {
  for (let at = get(CHILDREN_FROM, tree), end = get(CHILDREN_TO, tree); at < end; at++) {
    if (get(SUM, get(CHILD_OBJECT, at)) != UNMARKED) return sumOfMarks(tree);
  }
  return get(OWN, tree);
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
