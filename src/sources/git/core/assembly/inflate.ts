// Inflates one zlib stream (RFC 1950, RFC 1951) from memory to memory.
//
// Speed comes from four habits: a 64-bit bit buffer refilled without a branch; one table look-up a symbol, whose entry
// already holds the value, the code's length and its extra bits; up to four literals between refills; copies of 16 bytes
// that may write past their end. The price is the slack below, which callers must leave readable and writable.

import { adler32 } from "./adler32";

/** Bytes behind the output's capacity that may be overwritten, and behind the input that may be read. */
export const SLACK: i32 = 320;

/** Results below zero. */
export const BAD_STREAM: i32 = -1;
export const TOO_LONG: i32 = -2;
export const BAD_CHECKSUM: i32 = -3;

// A table entry: bits 0-5 how many bits to drop (code and extra bits), bits 8-12 the code's length alone, bits 16-30 the
// value, and these flags. The entry of a sub-table's first part holds the sub-table's index as value and its width in 8-12.
const LITERAL: u32 = 0x80000000;
const SPECIAL: u32 = 0x8000;
const SUB_TABLE: u32 = 0x4000;
const END: u32 = 0x2000;

// Of an entry for code lengths bits 16-19 are the length and bits 24-31 how often it comes, less what the extra bits say.
const PREVIOUS: u32 = 0x100000;
/** Stands for the length before the first. */
const NO_LENGTH: u32 = 16;

const MAX_LITLEN_BITS: i32 = 11;
const DIST_BITS: i32 = 8;
const CODELEN_BITS: i32 = 7;
const ALL_LENGTHS: u32 = 0xffff;

let codeLengths: usize = 0;
let counts: usize = 0;
let sorted: usize = 0;
let litlenValues: usize = 0;
let distValues: usize = 0;
let codelenValues: usize = 0;
let codelenOrder: usize = 0;
let reversed: usize = 0;
let litlenTable: usize = 0;
let distTable: usize = 0;
let fixedLitlenTable: usize = 0;
let fixedDistTable: usize = 0;
let inputUsed: i32 = 0;

/** Bytes of scratch memory that `inflateSetup` needs. */
export const INFLATE_SCRATCH: i32 = 49152;

/** Compressed bytes that the last stream used, its header and checksum included. */
export function consumed(): i32 {
  return inputUsed;
}

/** Lays out the tables in scratch memory; nothing is kept in static data, so that the module fits any memory. */
export function inflateSetup(scratch: usize): void {
  codeLengths = scratch;
  counts = scratch + 512;
  sorted = scratch + 640;
  litlenValues = scratch + 1280;
  distValues = scratch + 2432;
  codelenValues = scratch + 2560;
  codelenOrder = scratch + 2640;
  reversed = scratch + 2688; // 256 bytes
  litlenTable = scratch + 4096; // 2342 entries at most
  distTable = scratch + 16384; // 402 entries at most
  fixedLitlenTable = scratch + 20480; // 512 entries
  fixedDistTable = scratch + 24576;

  for (let symbol: u32 = 0; symbol < 256; symbol++) store<u32>(litlenValues + (symbol << 2), LITERAL | (symbol << 16));
  store<u32>(litlenValues + 1024, SPECIAL | END);
  let base: u32 = 3;
  for (let i: u32 = 0; i < 29; i++) {
    const extra: u32 = i < 8 || i == 28 ? 0 : (i >> 2) - 1;
    if (i == 28) base = 258;
    store<u32>(litlenValues + ((257 + i) << 2), (base << 16) | extra);
    base += 1 << extra;
  }
  store<u32>(litlenValues + (286 << 2), SPECIAL);
  store<u32>(litlenValues + (287 << 2), SPECIAL);
  base = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 4 ? 0 : (i >> 1) - 1;
    store<u32>(distValues + (i << 2), (base << 16) | extra);
    base += 1 << extra;
  }
  store<u32>(distValues + (30 << 2), SPECIAL);
  store<u32>(distValues + (31 << 2), SPECIAL);
  for (let i: u32 = 0; i < 16; i++) store<u32>(codelenValues + (i << 2), (i << 16) | (1 << 24));
  store<u32>(codelenValues + 64, PREVIOUS | (3 << 24) | 2);
  store<u32>(codelenValues + 68, (3 << 24) | 3);
  store<u32>(codelenValues + 72, (11 << 24) | 7);
  const nibbles = i8x16(0, -128, 64, -64, 32, -96, 96, -32, 16, -112, 80, -48, 48, -80, 112, -16);
  v128.store(reversed, nibbles);
  for (let high: usize = 1; high < 16; high++) {
    v128.store(reversed + (high << 4), v128.or(nibbles, i8x16.splat(<i8>(load<u8>(reversed + high) >> 4))));
  }
  // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15
  store<u64>(codelenOrder, 0x060907_08_00_12_11_10);
  store<u64>(codelenOrder, 0x0d030c040b050a06 , 7);
  store<u32>(codelenOrder, 0x0f010e02, 15);

  memory.fill(codeLengths, 8, 144);
  memory.fill(codeLengths + 144, 9, 112);
  memory.fill(codeLengths + 256, 7, 24);
  memory.fill(codeLengths + 280, 8, 8);
  buildTable(codeLengths, 288, ALL_LENGTHS, 9, fixedLitlenTable, litlenValues, false);
  memory.fill(codeLengths, 5, 32);
  buildTable(codeLengths, 32, ALL_LENGTHS, DIST_BITS, fixedDistTable, distValues, false);
}

