// Makes the table of a pack: its entries in the order in which they lie, and what the header of each one says. The columns are
// those of pack-columns.ts, and hold what is needed on the way until they are filled.
import { nameOfBase } from "./caller";
import { clear, FOUND, get, lengthOf, push, STACK } from "./lists";
import { bases, entries, firstChildren, heads, names, nextSiblings, NONE, offsets, packColumns, sizes, types } from "./pack-columns";

const COMMIT: u32 = 1;
const TAG: u32 = 4;
const OFS_DELTA: u32 = 6;
const REF_DELTA: u32 = 7;

/** Why an entry cannot be read, as objects/pack-table.ts counts; of an unknown type this one and the type. */
const OUTSIDE: i32 = 1;
const NO_BASE: i32 = 2;
const IN_HEADER: i32 = 3;
const NOWHERE: i32 = 4;
const UNKNOWN_TYPE: i32 = 8;

/** Bits of an offset that one pass of the sort looks at, and the bytes in which it counts. */
const DIGIT: u32 = 11;
export const COUNTERS_BYTES: usize = 8192;

const LONGEST_HEAD: f64 = 64;
/** Headers are read so many bytes at a time at the most: as much as stays in the processor's caches. */
const MOST_BYTES: f64 = <f64>(1 << 20);
/** To read so many bytes takes about as long as to ask for others. */
const FAR_BYTES: f64 = <f64>(1 << 14);

let ranks: usize = 0;
let idBytes: i32 = 0;
let counters: usize = 0;
/** Whether a delta's kind may hang on entries behind it. */
let isOpen: bool = false;
let isBroken: bool = false;

/** Begins the table of a pack: see `packColumns`. Behind the columns, at a multiple of four, are `ranks`; then room to count. */
export function beginTable(at: usize, count: i32, bytesOfId: i32): void {
  packColumns(at, count, 0, 0);
  ranks = (types + <usize>count + 3) & ~3;
  counters = ranks + (<usize>count << 2);
  idBytes = bytesOfId;
  isOpen = false;
  isBroken = false;
}

/**
 * Orders the entries by where they lie; of equal ones the lower name comes first. Places behind the end count as the end.
 *
 * @param small the index's words of offsets, big endian, in the order of ids; `large` its `largeCount` double words.
 * @returns false: it names an offset that it has not.
 */
export function orderEntries(small: usize, large: usize, largeCount: u32, end: f64): bool {
  const last = <u64>end;
  const passes = (<u32>(64 - clz(last)) + DIGIT - 1) / DIGIT;
  // The sort goes to and fro between two pairs of columns, and ends in the first.
  let isThere = (passes & 1) == 0;
  let keys = isThere ? offsets : sizes;
  let ids = isThere ? names : firstChildren;
  for (let i = 0; i < entries; i++) {
    const word = bswap(load<u32>(small + (<usize>i << 2)));
    let key = <u64>word;
    if (word >> 31) {
      const which = word & 0x7fffffff;
      if (which >= largeCount) return false;
      key = bswap(load<u64>(large + (<usize>which << 3)));
    }
    store<u64>(keys + (<usize>i << 3), min(key, last));
    store<i32>(ids + (<usize>i << 2), i);
  }
  for (let pass: u32 = 0; pass < passes; pass++) {
    isThere = !isThere;
    const toKeys = isThere ? offsets : sizes;
    const toIds = isThere ? names : firstChildren;
    sortBy(pass * DIGIT, keys, ids, toKeys, toIds);
    keys = toKeys;
    ids = toIds;
  }
  for (let rank = 0; rank < entries; rank++) {
    const at = offsets + (<usize>rank << 3);
    store<f64>(at, <f64>load<u64>(at));
    store<i32>(ranks + (<usize>load<u32>(names + (<usize>rank << 2)) << 2), rank);
  }
  store<f64>(offsets + (<usize>entries << 3), end);
  memory.fill(sizes, 0, <usize>entries << 3);
  memory.fill(firstChildren, 0, <usize>entries << 2);
  memory.fill(bases, 0xff, <usize>entries << 2);
  memory.fill(heads, 0, <usize>entries);
  memory.fill(types, 0, <usize>entries);
  return true;
}

