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
export const TREE_STATE: i32 = 14;
export const TREE_BASE: i32 = 15;
export const CHANGES_FROM: i32 = 16;
export const CHANGES_TO: i32 = 17;
export const WHAT: i32 = 18;
export const OBJECT: i32 = 19;
export const CHILDREN_FROM: i32 = 20;
export const CHILDREN_TO: i32 = 21;
export const CHILD_NAME: i32 = 22;
export const CHILD_OBJECT: i32 = 23;
export const TREES_READ: i32 = 24;
export const OWN: i32 = 25;
export const SUM: i32 = 26;
export const SAID: i32 = 27;
export const FRAMES: i32 = 28;
export const SUM_ITEMS: i32 = 29;
export const SUM_ENDS: i32 = 30;
export const SUM_SLOTS: i32 = 31;
export const OPENINGS: i32 = 32;
export const TOUCHED: i32 = 33;
const LISTS: i32 = 34;

/** What stands at places that were never set: zero, which needs no writing, or -1. */
@inline function isBlankMinus(list: i32): bool {
  return list == TREE_BASE || list == SUM;
}

/** Of each list: where it lies, how long it is, and for how many numbers there is room. */
let heads: usize = 0;

/** Makes all lists empty; their heads take 544 bytes at `at`. */
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
  const blank: u8 = isBlankMinus(list) ? 255 : 0;
  memory.fill(addressOf(list) + (<usize>before << 2), blank, <usize>(length - before) << 2);
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
  if (<u32>index >= <u32>lengthOf(list)) return isBlankMinus(list) ? -1 : 0;
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

export function insert(list: i32, index: i32, item: i32): void {
  push(list, item);
  const at = addressOf(list) + (<usize>index << 2);
  memory.copy(at + 4, at, <usize>(lengthOf(list) - 1 - index) << 2);
  store<i32>(at, item);
}

export function remove(list: i32, index: i32): void {
  const length = lengthOf(list) - 1;
  const at = addressOf(list) + (<usize>index << 2);
  memory.copy(at, at + 4, <usize>(length - index) << 2);
  store<i32>(head(list), length, 4);
}

/** For the caller. */
export function setItem(list: i32, index: i32, item: i32): void {
  set(list, index, item);
}
