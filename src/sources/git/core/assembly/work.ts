// How much work families of deltas are, so that threads can share it.
import { FRAMES, lengthOf, pop, push } from "./lists";
import { child, NONE, sibling, sizeOf } from "./pack-columns";

/** For every object, whatever its size. In nanoseconds or so, as all of these. */
const EACH: f64 = 2000;
/** For a byte that is inflated and matched, and for one of a delta, which brings more than itself. */
const BYTE: f64 = 3;
const DELTA_BYTE: f64 = 5;
/** For a byte that is copied from a base. */
const COPIED_BYTE: f64 = 0.0625;

/** Estimates `count` families, whose first are the ranks at `roots`: a double each, at `costs`. `FRAMES` must be clear. */
export function workOf(roots: usize, count: i32, costs: usize): void {
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
  }
}
