// Applies a git delta (gitformat-pack(5), "Deltified representation") and says which bytes of the result are new.

/** Results below zero, beside those of inflate. */
export const BAD_DELTA: i32 = -4;
/** The result is larger than the room for it. */
export const NO_ROOM: i32 = -5;

let rangeCount: i32 = 0;

/** For each set of bytes that a copy may have, 16 bytes: how to put them in their places; the others get zero. */
let copyShapes: usize = 0;

/** Makes that table, in 2048 bytes at `scratch`. */
export function deltaSetup(scratch: usize): void {
  copyShapes = scratch;
  for (let op: usize = 0; op < 128; op++) {
    const shape = copyShapes + (op << 4);
    v128.store(shape, i8x16.splat(-1));
    let given: u8 = 0;
    // Four bytes of the offset, three of the length.
    for (let bit: usize = 0; bit < 7; bit++) if ((op >> bit) & 1) store<u8>(shape + bit, given++);
  }
}

/** How many ranges the last `applyDelta` wrote. */
export function ranges(): i32 {
  return rangeCount;
}

/** Others were put there. */
export function rangesAre(count: i32): void {
  rangeCount = count;
}

/** Where the steps of the delta begin whose head was read last. */
let steps: usize = 0;
let end: usize = 0;

/** Reads a delta's head. @returns the length of its result, or a negative code. */
export function resultBytes(delta: usize, deltaLength: i32, baseLength: i32): i32 {
  end = delta + deltaLength;
  let byte: u32;
  let shift: u32 = 0;
  let promised: u64 = 0;
  do {
    if (delta >= end || shift > 35) return BAD_DELTA;
    byte = load<u8>(delta++);
    promised |= <u64>(byte & 127) << shift;
    shift += 7;
  } while (byte & 128);
  if (promised != <u64>baseLength) return BAD_DELTA;
  shift = 0;
  promised = 0;
  do {
    if (delta >= end || shift > 35) return BAD_DELTA;
    byte = load<u8>(delta++);
    promised |= <u64>(byte & 127) << shift;
    shift += 7;
  } while (byte & 128);
  steps = delta;
  return promised > 0x7fffffff ? NO_ROOM : <i32>promised;
}

/** As `resultBytes` and `applySteps`, for the caller. `capacity`: the most bytes that `target` has room for. */
export function applyDelta(
  delta: usize,
  deltaLength: i32,
  base: usize,
  baseLength: i32,
  target: usize,
  capacity: i32,
  out: usize,
  outCapacity: i32,
  gap: i32,
): i32 {
  const size = resultBytes(delta, deltaLength, baseLength);
  if (size < 0) return size;
  if (size > capacity) return NO_ROOM;
  return applySteps(base, baseLength, target, size, out, outCapacity, gap);
}

/**
 * Applies the delta whose head was read last, with a result of `size` bytes.
 *
 * Writes the result to `target` and the changed ranges to `out`: pairs of offsets (from, to) into the result, ascending
 * and apart by more than `gap`. A range covers bytes that were inserted, and one byte to each side of every place where
 * bytes meet that did not meet in the base: so whatever lies outside of all ranges stands in the base with the same
 * neighbours. When `outCapacity` ranges do not suffice, the last one reaches to the end.
 *
 * @returns the result's length, or a negative code. SLACK bytes behind base and result are read and overwritten.
 */
export function applySteps(
  base: usize,
  baseLength: i32,
  target: usize,
  size: i32,
  out: usize,
  outCapacity: i32,
  gap: i32,
): i32 {
  const last = end;
  let delta = steps;
  rangeCount = 0;
  let to = target;
  const limit = target + <usize>size;
  const lastSlot = out + (<usize>outCapacity << 3) - 8;
  let slot = out;
  let from: i32 = -1;
  let until: i32 = -1 - gap - 1;
  let expected: u32 = 0; // where a copy continues the bytes before it
  while (delta < last) {
    const op = <u32>load<u8>(delta++);
    let start = <i32>(to - target);
    let stop = start;
    if (op & 128) {
      const given = placeAndLength(delta, op);
      delta += <usize>popcnt(op & 127);
      const offset = <u32>i32x4.extract_lane(given, 0);
      let length = <u32>i32x4.extract_lane(given, 1);
      if (length == 0) length = 65536;
      if (<u64>offset + length > <u64>baseLength || length > <u32>(limit - to)) return BAD_DELTA;
      const stopAt = to + length;
      if (length > 512) memory.copy(to, base + offset, length);
      else copyOver(to, base + offset, stopAt);
      to = stopAt;
      const joined = offset == expected;
      expected = offset + length;
      if (joined) continue;
    } else {
      if (op == 0 || op > <u32>(limit - to) || op > <u32>(last - delta)) return BAD_DELTA;
      const stopAt = to + op;
      copyOver(to, delta, stopAt);
      to = stopAt;
      delta += op;
      stop += op;
      expected = 0xffffffff;
    }
    start--;
    stop++;
    // The last slot is kept for the range under way: when no other is left, it swallows all that follow.
    if (start > until + gap && (from < 0 || slot < lastSlot)) {
      if (from >= 0) slot = flush(slot, from, until);
      from = max(start, 0);
    }
    until = stop;
  }
  if (delta != last || to != limit) return BAD_DELTA;
  if (expected != <u32>baseLength && expected != 0xffffffff) {
    // The tail was cut off: what is now last had a neighbour.
    if (size - 1 > until + gap && (from < 0 || slot < lastSlot)) {
      if (from >= 0) slot = flush(slot, from, until);
      from = max(size - 1, 0);
    }
    until = size;
  }
  if (from >= 0) slot = flush(slot, from, min(until, size));
  rangeCount = <i32>((slot - out) >> 3);
  return size;
}

@inline
function flush(slot: usize, from: i32, until: i32): usize {
  store<i32>(slot, from);
  store<i32>(slot, until, 4);
  return slot + 8;
}

/** What a copy's bytes at `at` say: the first two words. Which bytes are there could not be foreseen, so nothing branches on it. */
@inline
function placeAndLength(at: usize, op: u32): v128 {
  return i8x16.swizzle(v128.load(at), v128.load(copyShapes + (<usize>(op & 127) << 4)));
}

/** Where `nextCopy` goes on in the delta and in its result. */
let nextStep: usize = 0;
let copiedTo: i32 = 0;
/** What the last `nextCopy` told of: where it stands in the base, and how much it is. */
export let copiedFrom: i32 = 0;
export let copiedBytes: i32 = 0;

/** Goes back to the first step of the delta that was applied last. */
export function rewind(): void {
  nextStep = steps;
  copiedTo = 0;
  copiedBytes = 0;
}

/** @returns where the next copy stands in the result; -1: there is none. */
export function nextCopy(): i32 {
  copiedTo += copiedBytes;
  while (nextStep < end) {
    const op = <u32>load<u8>(nextStep++);
    if (!(op & 128)) {
      nextStep += op;
      copiedTo += op;
      continue;
    }
    const given = placeAndLength(nextStep, op);
    nextStep += <usize>popcnt(op & 127);
    copiedFrom = i32x4.extract_lane(given, 0);
    copiedBytes = i32x4.extract_lane(given, 1) || 65536;
    return copiedTo;
  }
  return -1;
}

/** Copies 64 bytes at a time, because how many sixteens there are could not be foreseen either. */
@inline
function copyOver(to: usize, from: usize, stop: usize): void {
  do {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
    to += 64;
    from += 64;
  } while (to < stop);
}
