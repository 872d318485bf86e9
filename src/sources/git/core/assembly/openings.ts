// Openings of the objects of a family: where a far rule may begin and matches nothing, as the scan of the object noted. While a delta
// leaves alone what an opening's answer hangs on, it stays one; else its anchor is looked at again.
import { copiedBytes, copiedFrom, nextCopy, ranges, rangesAre, rewind } from "./delta";
import { addressOf, extend, lengthOf, OPENINGS, push, shorten, TOUCHED } from "./lists";

/**
 * In the room: how many the scan noted, and the address of the text that it notes them of; a number that no other text has, one that is
 * not used here, and bits of the rules that are mute in the text. Then of each opening, as here in the list, where that
 * begins that its answer hangs on, its anchor, and where that ends. The same stands in the engine's openings.ts.
 */
const TEXT: usize = 4, SERIAL: usize = 8, AWAY: usize = 16, FIRST: usize = 32;
const WORDS: i32 = 3;
/** Words in the list beyond which a family goes on as if nothing were known. */
const MOST_WORDS: i32 = 3 << 20;

let room: usize = 0;

/** Where the scan notes them: see `Matcher.noteOpenings`. */
export function openingsSetup(at: usize): void {
  room = at;
}

/** Has those of the object at `object` noted, which is about to be looked at. `away`: bits of the rules that were mute in its base. */
@inline export function noteOpeningsOf(object: usize, away: u32): void {
  if (!room) return;
  store<u32>(room, 0);
  store<u32>(room, <u32>object, TEXT);
  store<u32>(room, load<u32>(room, SERIAL) + 1, SERIAL);
  store<u32>(room, away, AWAY);
}

/** Bits of the rules that had matches in the object, and are mute since none of their keywords stands in it. */
@inline export function mutedIn(): u32 {
  return room ? load<u32>(room, AWAY) : 0;
}

/** The first opening from `from` on, of those before `end`, whose anchor is not before `at`; all are places in the list. */
function firstFrom(from: i32, end: i32, at: i32): i32 {
  const list = addressOf(OPENINGS);
  let low = from / WORDS, high = end / WORDS;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (anchorOf(list, middle) < at) low = middle + 1;
    else high = middle;
  }
  return low * WORDS;
}

/**
 * Adds to the list, where they stand now, those from `from` to `to` that the delta that was applied last leaves alone. The anchors of
 * the others are put into its ranges, unless they are gone. @returns false: they are too many
 */
export function carryOpenings(from: i32, to: i32, rangesAt: usize, mostRanges: i32, gap: i32): bool {
  shorten(TOUCHED, 0);
  let range = rangesAt;
  const last = rangesAt + (<usize>ranges() << 3);
  rewind();
  for (let at = nextCopy(); at >= 0; at = nextCopy()) {
    const base = copiedFrom, by = at - base, end = base + copiedBytes;
    for (let i = firstFrom(from, to, base); i < to; i += WORDS) {
      const opening = addressOf(OPENINGS) + (<usize>i << 2);
      const anchor = load<i32>(opening, 4);
      if (anchor >= end) break;
      const begin = load<i32>(opening) + by, stop = load<i32>(opening, 8) + by;
      while (range > rangesAt && load<i32>(range - 4) > begin) range -= 8;
      while (range < last && load<i32>(range, 4) <= begin) range += 8;
      if (range < last && load<i32>(range) < stop) push(TOUCHED, anchor + by);
      else {
        const carried = extend(OPENINGS, WORDS);
        store<i32>(carried, begin);
        store<i32>(carried, anchor + by, 4);
        store<i32>(carried, stop, 8);
      }
    }
    if (lengthOf(OPENINGS) > MOST_WORDS || lengthOf(TOUCHED) > MOST_WORDS) return false;
  }
  return lengthOf(TOUCHED) == 0 || addRanges(rangesAt, mostRanges, gap);
}

/** Merges the places of `TOUCHED`, a byte each, into the ranges. Both ascend. */
function addRanges(rangesAt: usize, mostRanges: i32, gap: i32): bool {
  const count = ranges(), more = lengthOf(TOUCHED);
  if (count + more > mostRanges) return false;
  // From the end on, so that nothing is overwritten that is still to be moved.
  let to = rangesAt + (<usize>(count + more) << 3), range = to - (<usize>more << 3);
  const touched = addressOf(TOUCHED);
  for (let i = more; i > 0;) {
    const place = load<i32>(touched + (<usize>(i - 1) << 2));
    to -= 8;
    if (range > rangesAt && load<i32>(range - 8) >= place) {
      range -= 8;
      store<u64>(to, load<u64>(range));
    } else {
      store<i32>(to, place);
      store<i32>(to, place + 1, 4);
      i--;
    }
  }
  rangesAre(joined(rangesAt, count + more, gap));
  return true;
}

