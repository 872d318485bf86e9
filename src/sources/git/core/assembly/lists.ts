// Lists of 32-bit numbers that grow, kept outside of this module's memory management: the caller gives them room. They hold
// what is known of commits and trees, so that the loops over all of a history run here: JavaScript that loops over a few ten
// thousand items costs as much to optimise as to run.
import { room } from "./caller";

/** Which list: the numbers are `LISTS` in git-core.ts. */
export const COMMIT_ROW: i32 = 0;
export const COMMIT_TREE: i32 = 1;
/** Two words each. */
export const COMMIT_TIME: i32 = 2;
export const PARENTS_TO: i32 = 3;
export const PARENTS: i32 = 4;
export const STACK: i32 = 5;
export const SEEN: i32 = 6;
export const FOUND: i32 = 7;
export const PLACE: i32 = 8;
export const WAITING: i32 = 9;
export const FIRST_EDGE: i32 = 10;
export const NEXT_EDGE: i32 = 11;
export const EDGE_TO: i32 = 12;
export const HEAP: i32 = 13;
export const TREE_ROW: i32 = 14;
export const TREES: i32 = 15;
export const WHAT: i32 = 16;
export const OBJECT: i32 = 17;
/** Two words each. */
export const CHILDREN: i32 = 18;
export const SAID: i32 = 19;
export const FRAMES: i32 = 20;
export const SUM_ITEMS: i32 = 21;
export const SUM_ENDS: i32 = 22;
export const SUM_SLOTS: i32 = 23;
export const OPENINGS: i32 = 24;
export const TOUCHED: i32 = 25;
const LISTS: i32 = 26;

/** Of each list: where it lies, how long it is, and for how many numbers there is room. */
let heads: usize = 0;

/** Makes all lists empty; their heads take 416 bytes at `at`. */
export function listsSetup(at: usize): void {
  heads = at;
  memory.fill(at, 0, LISTS << 4);
}

@inline function head(list: i32): usize {
  return heads + (<usize>list << 4);
}

@inline export function addressOf(list: i32): usize {
  return load<u32>(head(list));
}

@inline export function lengthOf(list: i32): i32 {
  return load<i32>(head(list), 4);
}

/** Where a list lies, and how long it is, for the caller. */
export function listAddress(list: i32): usize {
  return addressOf(list);
}

export function listLength(list: i32): i32 {
  return lengthOf(list);
}

function grow(list: i32, least: i32): void {
  let most: u32 = max(1024, load<u32>(head(list), 8));
  while (most < <u32>least) most <<= 1;
  const address = room(list, most << 2);
  const length = lengthOf(list);
  memory.copy(address, addressOf(list), <usize>length << 2);
  store<u32>(head(list), <u32>address);
  store<u32>(head(list), most, 8);
}

/** Makes a list so long at least. */
export function widen(list: i32, length: i32): void {
  const before = lengthOf(list);
  if (length <= before) return;
  if (length > load<i32>(head(list), 8)) grow(list, length);
  memory.fill(addressOf(list) + (<usize>before << 2), 0, <usize>(length - before) << 2);
  store<i32>(head(list), length, 4);
}

/** Gives a list room for so many items. Memory that is never touched costs nothing; to grow leaves the smaller lists behind. */
export function makeRoom(list: i32, items: i32): void {
  if (items > load<i32>(head(list), 8)) grow(list, items);
}

/** Makes a list hold so many blanks and nothing else. */
export function clear(list: i32, length: i32): void {
  store<i32>(head(list), 0, 4);
  widen(list, length);
}

@inline export function get(list: i32, index: i32): i32 {
  if (<u32>index >= <u32>lengthOf(list)) return 0;
  return load<i32>(addressOf(list) + (<usize>index << 2));
}

@inline export function set(list: i32, index: i32, item: i32): void {
  if (index >= lengthOf(list)) widen(list, index + 1);
  store<i32>(addressOf(list) + (<usize>index << 2), item);
}

@inline export function push(list: i32, item: i32): void {
  const length = lengthOf(list);
  if (length == load<i32>(head(list), 8)) grow(list, length + 1);
  store<i32>(addressOf(list) + (<usize>length << 2), item);
  store<i32>(head(list), length + 1, 4);
}

/** Takes the last item; there must be one. */
@inline export function pop(list: i32): i32 {
  const length = lengthOf(list) - 1;
  store<i32>(head(list), length, 4);
  return load<i32>(addressOf(list) + (<usize>length << 2));
}

/** Adds so many items, which the caller sets. @returns where they are */
@inline export function extend(list: i32, items: i32): usize {
  const length = lengthOf(list);
  if (length + items > load<i32>(head(list), 8)) grow(list, length + items);
  store<i32>(head(list), length + items, 4);
  return addressOf(list) + (<usize>length << 2);
}

/** Takes the last items; there must be as many. @returns where they are, until others are added */
@inline export function take(list: i32, items: i32): usize {
  const length = lengthOf(list) - items;
  store<i32>(head(list), length, 4);
  return addressOf(list) + (<usize>length << 2);
}

/** Drops what stands from `length` on; the list must be as long. */
@inline export function shorten(list: i32, length: i32): void {
  store<i32>(head(list), length, 4);
}

/** Adds once more what stands from `from` to `to`. */
export function repeat(list: i32, from: i32, to: i32): void {
  const length = lengthOf(list);
  const after = length + to - from;
  if (after > load<i32>(head(list), 8)) grow(list, after);
  const address = addressOf(list);
  memory.copy(address + (<usize>length << 2), address + (<usize>from << 2), <usize>(to - from) << 2);
  store<i32>(head(list), after, 4);
}

/** Puts two words before those at `index`. */
export function insertPair(list: i32, index: i32, first: i32, second: i32): void {
  const last = lengthOf(list);
  extend(list, 2);
  const at = addressOf(list) + (<usize>index << 2);
  memory.copy(at + 8, at, <usize>(last - index) << 2);
  store<i32>(at, first);
  store<i32>(at, second, 4);
}

/** Takes out the two words at `index`. */
export function removePair(list: i32, index: i32): void {
  const length = lengthOf(list) - 2;
  const at = addressOf(list) + (<usize>index << 2);
  memory.copy(at, at + 8, <usize>(length - index) << 2);
  store<i32>(head(list), length, 4);
}

/** For the caller. */
export function setItem(list: i32, index: i32, item: i32): void {
  set(list, index, item);
}