/**
 * Builds the decoding table of a canonical Huffman code. False when the lengths are no code: over-full, or with gaps,
 * except for a lone code of one bit, which zlib accepts too (`mayBeLone`).
 *
 * @param used a bit for each length that there may be. Up to 63 bytes behind the `n` lengths are read.
 */
function buildTable(lengths: usize, n: i32, used: u32, bits: i32, table: usize, values: usize, mayBeLone: bool): bool {
  let left: i32 = 1;
  let longest: i32 = 0;
  let next = sorted;
  // Most streams are short deltas, whose tables cost as much as their bytes: symbols are sorted by masks of 64 lengths. Where
  // the last one of a mask is could not be foreseen, so there are few masks.
  for (let length = 1; length < 16; length++) {
    left <<= 1;
    const first = next;
    if (used >> length & 1) {
      const wanted = i8x16.splat(<i8>length);
      for (let at = 0; at < n; at += 64) {
        let mask = equal(lengths + at, wanted) | (equal(lengths + at + 16, wanted) << 16);
        mask |= (equal(lengths + at + 32, wanted) << 32) | (equal(lengths + at + 48, wanted) << 48);
        if (n - at < 64) mask &= (<u64>1 << (n - at)) - 1;
        while (mask) {
          store<u16>(next, <u16>(at + <i32>ctz(mask)));
          next += 2;
          mask &= mask - 1;
        }
      }
      if (next > first) longest = length;
    }
    const count = <i32>((next - first) >> 1);
    store<u32>(counts + (<usize>length << 2), count);
    left -= count;
    if (left < 0) return false;
  }
  if (left > 0) {
    if (!mayBeLone || longest > 1) return false;
    for (let i: usize = 0; i < <usize>1 << bits; i++) store<u32>(table + (i << 2), SPECIAL);
    if (longest == 1) {
      const entry = load<u32>(values + (<usize>load<u16>(sorted) << 2)) + 0x101;
      for (let i: usize = 0; i < <usize>1 << bits; i += 2) store<u32>(table + (i << 2), entry);
    }
    return true;
  }

  // Codes are counted as they are made, the first bit the highest of sixteen, and stored as they arrive, the first bit the lowest.
  // While lengths fit the table it is doubled for each further bit.
  next = sorted;
  let code: u32 = 0;
  let size: usize = 1;
  let width = 0;
  const short = min(longest, bits);
  for (let length = 1; length <= short; length++) {
    if (next > sorted) double(table, size);
    width = length;
    size = <usize>1 << length;
    let count = load<u32>(counts + (<usize>length << 2));
    const step = <u32>length * 0x101;
    const further: u32 = 0x10000 >> length;
    while (count--) {
      store<u32>(table + (<usize>reverse(code) << 2), load<u32>(values + (<usize>load<u16>(next) << 2)) + step);
      next += 2;
      code += further;
    }
  }
  while (width < bits) {
    double(table, size);
    size <<= 1;
    width++;
  }
  let subStart: u32 = 1 << bits;
  let subWidth: i32 = 0;
  let prefix: u32 = 0xffffffff;
  let start: u32 = 0;
  const low: u32 = (1 << bits) - 1;
  for (let length = bits + 1; length <= longest; length++) {
    let count = <i32>load<u32>(counts + (<usize>length << 2));
    const step = <u32>(length - bits) * 0x101;
    const further: u32 = 0x10000 >> length;
    while (count > 0) {
      const arriving = reverse(code);
      if ((arriving & low) != prefix) {
        prefix = arriving & low;
        subWidth = length - bits;
        let room: i32 = 1 << subWidth;
        let used = count;
        while (used < room && subWidth + bits < longest) {
          subWidth++;
          used = (used << 1) + <i32>load<u32>(counts + (<usize>(bits + subWidth) << 2));
          room = 1 << subWidth;
        }
        start = subStart;
        subStart += 1 << subWidth;
        store<u32>(table + (<usize>prefix << 2), (start << 16) | SPECIAL | SUB_TABLE | (<u32>subWidth << 8) | bits);
      }
      const entry = load<u32>(values + (<usize>load<u16>(next) << 2)) + step;
      next += 2;
      const stride: u32 = 1 << (length - bits);
      for (let i = arriving >> bits; i < <u32>1 << subWidth; i += stride) store<u32>(table + (<usize>(start + i) << 2), entry);
      code += further;
      count--;
    }
  }
  return true;
}

