// What the decoders know of single bytes, in tables that are made when the core is loaded.
import { lookUp } from "./nibbles";

/** As in decode/decoder.ts: a run is cut here. */
export const LONGEST_RUN: usize = 1 << 20;
/** As there: what the next piece begins with. */
export const CUT_SHARED: usize = 1 << 16;
/** As in decode/decoder.ts: so many token bytes in a row must be decoded from a run. */
export const SHORTEST_SECRET: usize = 14;

/** Classes of bytes, a bit each. */
export const STANDARD: u8 = 1;
export const URL_SAFE: u8 = 2;
export const HEX: u8 = 4;
/** White space and quotes: a run of units ends there. */
export const END: u8 = 8;
/** What the text around a token consists of. */
export const TOKEN: u8 = 16;
/** What may follow a backslash, `&` and ESC where a unit is. */
export const ESCAPED: u8 = 32;
export const NAMED: u8 = 64;
export const BRACKET: u8 = 128;

/** Of the classes of the search, the bits that mean one of the two base64 alphabets, and those of the marks. */
const SEARCHED_ALPHABETS: i8 = 31;
const SEARCHED_MARKS: i8 = -32;

let CLASSES: usize = 0;
/** What a base64 digit of either alphabet is worth. */
let VALUES: usize = 0;

/** Vectors of the search: the engine keeps in registers what is loaded, and would make constants anew at every step. */
export let VECTORS: usize = 0;

export const TABLES_BYTES: usize = 512 + 16 * 16;

@inline export function classOf(at: usize): u8 {
  return load<u8>(CLASSES + <usize>load<u8>(at));
}