/** Makes one of ranges that do not lie apart by more than `gap`. @returns how many are left */
function joined(rangesAt: usize, count: i32, gap: i32): i32 {
  let slot = rangesAt;
  for (let i = 1; i < count; i++) {
    const range = rangesAt + (<usize>i << 3);
    if (load<i32>(range) <= load<i32>(slot, 4) + gap) store<i32>(slot, max(load<i32>(slot, 4), load<i32>(range, 4)), 4);
    else {
      slot += 8;
      store<u64>(slot, load<u64>(range));
    }
  }
  return <i32>((slot - rangesAt) >> 3) + 1;
}

/**
 * Adds those that were noted of the object to those that were carried, which stand from `from` on.
 *
 * @returns false: they are too many
 */
export function keepOpenings(from: i32): bool {
  if (!room) return true;
  const noted = room + FIRST;
  sort(noted, <i32>load<u32>(room));
  const more = unique(noted, <i32>load<u32>(room)), carried = (lengthOf(OPENINGS) - from) / WORDS;
  if (lengthOf(OPENINGS) + more * WORDS > MOST_WORDS) return false;
  extend(OPENINGS, more * WORDS);
  const list = addressOf(OPENINGS) + (<usize>from << 2);
  // From the end on, so that nothing is overwritten that is still to be moved.
  for (let i = carried - 1, j = more - 1, to = i + j + 1; j >= 0; to--) {
    if (i >= 0 && anchorOf(list, i) > anchorOf(noted, j)) copy(list, to, list, i--);
    else copy(list, to, noted, j--);
  }
  shorten(OPENINGS, from + unique(list, carried + more) * WORDS);
  return true;
}

@inline function anchorOf(list: usize, index: i32): i32 {
  return load<i32>(list + <usize>(index * WORDS << 2), 4);
}

@inline function copy(list: usize, to: i32, source: usize, from: i32): void {
  const at = list + <usize>(to * WORDS << 2), opening = source + <usize>(from * WORDS << 2);
  const begin = load<i32>(opening), anchor = load<i32>(opening, 4), end = load<i32>(opening, 8);
  store<i32>(at, begin);
  store<i32>(at, anchor, 4);
  store<i32>(at, end, 8);
}

/** By anchor. They are a few ascending lists in a row, which shell sort takes in few steps. */
function sort(list: usize, count: i32): void {
  let gap = 1;
  while (gap < count / 3) gap = 3 * gap + 1;
  for (; gap > 0; gap /= 3) {
    for (let i = gap; i < count; i++) {
      const from = list + <usize>(i * WORDS << 2);
      const begin = load<i32>(from), anchor = load<i32>(from, 4), end = load<i32>(from, 8);
      let j = i;
      for (; j >= gap && anchorOf(list, j - gap) > anchor; j -= gap) copy(list, j, list, j - gap);
      const to = list + <usize>(j * WORDS << 2);
      store<i32>(to, begin);
      store<i32>(to, anchor, 4);
      store<i32>(to, end, 8);
    }
  }
}

/** Makes one of those with the same anchor, of openings in order. @returns how many are left */
function unique(list: usize, count: i32): i32 {
  if (count == 0) return 0;
  let last = 0;
  for (let i = 1; i < count; i++) {
    if (anchorOf(list, i) != anchorOf(list, last)) {
      if (++last < i) copy(list, last, list, i);
      continue;
    }
    const at = list + <usize>(last * WORDS << 2), other = list + <usize>(i * WORDS << 2);
    store<i32>(at, min(load<i32>(at), load<i32>(other)));
    store<i32>(at, max(load<i32>(at, 8), load<i32>(other, 8)), 8);
  }
  return last + 1;
}

/** Moves the last of the list, from `from` on, to `to`: what stood there is needed no more. */
export function moveOpenings(from: i32, to: i32): void {
  if (from == to) return;
  const length = lengthOf(OPENINGS);
  const list = addressOf(OPENINGS);
  memory.copy(list + (<usize>to << 2), list + (<usize>from << 2), <usize>(length - from) << 2);
  shorten(OPENINGS, to + length - from);
}
