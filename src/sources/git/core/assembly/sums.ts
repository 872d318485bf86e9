// Numbers for lists of numbers: equal lists have the same, others another.
import { clear, get, lengthOf, push, set, shorten, SUM_ENDS, SUM_ITEMS, SUM_SLOTS } from "./lists";
import { seed } from "./tree-numbers";

/** The first number: the caller has lists of its own, and gives them lower ones. */
const FIRST: i32 = 1 << 30;

export function clearSums(): void {
  clear(SUM_ITEMS, 0);
  clear(SUM_ENDS, 0);
  clear(SUM_SLOTS, 1024);
}

@inline function startOf(list: i32): i32 {
  return list == 0 ? 0 : get(SUM_ENDS, list - 1);
}

function hash(from: i32, to: i32): u32 {
  let sum = <u64>(to - from);
  for (let at = from; at < to; at++) {
    sum = (sum ^ <u64>(<u32>get(SUM_ITEMS, at))) * seed;
    sum ^= sum >> 32;
  }
  return <u32>sum;
}

function isEqual(list: i32, from: i32): bool {
  const start = startOf(list);
  const length = lengthOf(SUM_ITEMS) - from;
  if (get(SUM_ENDS, list) - start != length) return false;
  for (let at = 0; at < length; at++) if (get(SUM_ITEMS, start + at) != get(SUM_ITEMS, from + at)) return false;
  return true;
}

/** The number of the list that was put at the end of `SUM_ITEMS`, from `from` on; of one with one item, `alone`. */
export function numberOfSum(from: i32, alone: i32): i32 {
  if (lengthOf(SUM_ITEMS) - from == 1) {
    shorten(SUM_ITEMS, from);
    return alone;
  }
  const mask = lengthOf(SUM_SLOTS) - 1;
  let slot = hash(from, lengthOf(SUM_ITEMS)) & mask;
  for (; get(SUM_SLOTS, slot) > 0; slot = (slot + 1) & mask) {
    const list = get(SUM_SLOTS, slot) - 1;
    if (!isEqual(list, from)) continue;
    shorten(SUM_ITEMS, from);
    return FIRST + list;
  }
  push(SUM_ENDS, lengthOf(SUM_ITEMS));
  const count = lengthOf(SUM_ENDS);
  set(SUM_SLOTS, slot, count);
  if (2 * count > mask) spread(2 * (mask + 1));
  return FIRST + count - 1;
}

function spread(places: i32): void {
  clear(SUM_SLOTS, places);
  const mask = places - 1;
  for (let list = 0, count = lengthOf(SUM_ENDS); list < count; list++) {
    let slot = hash(startOf(list), get(SUM_ENDS, list)) & mask;
    while (get(SUM_SLOTS, slot) > 0) slot = (slot + 1) & mask;
    set(SUM_SLOTS, slot, list + 1);
  }
}
