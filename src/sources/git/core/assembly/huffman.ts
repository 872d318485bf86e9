// The tables that symbols are decoded by: one look-up a symbol, whose entry already holds the value, the code's length and
// its extra bits.

// An entry: bits 0-5 how many bits to drop (code and extra bits), bits 8-12 the code's length alone and two more, bits
// 16-30 the value, and these flags. The entry of a sub-table's first part holds a mask of the sub-table's indices in bits
// 8-14 and where it begins, in bytes, as value.
/** The sign, as that needs no constant to be held against. */
export const LITERAL: u32 = 0x80000000;
export const SPECIAL: u32 = 0x80;
export const SUB_TABLE: u32 = 0x40;
export const END: u32 = 0x8000;

// Of an entry for code lengths bits 8-12 are the code's length, bits 16-19 the length that it stands for and bits 24-31
// how often that comes, less what the extra bits say.
export const PREVIOUS: u32 = 0x100000;

export const MAX_LITLEN_BITS: i32 = 11;
export const DIST_BITS: i32 = 8;
export const CODELEN_BITS: i32 = 7;

// Where the tables lie is known when this is compiled, in the memory's first page, which is nobody else's: a look-up adds
// no address and holds no register, of which the loop has none to spare.
const TABLES: usize = 4096;
export const CODE_LENGTHS: usize = TABLES;
/** How often each length comes, 17 words: the last one is of the length before the first. */
export const COUNTS: usize = TABLES + 512;
const SORTED: usize = TABLES + 640;
export const LITLEN_VALUES: usize = TABLES + 1280;
export const DIST_VALUES: usize = TABLES + 2432;
export const CODELEN_VALUES: usize = TABLES + 2560;
export const CODELEN_ORDER: usize = TABLES + 2640;
const REVERSED: usize = TABLES + 2688; // 256 bytes
/** Of each distance below 16 which of the bytes it repeats stands where in 16 bytes. */
export const REPEATS: usize = TABLES + 3072;
/** Of each distance below 16 its largest multiple that is no more than 16. */
export const STEPS: usize = TABLES + 3328;
/** As `COUNTS`, of both alphabets of a block together. */
export const ALL_COUNTS: usize = TABLES + 3392;
/** Where the next symbol of each length goes when symbols are sorted. */
const PLACES: usize = TABLES + 3472;
export const LITLEN: usize = TABLES + 4096; // 2342 entries at most
export const DIST: usize = TABLES + 16384; // 402 entries at most
const FIXED_LITLEN: usize = TABLES + 20480; // 512 entries
const FIXED_DIST: usize = TABLES + 24576;

/** Not 0: the tables are those of the fixed codes. In memory like them, which a later instance may share. */
const IS_FIXED: usize = TABLES + 28672;

/** The tables are about to be others than those of the fixed codes. */
export function dropFixed(): void {
  store<u32>(IS_FIXED, 0);
}

/** Makes the tables those of the fixed codes, the first of 9 bits. */
export function takeFixed(): void {
  if (load<u32>(IS_FIXED)) return;
  memory.copy(LITLEN, FIXED_LITLEN, 2048);
  memory.copy(DIST, FIXED_DIST, 1024);
  store<u32>(IS_FIXED, 1);
}

/** Fills what does not depend on any stream. */
export function inflateSetup(): void {
  dropFixed();
  for (let symbol: u32 = 0; symbol < 256; symbol++) store<u32>(LITLEN_VALUES + (symbol << 2), LITERAL | (symbol << 16));
  store<u32>(LITLEN_VALUES + 1024, SPECIAL | END);
  let base: u32 = 3;
  for (let i: u32 = 0; i < 29; i++) {
    const extra: u32 = i < 8 || i == 28 ? 0 : (i >> 2) - 1;
    if (i == 28) base = 258;
    store<u32>(LITLEN_VALUES + ((257 + i) << 2), (base << 16) | 0x200 | extra);
    base += 1 << extra;
  }
  store<u32>(LITLEN_VALUES + (286 << 2), SPECIAL);
  store<u32>(LITLEN_VALUES + (287 << 2), SPECIAL);
  base = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 4 ? 0 : (i >> 1) - 1;
    store<u32>(DIST_VALUES + (i << 2), (base << 16) | 0x200 | extra);
    base += 1 << extra;
  }
  store<u32>(DIST_VALUES + (30 << 2), SPECIAL);
  store<u32>(DIST_VALUES + (31 << 2), SPECIAL);
  for (let i: u32 = 0; i < 16; i++) store<u32>(CODELEN_VALUES + (i << 2), (i << 16) | (1 << 24));
  store<u32>(CODELEN_VALUES + 64, PREVIOUS | (3 << 24) | 2);
  store<u32>(CODELEN_VALUES + 68, (3 << 24) | 3);
  store<u32>(CODELEN_VALUES + 72, (11 << 24) | 7);
  const nibbles = i8x16(0, -128, 64, -64, 32, -96, 96, -32, 16, -112, 80, -48, 48, -80, 112, -16);
  v128.store(REVERSED, nibbles);
  for (let high: usize = 1; high < 16; high++) {
    v128.store(REVERSED + (high << 4), v128.or(nibbles, i8x16.splat(<i8>(load<u8>(REVERSED + high) >> 4))));
  }
  // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15
  store<u64>(CODELEN_ORDER, 0x060907_08_00_12_11_10);
  store<u64>(CODELEN_ORDER, 0x0d030c040b050a06 , 7);
  store<u32>(CODELEN_ORDER, 0x0f010e02, 15);

  for (let distance: usize = 1; distance < 16; distance++) {
    for (let i: usize = 0; i < 16; i++) store<u8>(REPEATS + (distance << 4) + i, i % distance);
    store<u8>(STEPS + distance, 16 - 16 % distance);
  }
  memory.fill(CODE_LENGTHS, 8, 144);
  memory.fill(CODE_LENGTHS + 144, 9, 112);
  memory.fill(CODE_LENGTHS + 256, 7, 24);
  memory.fill(CODE_LENGTHS + 280, 8, 8);
  count(CODE_LENGTHS, 288);
  buildTable(CODE_LENGTHS, 288, 9, FIXED_LITLEN, LITLEN_VALUES, false);
  memory.fill(CODE_LENGTHS, 5, 32);
  count(CODE_LENGTHS, 32);
  buildTable(CODE_LENGTHS, 32, DIST_BITS, FIXED_DIST, DIST_VALUES, false);
}

