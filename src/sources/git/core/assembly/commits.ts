// The commits of a repository as columns of numbers, and the order in which a history is told: parents before children.
import { isBefore, isLeftOut, longTime, readCommit, stray } from "./caller";
import {
  addressOf,
  clear,
  COMMIT_ROW,
  COMMIT_TIME,
  COMMIT_TREE,
  EDGE_TO,
  FIRST_EDGE,
  FOUND,
  get,
  HEAP,
  lengthOf,
  NEXT_EDGE,
  PARENTS,
  PARENTS_TO,
  PLACE,
  pop,
  push,
  SEEN,
  set,
  STACK,
  WAITING,
} from "./lists";
import { fetchObjects, idBytesOf, numberOfObject, STRAY } from "./object-ids";

const NEWLINE: u8 = 10;

/** Where ids are put that are told in hex, and how many at once. */
let idsAt: usize = 0;
const MOST_IDS: i32 = 8;
const ID_ROOM: usize = 32;

/** 272 bytes at `at`. */
export function commitsSetup(at: usize): void {
  idsAt = at;
}

@inline function placeOfId(index: i32): usize {
  return idsAt + <usize>index * ID_ROOM;
}

/** Puts the id there whose hex stands at `at`, sixteen digits at a time. What is no digit counts as 0. */
function readHex(at: usize, idBytes: usize, to: usize): void {
  for (const end = to + idBytes; to < end; to += 8, at += 16) {
    const characters = v128.load(at);
    const low = i8x16.sub(characters, i8x16.splat(48));
    const letters = i8x16.sub(v128.or(characters, i8x16.splat(32)), i8x16.splat(97));
    const digits = v128.or(
      v128.and(low, i8x16.lt_u(low, i8x16.splat(10))),
      v128.and(i8x16.add(letters, i8x16.splat(10)), i8x16.lt_u(letters, i8x16.splat(6))),
    );
    const bytes = v128.and(v128.or(i16x8.shl(digits, 4), i16x8.shr_u(digits, 8)), i16x8.splat(255));
    store<u64>(to, i64x2.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0));
  }
}

function numberOf(id: usize): i32 {
  const number = numberOfObject(id);
  return number == STRAY ? stray(id) : number;
}

/** `tree `, and `\ncommitter ` in two words. */
const TREE: u32 = 0x65657274;
const COMMITTER: u64 = 0x74696d6d6f630a;
const COMMITTER_TAIL: u64 = 0x20726574;

/** The line feed before the committer's line, from `at` on; or `end`. */
function committerFrom(at: usize, end: usize): usize {
  for (; at + 11 <= end; at++) {
    if (load<u8>(at) != NEWLINE) continue;
    if ((load<u64>(at) & 0xffffffffffffff) == COMMITTER && load<u32>(at, 7) == <u32>COMMITTER_TAIL) return at;
  }
  return end;
}

@inline function isDigit(character: u32): bool {
  return character - 48 < 10;
}

/** As `committedAt` in objects/commit.ts: `> seconds zone` at the end of the line, within its last 40 bytes. */
function committedAt(from: usize, end: usize): f64 {
  const committer = committerFrom(from, end);
  if (committer == end) return 0;
  let lineEnd = committer + 1;
  while (lineEnd < end && load<u8>(lineEnd) != NEWLINE) lineEnd++;
  if (lineEnd == end) return 0;
  const first = lineEnd - committer > 40 ? lineEnd - 40 : committer;
  let at = lineEnd;
  while (at > first && isDigit(load<u8>(at - 1))) at--;
  if (at == lineEnd || at - first < 4) return 0;
  const sign = load<u8>(--at);
  if (sign != 43 && sign != 45) return 0;
  if (load<u8>(--at) != 32) return 0;
  const to = at;
  while (at > first && isDigit(load<u8>(at - 1))) at--;
  if (at == to || at - first < 2 || load<u8>(at - 1) != 32 || load<u8>(at - 2) != 62) return 0;
  if (to - at > 15) return longTime(at, to);
  let seconds: f64 = 0;
  for (; at < to; at++) seconds = seconds * 10 + <f64>(<i32>load<u8>(at) - 48);
  return seconds;
}

@inline function isParent(address: usize, at: i32, length: i32, digits: i32): bool {
  return at + 7 + digits < length && load<u8>(address + at) == 0x70 /* p */;
}

/** Takes in a commit. Bytes that are none are passed over. */
export function addCommit(number: i32, address: usize, length: i32): void {
  const idBytes = <usize>idBytesOf();
  const digits = 2 * <i32>idBytes;
  if (get(COMMIT_ROW, number) > 0 || length < digits + 6) return;
  if (load<u32>(address) != TREE || load<u8>(address, 4) != 32) return;
  readHex(address + 5, idBytes, idsAt);
  let at = 6 + digits;
  let ids = 1;
  for (; ids < MOST_IDS && isParent(address, at, length, digits); at += 8 + digits) {
    readHex(address + at + 7, idBytes, placeOfId(ids++));
  }
  // One after the other would be a wait for memory each.
  store<u32>(placeOfId(MOST_IDS), fetchObjects(idsAt, ids, ID_ROOM));
  const tree = numberOf(idsAt);
  for (let parent = 1; parent < ids; parent++) push(PARENTS, numberOf(placeOfId(parent)));
  for (; isParent(address, at, length, digits); at += 8 + digits) {
    readHex(address + at + 7, idBytes, idsAt);
    push(PARENTS, numberOf(idsAt));
  }
  const time = reinterpret<u64>(committedAt(address + at - 1, address + length));
  push(COMMIT_TREE, tree);
  push(COMMIT_TIME, <i32>time);
  push(COMMIT_TIME, <i32>(time >> 32));
  push(PARENTS_TO, lengthOf(PARENTS));
  set(COMMIT_ROW, number, lengthOf(PARENTS_TO));
}

