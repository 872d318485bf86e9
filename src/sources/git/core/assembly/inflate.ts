// Inflates one zlib stream (RFC 1950, RFC 1951) from memory to memory.
//
// Speed comes from four habits: a 64-bit bit buffer refilled without a branch; one table look-up a symbol, which does not
// wait for the refill; up to three literals between refills; copies of 16 bytes that may write past their end. The price is
// the slack, which callers must leave readable and writable.

import { adler32 } from "./adler32";
import {
  ALL_COUNTS,
  buildTable,
  clear,
  CODE_LENGTHS,
  CODELEN_BITS,
  CODELEN_ORDER,
  CODELEN_VALUES,
  count,
  countOthers,
  COUNTS,
  DIST,
  DIST_BITS,
  DIST_VALUES,
  dropFixed,
  LITLEN,
  LITLEN_VALUES,
  MAX_LITLEN_BITS,
  PREVIOUS,
  takeFixed,
} from "./huffman";
import { BAD_STREAM, decode, leftBits, leftHave, leftInput, leftTo, TOO_LONG } from "./symbols";

export { inflateSetup } from "./huffman";

/** A result below zero, beside those of symbols.ts. */
export const BAD_CHECKSUM: i32 = -3;

/** Stands for the length before the first. */
const NO_LENGTH: u32 = 16;

let inputUsed: i32 = 0;

/** Compressed bytes that the last stream used, its header and checksum included. */
export function consumed(): i32 {
  return inputUsed;
}

/**
 * Inflates the stream at `source`, which may not reach past `sourceEnd`, to `target`.
 *
 * @returns the number of bytes written, or a negative code. `capacity` is what the object's header promised.
 */
