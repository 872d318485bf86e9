// The loop that decodes a block's symbols, where most of inflating's time goes. It is a function of its own, and what is
// seldom is behind the loop instead of inside, so that V8 keeps what each turn changes in registers. What is next is looked
// up in both tables before it is asked whether an entry is a literal or a match, which could not be foreseen: where the guess
// was wrong the answer is there already.

import { DIST, DIST_BITS, END, LITLEN, REPEATS, SPECIAL, STEPS, SUB_TABLE } from "./huffman";

/** Bytes behind the output's capacity that may be overwritten, and behind the input that may be read. */
export const SLACK: i32 = 320;

/** Distances' table takes bits that begin two places further left. */
const DIST_MASK: u32 = ((1 << DIST_BITS) - 1) << 2;

/** Results below zero. */
export const BAD_STREAM: i32 = -1;
export const TOO_LONG: i32 = -2;

/** Where the last block ended: bits that were read but not used, how many, and what is next. */
export let leftBits: u64 = 0;
export let leftHave: u64 = 0;
export let leftInput: usize = 0;
export let leftTo: usize = 0;

/** What an entry stands for, its extra bits included; `bits` begin with the entry's code. */
@inline
function valueOf(entry: u32, bits: u64): u32 {
  return (entry >> 16) + ((<u32>bits & ((4 << (entry & 63)) - 1)) >> ((entry >> 8) & 31));
}

/** Where in the tables the rest of a code is, of which an entry held the first part; `bits` begin with the rest. */
@inline
function furtherOf(entry: u32, bits: u64): usize {
  return (entry >> 16) + ((entry >> 6) & <u32>bits & 0x1fc);
}

/**
 * Decodes the symbols of one block. `buf` holds the bits two places further left than they count, so that bits and `mask`
 * make an index in bytes; `used` is how many of its 63 are used up, in the low six bits. Between two refills 48 bits are read
 * at most, of at least 54: 37 of a match by the first tables, and 11 to look up what is behind it.
 *
 * @returns 0 at the block's end, or a negative code.
 */
export function decode(
  buf: u64,
  used: u32,
  input: usize,
  inputLimit: usize,
  target: usize,
  to: usize,
  limit: usize,
  mask: u32,
): i32 {
  buf |= load<u64>(input) << ~<u64>used;
  input += (used >> 3) & 7;
  used &= 7;
  let entry = load<u32>(<u32>buf & mask, LITLEN);
  while (true) {
    while (true) {
      if (to > limit) return TOO_LONG;
      if (input > inputLimit) return BAD_STREAM;
      buf |= load<u64>(input) << ~<u64>used;
      input += (used >> 3) & 7;
      used &= 7;
      let rest = buf >> <u64>entry;
      let next = load<u32>(<u32>rest & mask, LITLEN);
      let second = load<u32>(<u32>rest & DIST_MASK, DIST);
      if (<i32>entry < 0) {
        store<u8>(to, entry >> 16);
        used += entry;
        entry = next;
        buf = rest;
        rest = buf >> <u64>entry;
        next = load<u32>(<u32>rest & mask, LITLEN);
        second = load<u32>(<u32>rest & DIST_MASK, DIST);
        if (<i32>entry < 0) {
          store<u8>(to, entry >> 16, 1);
          used += entry;
          entry = next;
          buf = rest;
          rest = buf >> <u64>entry;
          next = load<u32>(<u32>rest & mask, LITLEN);
          second = load<u32>(<u32>rest & DIST_MASK, DIST);
          if (<i32>entry < 0) {
            store<u8>(to, entry >> 16, 2);
            to += 3;
            used += entry;
            entry = next;
            buf = rest;
            continue;
          }
          to += 2;
        } else to++;
        buf |= load<u64>(input) << ~<u64>used;
        input += (used >> 3) & 7;
        used &= 7;
        rest = buf >> <u64>entry;
      }
      if ((entry | second) & SPECIAL) break;
      const distance = valueOf(second, rest);
      const length = valueOf(entry, buf);
      used += entry + second;
      buf = rest >> <u64>second;
      entry = load<u32>(<u32>buf & mask, LITLEN);
      let from = to - distance;
      if (from < target) return BAD_STREAM;
      const end = to + length;
      if (distance >= 16) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        // Few matches are longer; that many are longer than sixteen could not be foreseen.
        if (length > 32) {
          do {
            to += 32;
            from += 32;
            v128.store(to, v128.load(from));
            v128.store(to, v128.load(from, 16), 16);
          } while (to + 32 < end);
        }
      } else {
        const run = i8x16.swizzle(v128.load(from), v128.load(distance << 4, REPEATS));
        const step = load<u8>(distance, STEPS);
        do {
          v128.store(to, run);
          to += step;
        } while (to < end);
      }
      to = end;
    }

    // What is seldom: codes that are too long for the first tables, and the block's end.
    if (entry & SUB_TABLE) {
      buf >>= <u64>entry;
      used += entry;
      entry = load<u32>(furtherOf(entry, buf), LITLEN);
      if (<i32>entry < 0) {
        store<u8>(to++, entry >> 16);
        buf >>= <u64>entry;
        used += entry;
        entry = load<u32>(<u32>buf & mask, LITLEN);
        continue;
      }
      buf |= load<u64>(input) << ~<u64>used;
      input += (used >> 3) & 7;
      used &= 7;
    }
    if (entry & SPECIAL) {
      if (!(entry & END)) return BAD_STREAM;
      leftBits = buf >> <u64>entry >> 2;
      leftHave = 61 - used - entry;
      leftInput = input;
      leftTo = to;
      return 0;
    }
    const length = valueOf(entry, buf);
    buf >>= <u64>entry;
    used += entry;
    entry = load<u32>(<u32>buf & DIST_MASK, DIST);
    if (entry & SPECIAL) {
      if (!(entry & SUB_TABLE)) return BAD_STREAM;
      buf >>= <u64>entry;
      used += entry;
      entry = load<u32>(furtherOf(entry, buf), DIST);
      if (entry & SPECIAL) return BAD_STREAM;
      buf |= load<u64>(input) << ~<u64>used;
      input += (used >> 3) & 7;
      used &= 7;
    }
    let from = to - valueOf(entry, buf);
    if (from < target) return BAD_STREAM;
    buf >>= <u64>entry;
    used += entry;
    entry = load<u32>(<u32>buf & mask, LITLEN);
    const end = to + length;
    while (to < end) store<u8>(to++, load<u8>(from++));
  }
  return 0;
}
