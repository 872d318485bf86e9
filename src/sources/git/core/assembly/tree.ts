// Compares two tree objects: entries `<mode> <name>\0<id>`, sorted by name (a folder sorts as if its name ended in `/`).
import { copiedBytes, copiedFrom, nextCopy, rewind } from "./delta";
import { addStart, addStarts, endOfStarts, endStarts, firstStart, lastStart } from "./entry-starts";

/** The tree ends within an entry, or holds more changes than there is room for. */
export const BAD_TREE: i32 = -6;
export const TOO_MANY: i32 = -7;

/** Where the entry's NUL stands, or `end`. */
@inline
function nameEnd(at: usize, end: usize): usize {
  const zero = i8x16.splat(0);
  while (at < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), zero));
    if (mask) return min(at + ctz(mask), end);
    at += 16;
  }
  return end;
}

/** Where the next NUL stands; there must be one. */
@inline
export function nulFrom(at: usize): usize {
  let mask: i32;
  while ((mask = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(0)))) == 0) at += 16;
  return at + ctz(mask);
}

/** Where the name starts: behind the first space. */
@inline
function nameStart(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != 32) at++;
  return at + 1;
}

@inline
function isFolder(at: usize): bool {
  const digit = load<u8>(at); // "40000", "040000"; files start with 1 ("100644", "120000", "160000")
  return digit == 52 || (digit == 48 && load<u8>(at, 1) == 52);
}

/** Below zero, zero or above, as git orders entries. */
function order(a: usize, aEnd: usize, aFolder: bool, b: usize, bEnd: usize, bFolder: bool): i32 {
  while (a < aEnd && b < bEnd) {
    const difference = <i32>load<u8>(a) - <i32>load<u8>(b);
    if (difference) return difference;
    a++;
    b++;
  }
  const aNext: i32 = a < aEnd ? load<u8>(a) : aFolder ? 47 : 0;
  const bNext: i32 = b < bEnd ? load<u8>(b) : bFolder ? 47 : 0;
  return aNext - bNext;
}

/** `length`: at least 16, as all entries have. */
@inline
function same(a: usize, b: usize, length: usize): bool {
  const last = length - 16;
  for (let at: usize = 0; at < last; at += 16) {
    if (v128.any_true(v128.xor(v128.load(a + at), v128.load(b + at)))) return false;
  }
  return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)));
}

/** How many bytes two texts share at their beginning. */
@inline
function sharedHead(a: usize, b: usize, most: usize): usize {
  let at: usize = 0;
  while (at + 16 <= most) {
    const differ = i8x16.bitmask(i8x16.ne(v128.load(a + at), v128.load(b + at)));
    if (differ) return at + <usize>ctz(differ);
    at += 16;
  }
  while (at < most && load<u8>(a + at) == load<u8>(b + at)) at++;
  return at;
}

/** How many bytes two texts share at their end. */
@inline
function sharedTail(aEnd: usize, bEnd: usize, most: usize): usize {
  let at: usize = 0;
  while (at + 16 <= most) {
    const differ = i8x16.bitmask(i8x16.ne(v128.load(aEnd - at - 16), v128.load(bEnd - at - 16)));
    if (differ) return at + <usize>clz(differ << 16);
    at += 16;
  }
  while (at < most && load<u8>(aEnd - at - 1) == load<u8>(bEnd - at - 1)) at++;
  return at;
}

/** Whether entries fill all bytes. `tail`: bytes of an entry from its NUL on. */
function isWhole(at: usize, end: usize, tail: usize): bool {
  while (at < end) at = nameEnd(at, end) + tail;
  return at == end;
}

/**
 * Writes a pair of offsets for every entry that differs: into the new tree and into the old, -1 where one has no such
 * entry. A name that turned from file to folder shows as removed and added.
 *
 * @param oldStarts where the old tree's entries begin (entry-starts.ts), if that is known: then the new tree was made of it by the delta
 * that was applied last, and the old one is known to be whole entries. Or 0.
 * @param newStarts room for where the new tree's begin; or 0.
 * @returns the number of pairs, or a negative code. 16 bytes behind both trees must be readable.
 */