export function inflate(source: usize, sourceEnd: usize, target: usize, capacity: i32): i32 {
  if (sourceEnd - source < 6 || (load<u8>(source) & 15) != 8 || ((<i32>load<u8>(source) << 8) | load<u8>(source, 1)) % 31) {
    return BAD_STREAM;
  }
  if (load<u8>(source) > 0x78) return BAD_STREAM; // a window of more than 32 KiB
  if (load<u8>(source, 1) & 32) return BAD_STREAM; // a preset dictionary: git never writes one
  let input = source + 2;
  let to = target;
  const inputLimit = sourceEnd + 8;
  const limit = target + capacity;
  let bits: u64 = 0;
  let have: u64 = 0; // only the low six bits count
  let last = false;
  while (!last) {
    bits |= load<u64>(input) << have;
    input += 7 - <usize>((have >> 3) & 7);
    have |= 56;
    last = (bits & 1) != 0;
    const kind = <u32>(bits >> 1) & 3;
    bits >>= 3;
    have -= 3;
    let litlenBits = MAX_LITLEN_BITS;
    if (kind == 0) {
      input -= <usize>((have & 63) >> 3);
      if (input + 4 > sourceEnd) return BAD_STREAM;
      const length = <usize>load<u16>(input);
      if ((<u32>length ^ <u32>load<u16>(input, 2)) != 0xffff) return BAD_STREAM;
      input += 4;
      if (length > sourceEnd - input) return BAD_STREAM;
      if (length > limit - to) return TOO_LONG;
      memory.copy(to, input, length);
      to += length;
      input += length;
      bits = 0;
      have = 0;
      continue;
    }
    if (kind == 3) return BAD_STREAM;
    if (kind == 1) {
      takeFixed();
      litlenBits = 9;
    } else {
      const nLitlen = (<i32>bits & 31) + 257;
      const nDist = (<i32>(bits >> 5) & 31) + 1;
      const nCodelen = (<i32>(bits >> 10) & 15) + 4;
      bits >>= 14;
      have -= 14;
      if (nLitlen > 286 || nDist > 30) return BAD_STREAM;
      dropFixed();
      // Where a run of zeros is longer than one store they are here already.
      for (let at: usize = 0; at < 320; at += 16) v128.store(CODE_LENGTHS + at, i64x2.splat(0));
      clear(COUNTS);
      clear(ALL_COUNTS);
      for (let i = 0; i < nCodelen; i++) {
        if ((i & 15) == 0) {
          bits |= load<u64>(input) << have;
          input += 7 - <usize>((have >> 3) & 7);
          have |= 56;
        }
        const length = <u32>bits & 7;
        store<u8>(CODE_LENGTHS + load<u8>(CODELEN_ORDER + i), <u8>length);
        store<u32>(length << 2, load<u32>(length << 2, COUNTS) + 1, COUNTS);
        bits >>= 3;
        have -= 3;
      }
      if (!buildTable(CODE_LENGTHS, 19, CODELEN_BITS, DIST, CODELEN_VALUES, false)) return BAD_STREAM;
      store<u32>(CODE_LENGTHS, 0, 16);
      let i: usize = 0;
      const n = <usize>(nLitlen + nDist);
      let previous: u32 = NO_LENGTH;
      // A length, a repeat of the last one and a run of zeros came in an order that could not be foreseen: all are repeats here.
      bits |= load<u64>(input) << have;
      input += 7 - <usize>((have >> 3) & 7);
      have |= 56;
      let entry = load<u32>(<usize>(bits & 127) << 2, DIST);
      while (i < n) {
        previous = entry & PREVIOUS ? previous : (entry >> 16) & 15;
        v128.store(i, i8x16.splat(<i8>previous), CODE_LENGTHS);
        const repeats = (entry >> 24) + ((<u32>bits & ((1 << (entry & 63)) - 1)) >> ((entry >> 8) & 31));
        store<u32>(previous << 2, load<u32>(previous << 2, ALL_COUNTS) + repeats, ALL_COUNTS);
        i += <usize>repeats;
        bits >>= <u64>entry;
        have -= <u64>entry;
        // Looked up before the refill, which it need not wait for.
        entry = load<u32>(<usize>(bits & 127) << 2, DIST);
        bits |= load<u64>(input) << have;
        input += 7 - <usize>((have >> 3) & 7);
        have |= 56;
      }
      // The last one repeated none, or ended elsewhere.
      if (i > n || load<u32>(NO_LENGTH << 2, ALL_COUNTS)) return BAD_STREAM;
      if (input > inputLimit || load<u8>(CODE_LENGTHS + 256) == 0) return BAD_STREAM;
      // A small output does not pay for a wide table.
      const room = limit - to;
      litlenBits = room < 512 ? 9 : room < 8192 ? 10 : MAX_LITLEN_BITS;
      count(CODE_LENGTHS + nLitlen, nDist);
      if (!buildTable(CODE_LENGTHS + nLitlen, nDist, DIST_BITS, DIST, DIST_VALUES, true)) return BAD_STREAM;
      countOthers();
      if (!buildTable(CODE_LENGTHS, nLitlen, litlenBits, LITLEN, LITLEN_VALUES, true)) return BAD_STREAM;
    }

    input -= <usize>((have & 63) >> 3);
    have &= 7;
    const buf = (bits & ((1 << have) - 1)) << 2;
    const mask = ((1 << litlenBits) - 1) << 2;
    const status = decode(buf, 61 - <u32>have, input, inputLimit, target, to, limit, mask);
    if (status < 0) return status;
    bits = leftBits;
    have = leftHave;
    input = leftInput;
    to = leftTo;
  }
  if (to > limit) return TOO_LONG;
  input -= <usize>((have & 63) >> 3);
  if (input + 4 > sourceEnd) return BAD_STREAM;
  const written = <i32>(to - target);
  const sum = bswap<u32>(load<u32>(input));
  inputUsed = <i32>(input + 4 - source);
  if (adler32(target, written) != sum) return BAD_CHECKSUM;
  return written;
}