/**
 * Builds the decoding table of a canonical Huffman code. False when the lengths are no code: over-full, or with gaps,
 * except for a lone code of one bit, which zlib accepts too (`mayBeLone`). How often each length comes is in `COUNTS`; up to
 * 63 bytes behind the `n` lengths are read.
 */
export function buildTable(lengths: usize, n: i32, bits: i32, table: usize, values: usize, mayBeLone: bool): bool {
  let left: i32 = 1;
  let longest: i32 = 0;
  let next = SORTED;
  for (let length = 1; length < 16; length++) {
    const count = <i32>load<u32>(<usize>length << 2, COUNTS);
    left = (left << 1) - count;
    if (left < 0) return false;
    store<u32>(<usize>length << 2, <u32>next, PLACES);
    next += <usize>count << 1;
    if (count) longest = length;
  }
  // Most streams are short deltas, whose tables cost as much as their bytes: symbols are found by masks of 64 lengths. Where
  // the last one of a mask is could not be foreseen, so there are few masks.
  const none = i8x16.splat(0);
  for (let at = 0; at < n; at += 64) {
    let mask = equal(lengths + at, none) | (equal(lengths + at + 16, none) << 16);
    mask |= (equal(lengths + at + 32, none) << 32) | (equal(lengths + at + 48, none) << 48);
    mask = ~mask;
    if (n - at < 64) mask &= (<u64>1 << (n - at)) - 1;
    while (mask) {
      const symbol = at + <i32>ctz(mask);
      const length = <usize>load<u8>(lengths + symbol) << 2;
      const place = load<u32>(length, PLACES);
      store<u16>(place, <u16>symbol);
      store<u32>(length, place + 2, PLACES);
      mask &= mask - 1;
    }
  }
  if (left > 0) {
    if (!mayBeLone || longest > 1) return false;
    for (let i: usize = 0; i < <usize>1 << bits; i++) store<u32>(table + (i << 2), SPECIAL);
    if (longest == 1) {
      const entry = load<u32>(values + (<usize>load<u16>(SORTED) << 2)) + 0x101;
      for (let i: usize = 0; i < <usize>1 << bits; i += 2) store<u32>(table + (i << 2), entry);
    }
    return true;
  }

  // Codes are counted as they are made, the first bit the highest of sixteen, and stored as they arrive, the first bit the lowest.
  // While lengths fit the table it is doubled for each further bit.
  next = SORTED;
  let code: u32 = 0;
  let size: usize = 1;
  let width = 0;
  const short = min(longest, bits);
  for (let length = 1; length <= short; length++) {
    if (next > SORTED) double(table, size);
    width = length;
    size = <usize>1 << length;
    let count = load<u32>(COUNTS + (<usize>length << 2));
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
    let count = <i32>load<u32>(COUNTS + (<usize>length << 2));
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
          used = (used << 1) + <i32>load<u32>(COUNTS + (<usize>(bits + subWidth) << 2));
          room = 1 << subWidth;
        }
        start = subStart;
        subStart += 1 << subWidth;
        store<u32>(table + (<usize>prefix << 2), (start << 18) | SPECIAL | SUB_TABLE | (((1 << subWidth) - 1) << 8) | bits);
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

/** Makes a row of 17 counts zero. */
@inline
export function clear(counts: usize): void {
  v128.store(counts, i64x2.splat(0));
  v128.store(counts, i64x2.splat(0), 16);
  v128.store(counts, i64x2.splat(0), 32);
  v128.store(counts, i64x2.splat(0), 48);
  store<u32>(counts, 0, 64);
}

/** Counts how often each length comes. */
export function count(lengths: usize, n: i32): void {
  clear(COUNTS);
  for (let i = 0; i < n; i++) {
    const length = <usize>load<u8>(lengths + i) << 2;
    store<u32>(length, load<u32>(length, COUNTS) + 1, COUNTS);
  }
}

/** Of the counts of both alphabets leaves the other one's. */
export function countOthers(): void {
  for (let at: usize = 0; at < 64; at += 16) {
    v128.store(at, i32x4.sub(v128.load(at, ALL_COUNTS), v128.load(at, COUNTS)), COUNTS);
  }
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
  return (<u32>load<u8>(REVERSED + <usize>(code & 255)) << 8) | load<u8>(REVERSED + <usize>(code >> 8));
}
