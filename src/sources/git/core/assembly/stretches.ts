// Which stretches of a pack's file have to be read for some of its families, and where each entry's stream then lies. Entries
// of a family lie scattered over the pack.
import { FRAMES, lengthOf, pop, push } from "./lists";
import {
  child,
  endOf,
  entries,
  entryBytes,
  isNeeded,
  NONE,
  setSource,
  sibling,
  startOf,
  typeOf,
} from "./pack-columns";

/** Read at once, at the most, where entries are small: what the processor's caches hold. */
const MOST_BYTES: f64 = <f64>(1 << 20);
/** To read so many bytes takes about as long as to ask for them. */
const FAR_BYTES: f64 = <f64>(1 << 15);

/** Of each entry a byte: whether it is to be read. All are zero when nothing is left to be read. */
let marks: usize = 0;
/** The first entry that is marked, and what follows the last. */
let lowest: i32 = 0;
let highest: i32 = 0;
/** The stretch: its first entry, and what follows its last. */
let first: i32 = 0;
let behind: i32 = 0;

/** Begins: at `marksAt` is room for a byte an entry of the pack. */
export function gatherSetup(marksAt: usize): void {
  marks = marksAt;
  memory.fill(marks, 0, <usize>entries);
  lowest = entries;
  highest = 0;
  behind = 0;
}

/**
 * Marks families to be read, as many as `room` bytes hold: `count` words from `roots` on are the ranks of their first. Gives how many
 * were gone through; 0 when there is no room for the first one.
 */
export function gatherFamilies(roots: usize, count: i32, room: f64): i32 {
  let done = 0;
  for (; done < count; done++) {
    const root = load<i32>(roots + (<usize>done << 2));
    if (!isNeeded(root)) continue;
    const bytes = markFamily(root, 1);
    room -= bytes;
    if (room >= 0) continue;
    markFamily(root, 0);
    break;
  }
  return done;
}

@inline function markEntry(rank: i32, mark: u8): void {
  store<u8>(marks + <usize>rank, mark);
  lowest = min(lowest, rank);
  highest = max(highest, rank + 1);
}

/** Marks what is needed of a family. Gives its bytes. */
function markFamily(root: i32, mark: u8): f64 {
  let bytes: f64 = 0;
  push(FRAMES, root);
  while (lengthOf(FRAMES) > 0) {
    const rank = pop(FRAMES);
    markEntry(rank, mark);
    bytes += entryBytes(rank);
    for (let entry = child(rank); entry != NONE; entry = sibling(entry)) if (isNeeded(entry)) push(FRAMES, entry);
  }
  return bytes;
}

/** Marks all objects of one type to be read. Gives their bytes. */
export function gatherType(type: i32): f64 {
  let bytes: f64 = 0;
  for (let rank = 0; rank < entries; rank++) {
    if (typeOf(rank) != type) continue;
    markEntry(rank, 1);
    bytes += entryBytes(rank);
  }
  return bytes;
}

@inline function isMarked(rank: i32): bool {
  return load<u8>(marks + <usize>rank) != 0;
}

/** How long the next stretch is: neighbours, but not what lies between those that are far apart. 0: there is none. */
export function nextStretch(): i32 {
  first = max(behind, lowest);
  while (first < highest && !isMarked(first)) first++;
  if (first >= highest) return 0;
  const from = startOf(first);
  let to = endOf(first);
  behind = first + 1;
  for (let rank = behind; rank < highest && endOf(rank) - from <= MOST_BYTES && startOf(rank) - to <= FAR_BYTES; rank++) {
    if (!isMarked(rank)) continue;
    to = endOf(rank);
    behind = rank + 1;
  }
  return <i32>(to - from);
}

/** Where it begins in the file. */
export function stretchFrom(): f64 {
  return startOf(first);
}

/** The stretch was read to `address`: what was not asked for goes out of it. Gives the address behind what was. */
export function takeStretch(address: usize): usize {
  const from = startOf(first);
  let to = address;
  for (let rank = first; rank < behind; rank++) {
    const begin = startOf(rank);
    const row = rank;
    for (; rank < behind && isMarked(rank); rank++) {
      setSource(rank, to + <usize>(startOf(rank) - begin));
      store<u8>(marks + <usize>rank, 0);
    }
    if (rank == row) continue;
    const bytes = <usize>(endOf(rank - 1) - begin);
    const at = address + <usize>(begin - from);
    if (at != to) memory.copy(to, at, bytes);
    to += bytes;
  }
  return to;
}
