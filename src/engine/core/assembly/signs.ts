// The pass over a text that the search for encoded runs makes: which blocks of 64 bytes show a sign of one, and in those the signs.
import { VECTORS } from "./characters";
import { lookUp } from "./nibbles";
import { fours, fullGroups, groupsAt, groupsOf, notesOf, searched } from "./notes";

/** So many bytes are looked through at once: a bit of a word for each block. */
export const STRETCH: usize = 4096;

/** The blocks in which four full groups of digits in a row end, and those that hold a mark of a unit, from the lowest bit on. */
export let inRows: u64 = 0;
/** Those in which eleven end: a line of 48 digits that goes on in the next one fills them. */
export let inLongRows: u64 = 0;
export let marked: u64 = 0;
/** The groups of the last block, for the next stretch. */
export let lastGroups: u32 = 0;

/**
 * Looks through the bytes from `from` to `to`, at most a stretch; `groups` are those before. At `notes`, unless that is 0, a note is
 * written for each block. Two blocks of five show a sign, which no branch could foresee: so none is asked for one.
 */
export function findSigns(from: usize, to: usize, groups: u32, notes: usize): void {
  const low = v128.load(VECTORS, 112), high = v128.load(VECTORS, 128), nibble = v128.load(VECTORS, 32);
  const alphabets = v128.load(VECTORS, 48), none = v128.load(VECTORS, 64), markBits = v128.load(VECTORS, 144);
  const first = groupsAt() + 2;
  store<u16>(first - 2, <u16>groups);
  let marks: u64 = 0, at = first;
  for (let p = from; p < to; p += 64) {
    const a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
    const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
    store<u16>(at, <u16>groupsIn(a, b, c, d, alphabets, none));
    at += 2;
    marks = marks >> 1 | <u64>v128.any_true(v128.and(v128.or(v128.or(a, b), v128.or(c, d)), markBits)) << 63;
  }
  lastGroups = load<u16>(at - 2);
  let rows: u64 = 0, longRows: u64 = 0;
  for (let block: usize = 0; block < at - first >> 1; block += 16) {
    const made = notesOf(first + (block << 1), true);
    if (notes) v128.store(notes + block, made);
    rows |= <u64>(<u32>i8x16.bitmask(i16x8.shl(made, FOUR_TO_SIGN))) << <u64>block;
    longRows |= <u64>(<u32>i8x16.bitmask(i16x8.shl(made, ELEVEN_TO_SIGN))) << <u64>block;
  }
  const unused: u64 = 64 - (<u64>(to - from) + 63 >> 6);
  inRows = rows & ~(<u64>0) >> unused;
  inLongRows = longRows & ~(<u64>0) >> unused;
  marked = marks >> unused;
}

/** The bit `FOUR` of a note becomes the one that `bitmask` goes by, or `ELEVEN` does. */
const FOUR_TO_SIGN: i32 = 7;
const ELEVEN_TO_SIGN: i32 = 5;

@inline function groupsIn(a: v128, b: v128, c: v128, d: v128, alphabets: v128, none: v128): u32 {
  return groupsOf(v128.and(a, alphabets), v128.and(b, alphabets), v128.and(c, alphabets), v128.and(d, alphabets), none);
}

/** Where four full groups in a row end in the block at `p`: a bit a group, the first for the last one before the block. */
export function rowsIn(p: usize, isFirst: bool): u32 {
  const low = v128.load(VECTORS, 112), high = v128.load(VECTORS, 128), nibble = v128.load(VECTORS, 32);
  const alphabets = v128.load(VECTORS, 48), none = v128.load(VECTORS, 64);
  const before: u32 = isFirst ? 0 : i32x4.bitmask(fullGroups(searched(p - 16, low, high, nibble), alphabets, none));
  const a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
  const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
  return fours(before | groupsIn(a, b, c, d, alphabets, none) << 4) & 0x1fffe;
}

/** The marks in the block at `p`, a bit each, but for those that what follows makes none: `&&`, `%;`, a backslash before a full stop. */
export function marksIn(p: usize): u64 {
  return followed(p) | followed(p + 16) << 16 | followed(p + 32) << 32 | followed(p + 48) << 48;
}

/** Of the marks, as `VECTORS` has them: `%` and `&`, the escape, the backslash. */
const PERCENTS: i8 = 32;
const ESCAPES: i8 = 64;
const BACKSLASHES: i8 = -128;
/** Of what follows: what may stand behind `%` or `&`, and behind a backslash. */
const BEHIND_PERCENTS: i8 = 31;
const BEHIND_BACKSLASHES: i8 = -32;

@inline function followed(p: usize): u64 {
  const nibble = v128.load(VECTORS, 32), none = v128.load(VECTORS, 64);
  const marks = searched(p, v128.load(VECTORS, 112), v128.load(VECTORS, 128), nibble);
  const next = searched(p + 1, v128.load(VECTORS, 160), v128.load(VECTORS, 176), nibble);
  const percents = v128.andnot(v128.and(marks, i8x16.splat(PERCENTS)), i8x16.eq(v128.and(next, i8x16.splat(BEHIND_PERCENTS)), none));
  const slashes = v128.andnot(v128.and(marks, i8x16.splat(BACKSLASHES)), i8x16.eq(v128.and(next, i8x16.splat(BEHIND_BACKSLASHES)), none));
  const all = v128.or(v128.or(percents, slashes), v128.and(marks, i8x16.splat(ESCAPES)));
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(all, none)) ^ 0xffff);
}
