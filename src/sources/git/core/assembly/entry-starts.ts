// Where the entries of a tree begin, which can be told only from its beginning on: a list behind each tree that others build on. What
// a delta copied of it is then passed over, however many entries that are, and has a list without being looked at.

/**
 * Most bytes that the list of a tree takes: its length, the places, and the tree's length as the last of them. An entry has 21 bytes
 * at least, and lists are written a vector at a time.
 */
@inline export function startsBytes(treeLength: i32): usize {
  return (<usize>(treeLength / 5) & ~3) + 32;
}

/** The first place of a list. */
@inline export function firstStart(starts: usize): usize {
  return starts + 4;
}

/** Behind the last place, which is the tree's end. */
@inline export function endOfStarts(starts: usize): usize {
  return starts + 8 + (<usize>load<u32>(starts) << 2);
}

/** Adds a place at `slot`. @returns where the next one goes */
@inline export function addStart(slot: usize, place: usize): usize {
  store<u32>(slot, <u32>place);
  return slot + 4;
}

/** Adds those from `from` to `to` of another list, moved by so many bytes. @returns where the next one goes */
export function addStarts(slot: usize, from: usize, to: usize, moved: i32): usize {
  const by = i32x4.splat(moved);
  const next = slot + (to - from);
  for (; from < to; from += 16, slot += 16) v128.store(slot, i32x4.add(v128.load(from), by));
  return next;
}

/** Ends a list whose next place goes to `slot`. */
export function endStarts(starts: usize, slot: usize, treeLength: i32): void {
  store<u32>(slot, <u32>treeLength);
  store<u32>(starts, <u32>((slot - starts) >> 2) - 1);
}

/** The last of the places from `from` to `to` that is not behind `most`; `from` is not. */
export function lastStart(from: usize, to: usize, most: i32): usize {
  // Nobody could foresee which half it is in, so nothing branches on it.
  for (let left = <u32>(to - from) >> 2; left > 1;) {
    const half = left >> 1;
    const middle = from + (<usize>half << 2);
    from = select(middle, from, load<i32>(middle) <= most);
    left -= half;
  }
  return from;
}