export function compareTrees(
  oldTree: usize,
  oldLength: i32,
  newTree: usize,
  newLength: i32,
  idBytes: i32,
  out: usize,
  capacity: i32,
  oldStarts: usize,
  newStarts: usize,
): i32 {
  let a = oldTree;
  let b = newTree;
  const aEnd = a + oldLength;
  const bEnd = b + newLength;
  const tail = <usize>idBytes + 1;
  let count = 0;
  let tailAt = usize.MAX_VALUE;
  if (!oldStarts) {
    // Two versions of a folder differ in a few places as a rule, so that what is equal before and behind is passed over. What
    // is passed over is only what is whole entries.
    const most = <usize>min(oldLength, newLength);
    const head = sharedHead(a, b, most);
    tailAt = aEnd - sharedTail(aEnd, bEnd, most - head);
    for (const passed = a + head; a < passed;) {
      const nul = nameEnd(a, aEnd);
      if (nul + tail > passed) break;
      b += nul + tail - a;
      a = nul + tail;
    }
  } else rewind();
  // The place of the old tree's entry in its list, and where the next of the new one goes.
  let place = firstStart(oldStarts);
  let slot = firstStart(newStarts);
  let copiedTo: i32 = 0;
  let copyEnd: i32 = 0;
  while (a < aEnd || b < bEnd) {
    if (oldStarts) {
      const to = <i32>(b - newTree);
      while (copyEnd <= to && copiedTo >= 0) {
        copiedTo = nextCopy();
        copyEnd = copiedTo + copiedBytes;
      }
      if (<u32>copiedTo <= <u32>to && <i32>(a - oldTree) - to == copiedFrom - copiedTo) {
        const next = lastStart(place, endOfStarts(oldStarts), copiedFrom + copiedBytes);
        if (next > place) {
          if (newStarts) slot = addStarts(slot, place, next, copiedTo - copiedFrom);
          b += oldTree + load<u32>(next) - a;
          a = oldTree + load<u32>(next);
          place = next;
          continue;
        }
      }
    } else if (a >= tailAt && aEnd - a == bEnd - b) return isWhole(a, aEnd, tail) ? count : BAD_TREE;
    const aNul = a >= aEnd ? aEnd : oldStarts ? oldTree + load<u32>(place, 4) - tail : nameEnd(a, aEnd);
    if (a < aEnd && aNul + tail > aEnd) return BAD_TREE;
    // Stretches between the changes are equal too: step over entry by entry without looking at what they say.
    const isEqual = a < aEnd && b < bEnd && aNul + tail - a <= bEnd - b && same(a, b, aNul + tail - a);
    const bNul = isEqual ? b + (aNul - a) : b < bEnd ? nameEnd(b, bEnd) : bEnd;
    let which: i32 = 0;
    if (!isEqual) {
      if (b < bEnd && bNul + tail > bEnd) return BAD_TREE;
      if (a >= aEnd) which = 1;
      else if (b >= bEnd) which = -1;
      else which = order(nameStart(a, aNul), aNul, isFolder(a), nameStart(b, bNul), bNul, isFolder(b));
      if (count >= capacity) return TOO_MANY;
      store<i32>(out + (<usize>count << 3), which < 0 ? -1 : <i32>(b - newTree));
      store<i32>(out + (<usize>count << 3), which > 0 ? -1 : <i32>(a - oldTree), 4);
      count++;
    }
    if (which <= 0) {
      a = aNul + tail;
      place += 4;
    }
    if (which >= 0) {
      if (newStarts) slot = addStart(slot, b - newTree);
      b = bNul + tail;
    }
  }
  if (newStarts) endStarts(newStarts, slot, newLength);
  return count;
}

/** Whether one of the bytes is NUL. */
export function hasNul(at: usize, length: i32): bool {
  const end = at + length;
  // Of each file that is text thousands of bytes are looked at, in each version.
  for (; at + 64 <= end; at += 64) {
    const first = i8x16.min_u(v128.load(at), v128.load(at, 16));
    if (!i8x16.all_true(i8x16.min_u(first, i8x16.min_u(v128.load(at, 32), v128.load(at, 48))))) return true;
  }
  return nameEnd(at, end) < end;
}