/** One pass of a radix sort, which keeps the order of equal digits. */
function sortBy(shift: u32, keys: usize, ids: usize, toKeys: usize, toIds: usize): void {
  memory.fill(counters, 0, COUNTERS_BYTES);
  for (let i = 0; i < entries; i++) {
    const counter = counterOf(load<u64>(keys + (<usize>i << 3)), shift);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  let sum: u32 = 0;
  for (let counter = counters, end = counters + COUNTERS_BYTES; counter < end; counter += 4) {
    const count = load<u32>(counter);
    store<u32>(counter, sum);
    sum += count;
  }
  for (let i = 0; i < entries; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    const counter = counterOf(key, shift);
    const to = <usize>load<u32>(counter);
    store<u32>(counter, <u32>to + 1);
    store<u64>(toKeys + (to << 3), key);
    store<i32>(toIds + (to << 2), load<i32>(ids + (<usize>i << 2)));
  }
}

@inline function counterOf(key: u64, shift: u32): usize {
  return counters + (<usize>(key >> shift) & 2047) * 4;
}

@inline function offsetAt(rank: i32): f64 {
  return load<f64>(offsets + (<usize>rank << 3));
}

@inline function breakEntry(rank: i32, why: i32): void {
  // Children are entered when all headers are read.
  store<i32>(firstChildren + (<usize>rank << 2), why);
  isBroken = true;
}

@inline function isSound(rank: i32): bool {
  return load<i32>(firstChildren + (<usize>rank << 2)) == 0;
}

@inline function byteAt(at: usize, end: usize): u32 {
  return at < end ? load<u8>(at) : 0;
}

/** How many bytes to read for the headers of entries from `rank` on: up to where the next entry is far. */
export function bytesOfHeads(rank: i32): i32 {
  const from = offsetAt(rank);
  let last = from;
  while (++rank < entries) {
    const place = offsetAt(rank);
    if (place - last > FAR_BYTES || place + LONGEST_HEAD - from > MOST_BYTES) break;
    last = place;
  }
  return <i32>(last + LONGEST_HEAD - from);
}

/**
 * Reads the headers of entries from `rank` on.
 *
 * @param at where there are `length` bytes of the pack, from `from` on; what is not there counts as zeros.
 * @returns the entry for whose header there may be more bytes; the number of entries: all are read.
 */
export function readHeads(rank: i32, at: usize, from: f64, length: i32): i32 {
  const end = offsetAt(entries);
  const until = at + <usize>length;
  const reaches = from + <f64>length;
  for (const first = rank; rank < entries; rank++) {
    const place = offsetAt(rank);
    if (place < 12 || place >= end || (rank > 0 && place == offsetAt(rank - 1))) {
      breakEntry(rank, OUTSIDE);
      continue;
    }
    if (place + LONGEST_HEAD > reaches && reaches < end && rank > first) break;
    // Who reads a file that was cut short may have been given nothing.
    const inside = place - from;
    readHead(rank, place, inside < <f64>length ? at + <usize>inside : until, until);
  }
  return rank;
}

function readHead(rank: i32, place: f64, start: usize, until: usize): void {
  let at = start;
  let byte = byteAt(at++, until);
  const kind = (byte >> 4) & 7;
  let size = <f64>(byte & 15);
  for (let scale: f64 = 16; byte & 128 && scale < 1125899906842624; scale *= 128) {
    byte = byteAt(at++, until);
    size += <f64>(byte & 127) * scale;
  }
  store<f64>(sizes + (<usize>rank << 3), size);
  if (kind == OFS_DELTA) {
    byte = byteAt(at++, until);
    let distance = <f64>(byte & 127);
    for (let n = 0; byte & 128 && n < 8; n++) {
      byte = byteAt(at++, until);
      distance = (distance + 1) * 128 + <f64>(byte & 127);
    }
    const base = entryAt(place - distance, rank);
    if (base == NONE) breakEntry(rank, NO_BASE);
    else {
      store<i32>(bases + (<usize>rank << 2), base);
      store<u8>(types + <usize>rank, load<u8>(types + <usize>base));
    }
  } else if (kind == REF_DELTA) {
    const name = at + <usize>idBytes > until ? NONE : nameOfBase(at);
    at += <usize>idBytes;
    if (name < 0) breakEntry(rank, NO_BASE);
    else {
      store<i32>(bases + (<usize>rank << 2), load<i32>(ranks + (<usize>name << 2)));
      isOpen = true;
    }
  } else if (kind >= COMMIT && kind <= TAG) store<u8>(types + <usize>rank, <u8>kind);
  else breakEntry(rank, UNKNOWN_TYPE + <i32>kind);
  store<u8>(heads + <usize>rank, <u8>(at - start));
  if (<f64>(at - start) > offsetAt(rank + 1) - place) {
    breakEntry(rank, IN_HEADER);
    store<i32>(bases + (<usize>rank << 2), NONE);
    store<u8>(types + <usize>rank, 0);
  }
}

/** The entry that starts at `place`, among those before `high`; NONE: none does. Bases are near as a rule. */
function entryAt(place: f64, high: i32): i32 {
  let low = high;
  for (let step = 1; low > 0 && offsetAt(low) >= place; step <<= 1) low = max(0, low - step);
  let top = high;
  while (low < top) {
    const middle = (low + top) >>> 1;
    if (offsetAt(middle) < place) low = middle + 1;
    else top = middle;
  }
  return low < high && offsetAt(low) == place ? low : NONE;
}

/** Ends the table. Leaves in `FOUND` the entries that cannot be read, each with why. */
export function endTable(): void {
  clear(FOUND, 0);
  if (isOpen || isBroken) resolveTypes();
  if (isBroken) {
    for (let rank = 0; rank < entries; rank++) {
      if (isSound(rank)) continue;
      push(FOUND, rank);
      push(FOUND, load<i32>(firstChildren + (<usize>rank << 2)));
    }
  }
  memory.fill(firstChildren, 0xff, <usize>entries << 2);
  memory.fill(nextSiblings, 0xff, <usize>entries << 2);
  // The last one comes first: who puts them on a stack goes to them in the order in which they lie.
  for (let rank = 0; rank < entries; rank++) {
    const base = load<i32>(bases + (<usize>rank << 2));
    if (base == NONE) continue;
    const first = firstChildren + (<usize>base << 2);
    store<i32>(nextSiblings + (<usize>rank << 2), load<i32>(first));
    store<i32>(first, rank);
  }
}

/** Follows deltas whose bases may lie behind them, or are broken, to the kind of object at the end. */
function resolveTypes(): void {
  for (let rank = 0; rank < entries; rank++) {
    clear(STACK, 0);
    let at = rank;
    // A link that is known to lead nowhere is not followed again: long chains would be walked for each of their links.
    while (load<u8>(types + <usize>at) == 0 && isSound(at) && lengthOf(STACK) <= entries) {
      const base = load<i32>(bases + (<usize>at << 2));
      if (base == NONE) break;
      push(STACK, at);
      at = base;
    }
    const kind = load<u8>(types + <usize>at);
    const length = lengthOf(STACK);
    for (let i = 0; i < length; i++) {
      const link = get(STACK, i);
      store<u8>(types + <usize>link, kind);
      if (kind != 0) continue;
      if (isSound(link)) breakEntry(link, NOWHERE);
      // A ring: belongs to no family.
      if (length > entries) store<i32>(bases + (<usize>link << 2), NONE);
    }
  }
}
