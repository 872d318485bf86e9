// How much work families of deltas are, and pieces of about the same work, so that threads can share it.
import { clear, FOUND, FRAMES, lengthOf, pop, push } from "./lists";
import { child, NONE, sibling, sizeOf } from "./pack-columns";

/** For every object, whatever its size. In nanoseconds or so, as all of these. */
const EACH: f64 = 2000;
/** For a byte that is inflated and matched, and for one of a delta, which brings more than itself. */
const BYTE: f64 = 3;
const DELTA_BYTE: f64 = 5;
/** For a byte that is copied from a base. */
const COPIED_BYTE: f64 = 0.0625;

/** Estimates `count` families, whose first are the ranks at `roots`: a double each, at `costs`. `FRAMES` must be clear. Gives the sum. */
export function workOf(roots: usize, count: i32, costs: usize): f64 {
  let all: f64 = 0;
  for (let i = 0; i < count; i++) {
    const root = load<i32>(roots + (<usize>i << 2));
    const size = sizeOf(root);
    let cost = BYTE * size + EACH;
    push(FRAMES, root);
    while (lengthOf(FRAMES) > 0) {
      for (let entry = child(pop(FRAMES)); entry != NONE; entry = sibling(entry)) {
        cost += DELTA_BYTE * sizeOf(entry) + COPIED_BYTE * size + EACH;
        push(FRAMES, entry);
      }
    }
    store<f64>(costs + (<usize>i << 3), cost);
    all += cost;
  }
  return all;
}

@inline function costAt(costs: usize, i: i32): f64 {
  return load<f64>(costs + (<usize>i << 3));
}

/** Leaves in `FOUND` which of them are pieces by themselves: those that cost `most` or more. */
export function noteLarge(costs: usize, count: i32, most: f64): void {
  clear(FOUND, 0);
  for (let i = 0; i < count; i++) if (costAt(costs, i) >= most) push(FOUND, i);
}

/**
 * Puts the others together, in their order, until they cost as much.
 *
 * @param ordered where the roots are put, piece by piece; `ends`: where it is put at which of them each piece ends, counted from `first`.
 * @returns how many pieces there are.
 */
export function cutPieces(roots: usize, costs: usize, count: i32, most: f64, ordered: usize, ends: usize, first: i32): i32 {
  let placed = 0, pieces = 0, isOpen = false;
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) {
    const cost = costAt(costs, i);
    if (cost >= most) continue;
    store<i32>(ordered + (<usize>(placed++) << 2), load<i32>(roots + (<usize>i << 2)));
    sum += cost;
    isOpen = sum < most;
    if (isOpen) continue;
    store<i32>(ends + (<usize>(pieces++) << 2), first + placed);
    sum = 0;
  }
  if (isOpen) store<i32>(ends + (<usize>(pieces++) << 2), first + placed);
  return pieces;
}