/** Classes of sixteen bytes, as the bits of `VECTORS`. */
@inline export function classesAt(at: usize): v128 {
  const bytes = v128.load(at), nibble = v128.load(VECTORS, 32);
  return v128.and(
    lookUp(v128.load(VECTORS), v128.and(bytes, nibble)),
    lookUp(v128.load(VECTORS, 16), v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** White space and quotes among the sixteen bytes at `at`, a bit each. */
@inline export function endsAt(at: usize): u32 {
  const low = v128.load(VECTORS, 80), high = v128.load(VECTORS, 96), nibble = v128.load(VECTORS, 32);
  const bytes = v128.load(at);
  const classes = v128.and(
    lookUp(low, v128.and(bytes, nibble)),
    lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
  return ~<u32>i8x16.bitmask(i8x16.eq(classes, v128.load(VECTORS, 64))) & 0xffff;
}

/** Where the word begins that `at` stands in or behind, not before `floor`. Sixteen bytes before that must be readable. */
export function wordBegin(at: usize, floor: usize): usize {
  for (let p = at; p > floor; p -= 16) {
    const ends = endsAt(p - 16);
    if (ends) return max(floor, p - <usize>(clz(ends) - 16));
  }
  return floor;
}

/** Where the word ends that `at` stands in or at the end of, not behind `limit`. */
export function wordEnd(at: usize, limit: usize): usize {
  for (let p = at; p < limit; p += 16) {
    const ends = endsAt(p);
    if (ends) return min(limit, p + <usize>ctz(ends));
  }
  return limit;
}

/** Whether the byte is a digit of either base64 alphabet. */
export function isDigit(byte: u32): bool {
  return (load<u8>(CLASSES + <usize>byte) & (STANDARD | URL_SAFE)) != 0;
}

@inline export function isToken(byte: u32): bool {
  return (load<u8>(CLASSES + <usize>byte) & TOKEN) != 0;
}

@inline export function valueOf(at: usize): u32 {
  return load<u8>(VALUES + <usize>load<u8>(at));
}

@inline export function isHex(at: usize): bool {
  return (classOf(at) & HEX) != 0;
}

/** What a hex digit is worth. */
@inline export function nibble(at: usize): u32 {
  const byte: u32 = load<u8>(at);
  return (byte & 15) + (byte >> 6) * 9;
}

function mark(from: u32, to: u32, bits: u8): void {
  for (let byte = from; byte <= to; byte++) {
    const at = CLASSES + <usize>byte;
    store<u8>(at, load<u8>(at) | bits);
  }
}

function number(from: u32, to: u32, first: u32): void {
  for (let byte = from; byte <= to; byte++) store<u8>(VALUES + <usize>byte, <u8>(first + byte - from));
}

/** Writes the tables at `address`, of `TABLES_BYTES` bytes. */
export function makeTables(address: usize): void {
  CLASSES = address;
  VALUES = address + 256;
  VECTORS = address + 512;
  memory.fill(address, 0, TABLES_BYTES);
  const both = STANDARD | URL_SAFE | TOKEN;
  mark(0x30, 0x39, both | HEX);
  mark(0x41, 0x5a, both);
  mark(0x61, 0x7a, both);
  mark(0x41, 0x46, HEX);
  mark(0x61, 0x66, HEX);
  mark(0x2b, 0x2b, STANDARD | TOKEN); // +
  mark(0x2d, 0x2d, URL_SAFE | TOKEN); // -
  mark(0x2e, 0x2e, TOKEN); // .
  mark(0x2f, 0x2f, STANDARD | TOKEN); // /
  mark(0x5f, 0x5f, URL_SAFE | TOKEN); // _
  mark(0x3d, 0x3d, TOKEN); // =
  mark(0x25, 0x26, TOKEN); // % &
  mark(0x5c, 0x5c, TOKEN); // backslash
  mark(0x3a, 0x3b, TOKEN); // : ;
  mark(0x23, 0x23, TOKEN); // #
  mark(0x00, 0x00, END);
  mark(0x09, 0x0a, END); // tab, line feed
  mark(0x0d, 0x0d, END); // carriage return
  mark(0x20, 0x20, END); // space
  mark(0x22, 0x22, END); // "
  mark(0x27, 0x27, END); // '
  mark(0x60, 0x60, END); // `
  mark(0x3c, 0x3c, END); // <
  mark(0x3e, 0x3e, END); // >
  mark(0x30, 0x31, ESCAPED); // 0 1
  mark(0x45, 0x45, ESCAPED); // E
  mark(0x65, 0x65, ESCAPED); // e
  mark(0x6e, 0x6e, ESCAPED); // n
  mark(0x72, 0x72, ESCAPED); // r
  mark(0x74, 0x75, ESCAPED); // t u
  mark(0x78, 0x78, ESCAPED); // x
  mark(0x2f, 0x2f, ESCAPED); // /
  mark(0x5f, 0x5f, ESCAPED); // _
  mark(0x3a, 0x3a, ESCAPED); // :
  mark(0x3d, 0x3d, ESCAPED); // =
  mark(0x61, 0x7a, NAMED);
  mark(0x23, 0x23, NAMED); // #
  mark(0x5b, 0x5b, BRACKET); // [
  mark(0x5d, 0x5d, BRACKET); // ]
  mark(0x28, 0x29, BRACKET); // ( and )
  mark(0x37, 0x38, BRACKET); // 7 and 8
  mark(0x44, 0x45, BRACKET); // D and E
  mark(0x48, 0x48, BRACKET); // H
  mark(0x4d, 0x4d, BRACKET); // M
  mark(0x63, 0x63, BRACKET); // c
  number(0x41, 0x5a, 0);
  number(0x61, 0x7a, 26);
  number(0x30, 0x39, 52);
  number(0x2b, 0x2b, 62);
  number(0x2d, 0x2d, 62);
  number(0x2f, 0x2f, 63);
  number(0x5f, 0x5f, 63);
  makeVectors();
}

/**
 * Bits: 1 digits, 2 letters A–O, 4 letters P–Z, 8 `+` and `/`, 16 `-`, 32 `_`. Each is a set of low times a set of high halves
 * of a byte, so that two look-ups and an AND give them all.
 *
 * For the search, which has no need to tell the alphabets apart: 8 `+`, `-` and `/`, 16 `_`, 32 `%` and `&`, 64 the escape,
 * 128 the backslash.
 */
function makeVectors(): void {
  v128.store(VECTORS, i8x16(5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 10, 2, 18, 2, 42));
  v128.store(VECTORS, i8x16(0, 0, 24, 1, 2, 36, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0), 16);
  v128.store(VECTORS, i8x16.splat(0x0f), 32);
  v128.store(VECTORS, i8x16.splat(SEARCHED_ALPHABETS), 48);
  v128.store(VECTORS, i8x16.splat(0), 64);
  v128.store(VECTORS, i8x16(5, 7, 7, 7, 7, 39, 39, 7, 7, 7, 6, 74, -126, 10, 2, 26), 112);
  v128.store(VECTORS, i8x16(0, 64, 40, 1, 2, -108, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0), 128);
  v128.store(VECTORS, i8x16.splat(SEARCHED_MARKS), 144);
  // What may follow a mark. Behind `%` and `&`: 1 digits, 2 A–F, 4 and 8 small letters, 16 `#`. Behind a backslash: 32 `0`, `1`, `:`,
  // `=`, `r`, `t`, `u` and `x` (and `2`, `4`, `5`, `8`, `p`, `q`, `z` and `}`), 64 `E`, `e` and `n` (and `N`), 128 `/` and `_`.
  v128.store(VECTORS, i8x16(41, 47, 47, 31, 47, 111, 15, 13, 45, 13, 44, 4, 4, 36, 68, -124), 160);
  v128.store(VECTORS, i8x16(0, 0, -112, 33, 66, -128, 68, 40, 0, 0, 0, 0, 0, 0, 0, 0), 176);
  // What decodes to token bytes. Of base64, `I` to `Z` and `a` to `e`: 1, 2 and 4; `A`: 8. Of hex, `0`: 16, `2` to `7`: 32,
  // all digits: 64, all letters: 128.
  v128.store(VECTORS, i8x16(82, -50, -26, -26, -26, -26, -30, 98, 66, 67, 3, 1, 1, 1, 1, 1), 192);
  v128.store(VECTORS, i8x16(0, 0, 0, 112, -119, 2, -124, 0, 0, 0, 0, 0, 0, 0, 0, 0), 208);
  // What may be the second of four such digits: 1, 2, 4 and 8, and the third: 16, 32 and 64.
  v128.store(VECTORS, i8x16(104, 88, 24, 41, 97, 81, 17, 33, 97, 86, 22, 34, 34, 18, 18, 32), 224);
  v128.store(VECTORS, i8x16(0, 0, 0, 72, 17, 17, 34, 36, 0, 0, 0, 0, 0, 0, 0, 0), 240);
  // White space and quotes: 1 NUL to carriage return, 2 space and quotes, 4 angle brackets, 8 the back tick.
  v128.store(VECTORS, i8x16(11, 0, 2, 0, 0, 0, 0, 2, 0, 1, 1, 0, 4, 1, 4, 0), 80);
  v128.store(VECTORS, i8x16(1, 0, 2, 4, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0), 96);
}