/** Which of sixteen bytes are as wanted, a bit each. */
@inline
function equal(bytes: usize, wanted: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.load(bytes), wanted)));
}

/** Repeats the table's `size` entries behind them. A call of `memory.copy` would take longer than most of these copies. */
@inline
function double(table: usize, size: usize): void {
  const bytes = size << 2;
  let from = table;
  const to = table + bytes;
  if (size < 4) for (; from < to; from += 4) store<u32>(from + bytes, load<u32>(from));
  else for (; from < to; from += 16) v128.store(from + bytes, v128.load(from));
}

/** The sixteen bits in the opposite order: no code waits for the one before it, as it would if they were counted so. */
@inline
function reverse(code: u32): u32 {
  return (<u32>load<u8>(reversed + <usize>(code & 255)) << 8) | load<u8>(reversed + <usize>(code >> 8));
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
    let litlen = litlenTable;
    let dist = distTable;
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
      litlen = fixedLitlenTable;
      dist = fixedDistTable;
      litlenBits = 9;
    } else {
      const nLitlen = (<i32>bits & 31) + 257;
      const nDist = (<i32>(bits >> 5) & 31) + 1;
      const nCodelen = (<i32>(bits >> 10) & 15) + 4;
      bits >>= 14;
      have -= 14;
      if (nLitlen > 286 || nDist > 30) return BAD_STREAM;
      // Where a run of zeros is longer than one store they are here already.
      for (let at: usize = 0; at < 320; at += 16) v128.store(codeLengths + at, i64x2.splat(0));
      let used: u32 = 0;
      for (let i = 0; i < nCodelen; i++) {
        if ((i & 15) == 0) {
          bits |= load<u64>(input) << have;
          input += 7 - <usize>((have >> 3) & 7);
          have |= 56;
        }
        const length = <u32>bits & 7;
        store<u8>(codeLengths + load<u8>(codelenOrder + i), <u8>length);
        used |= 1 << length;
        bits >>= 3;
        have -= 3;
      }
      if (!buildTable(codeLengths, 19, used, CODELEN_BITS, distTable, codelenValues, false)) return BAD_STREAM;
      store<u32>(codeLengths, 0, 16);
      let i: usize = 0;
      const n = <usize>(nLitlen + nDist);
      let previous: u32 = NO_LENGTH;
      used = 0;
      // A length, a repeat of the last one and a run of zeros came in an order that could not be foreseen: all are repeats here.
      while (i < n) {
        bits |= load<u64>(input) << have;
        input += 7 - <usize>((have >> 3) & 7);
        have |= 56;
        const entry = load<u32>(distTable + (<usize>(bits & 127) << 2));
        previous = entry & PREVIOUS ? previous : (entry >> 16) & 15;
        used |= 1 << previous;
        v128.store(codeLengths + i, i8x16.splat(<i8>previous));
        i += <usize>((entry >> 24) + ((<u32>bits & ((1 << (entry & 63)) - 1)) >> ((entry >> 8) & 31)));
        bits >>= <u64>entry;
        have -= <u64>entry;
      }
      // The last one repeated none, or ended elsewhere.
      if (i > n || used >> NO_LENGTH) return BAD_STREAM;
      if (input > inputLimit || load<u8>(codeLengths + 256) == 0) return BAD_STREAM;
      // A small output does not pay for a wide table.
      const room = limit - to;
      litlenBits = room < 1024 ? 8 : room < 4096 ? 9 : room < 20480 ? 10 : MAX_LITLEN_BITS;
      if (!buildTable(codeLengths + nLitlen, nDist, used, DIST_BITS, distTable, distValues, true)) return BAD_STREAM;
      if (!buildTable(codeLengths, nLitlen, used, litlenBits, litlenTable, litlenValues, true)) return BAD_STREAM;
    }

    const litlenMask: u64 = (1 << litlenBits) - 1;
    const distMask: u64 = (1 << DIST_BITS) - 1;
    while (true) {
      if (to > limit) return TOO_LONG;
      if (input > inputLimit) return BAD_STREAM;
      bits |= load<u64>(input) << have;
      input += 7 - <usize>((have >> 3) & 7);
      have |= 56;
      let entry = load<u32>(litlen + (<usize>(bits & litlenMask) << 2));
      if (entry & LITERAL) {
        bits >>= <u64>entry;
        have -= <u64>entry;
        store<u8>(to, <u8>(entry >> 16));
        entry = load<u32>(litlen + (<usize>(bits & litlenMask) << 2));
        if (entry & LITERAL) {
          bits >>= <u64>entry;
          have -= <u64>entry;
          store<u8>(to, <u8>(entry >> 16), 1);
          entry = load<u32>(litlen + (<usize>(bits & litlenMask) << 2));
          if (entry & LITERAL) {
            bits >>= <u64>entry;
            have -= <u64>entry;
            store<u8>(to, <u8>(entry >> 16), 2);
            entry = load<u32>(litlen + (<usize>(bits & litlenMask) << 2));
            if (entry & LITERAL) {
              bits >>= <u64>entry;
              have -= <u64>entry;
              store<u8>(to, <u8>(entry >> 16), 3);
              to += 4;
              continue;
            }
            to += 3;
          } else to += 2;
        } else to += 1;
        bits |= load<u64>(input) << have;
        input += 7 - <usize>((have >> 3) & 7);
        have |= 56;
      }
      if (entry & SPECIAL) {
        if (entry & SUB_TABLE) {
          bits >>= <u64>entry;
          have -= <u64>entry;
          const width = (entry >> 8) & 15;
          entry = load<u32>(litlen + (<usize>((entry >> 16) + (<u32>bits & ((1 << width) - 1))) << 2));
          if (entry & LITERAL) {
            bits >>= <u64>entry;
            have -= <u64>entry;
            store<u8>(to, <u8>(entry >> 16));
            to++;
            continue;
          }
        }
        if (entry & SPECIAL) {
          if (!(entry & END)) return BAD_STREAM;
          bits >>= <u64>entry;
          have -= <u64>entry;
          break;
        }
      }
      let length = <usize>((entry >> 16) + ((<u32>bits & ((1 << (entry & 63)) - 1)) >> ((entry >> 8) & 31)));
      bits >>= <u64>entry;
      have -= <u64>entry;
      entry = load<u32>(dist + (<usize>(bits & distMask) << 2));
      if (entry & SPECIAL) {
        if (!(entry & SUB_TABLE)) return BAD_STREAM;
        bits >>= <u64>entry;
        have -= <u64>entry;
        const width = (entry >> 8) & 15;
        entry = load<u32>(dist + (<usize>((entry >> 16) + (<u32>bits & ((1 << width) - 1))) << 2));
        if (entry & SPECIAL) return BAD_STREAM;
      }
      const distance = <usize>((entry >> 16) + ((<u32>bits & ((1 << (entry & 63)) - 1)) >> ((entry >> 8) & 31)));
      bits >>= <u64>entry;
      have -= <u64>entry;
      if (distance > to - target) return BAD_STREAM;
      let from = to - distance;
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
      } else if (distance >= 8) {
        do {
          store<u64>(to, load<u64>(from));
          to += 8;
          from += 8;
        } while (to < end);
      } else if (distance == 1) {
        const run = i8x16.splat(load<i8>(from));
        do {
          v128.store(to, run);
          to += 16;
        } while (to < end);
      } else {
        do {
          store<u8>(to, load<u8>(from));
          to++;
          from++;
        } while (to < end);
      }
      to = end;
    }
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