@inline export function parentsFrom(row: i32): i32 {
  return row == 1 ? 0 : get(PARENTS_TO, row - 2);
}

/** Whether it is in the table now. */
@inline function isThere(number: i32): bool {
  return get(COMMIT_ROW, number) > 0 || readCommit(number);
}

/** Finds the commits that lead to those in `STACK`, each once. `asks`: the caller may leave some out, with all behind them. */
export function reach(numbers: i32, asks: bool): void {
  clear(SEEN, numbers);
  clear(FOUND, 0);
  while (lengthOf(STACK) > 0) {
    const number = pop(STACK);
    if (get(SEEN, number) == 1) continue;
    set(SEEN, number, 1);
    if ((asks && isLeftOut(number)) || !isThere(number)) continue;
    push(FOUND, number);
    const row = get(COMMIT_ROW, number);
    for (let at = parentsFrom(row), end = get(PARENTS_TO, row - 1); at < end; at++) {
      const parent = get(PARENTS, at);
      if (get(SEEN, parent) == 0) push(STACK, parent);
    }
  }
}

@inline function timeOf(place: i32): f64 {
  const row = get(COMMIT_ROW, get(FOUND, place));
  return load<f64>(addressOf(COMMIT_TIME) + (<usize>(row - 1) << 3));
}

/** Objects of the first pack are counted in the order of their ids. */
let ordered: i32 = 0;

function comesFirst(one: i32, other: i32): bool {
  const a = timeOf(one);
  const b = timeOf(other);
  if (a != b) return a < b;
  const first = get(FOUND, one);
  const second = get(FOUND, other);
  return first < ordered && second < ordered ? first < second : isBefore(first, second);
}

function enter(item: i32): void {
  let at = lengthOf(HEAP);
  push(HEAP, item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = get(HEAP, parent);
    if (!comesFirst(item, above)) break;
    set(HEAP, at, above);
    at = parent;
  }
  set(HEAP, at, item);
}

function leave(): i32 {
  const first = get(HEAP, 0);
  const last = pop(HEAP);
  const length = lengthOf(HEAP);
  if (length == 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    if (child + 1 < length && comesFirst(get(HEAP, child + 1), get(HEAP, child))) child++;
    if (!comesFirst(get(HEAP, child), last)) break;
    set(HEAP, at, get(HEAP, child));
    at = child;
  }
  set(HEAP, at, last);
  return first;
}

/**
 * Orders the commits in `FOUND`, each of which must be in the table: parents first, and of several the oldest; of equals the
 * one with the lower id, so that the order is always the same. They are in `STACK` then.
 *
 * @param numbers how many numbers there are.
 * @param first of how many the ids ascend.
 */
export function parentsFirst(numbers: i32, first: i32): void {
  ordered = first;
  const count = lengthOf(FOUND);
  // Counted from 1, so that 0 is none.
  clear(PLACE, numbers);
  for (let place = 0; place < count; place++) set(PLACE, get(FOUND, place), place + 1);
  // How many parents of each are still to come; its children as a linked list of edges, counted from 1 as well.
  clear(WAITING, count);
  clear(FIRST_EDGE, count);
  clear(NEXT_EDGE, 0);
  clear(EDGE_TO, 0);
  clear(HEAP, 0);
  clear(STACK, 0);
  for (let child = 0; child < count; child++) {
    const row = get(COMMIT_ROW, get(FOUND, child));
    for (let at = parentsFrom(row), end = get(PARENTS_TO, row - 1); at < end; at++) {
      const parent = get(PLACE, get(PARENTS, at)) - 1;
      if (parent < 0) continue;
      const edge = get(FIRST_EDGE, parent);
      // A commit may name a parent twice.
      if (edge > 0 && get(EDGE_TO, edge - 1) == child) continue;
      set(WAITING, child, get(WAITING, child) + 1);
      push(NEXT_EDGE, edge);
      push(EDGE_TO, child);
      set(FIRST_EDGE, parent, lengthOf(EDGE_TO));
    }
    if (get(WAITING, child) == 0) enter(child);
  }
  while (lengthOf(HEAP) > 0) {
    const next = leave();
    push(STACK, get(FOUND, next));
    for (let edge = get(FIRST_EDGE, next); edge > 0; edge = get(NEXT_EDGE, edge - 1)) {
      const child = get(EDGE_TO, edge - 1);
      const waiting = get(WAITING, child) - 1;
      set(WAITING, child, waiting);
      if (waiting == 0) enter(child);
    }
  }
}
