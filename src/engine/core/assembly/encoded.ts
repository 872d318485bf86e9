// Finds the encoded runs of a text, as the decoders of ../../decode do, which are the reference: one pass of vector
// instructions for all of them. What it finds is decoded by decode.ts and looked at by peel.ts.
import { classOf, END, HEX, LONGEST_RUN, STANDARD, URL_SAFE } from "./characters";
import { decodeBase64, decodeHex, decodeUnits } from "./decode";
import { unitAt } from "./units";

/** The decoders by their places in decode/index.ts. */
export const BASE64URL: u32 = 0;
export const BASE64: u32 = 1;
export const HEXADECIMAL: u32 = 2;
export const PERCENT: u32 = 3;
export const ESCAPE: u32 = 4;
export const HTML_ENTITY: u32 = 5;
export const DECODERS: u32 = 6;

const SHORTEST_BASE64: usize = 20;
const SHORTEST_HEX: usize = 28;
/** A unit is at least one byte longer than what it stands for. */
const SHORTEST_UNITS: usize = 15;

/** Only runs that overlap this part of the outermost text are decoded. */
let wantedFrom: usize = 0;
let wantedTo: usize = 0;

@inline function lookUp(table: v128, nibbles: v128): v128 {
  // Indexes are below sixteen, for which both instructions agree.
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles);
}

/**
 * Bits: 1 digits, 2 letters @–O, 4 letters P–Z, 8 `+` and `/`, 16 `-`, 32 `_`. Each is a set of low times a set of high
 * halves of a byte, so that two look-ups and an AND give them all.
 */
@inline function lowHalves(): v128 {
  return i8x16(5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 10, 2, 18, 2, 42);
}
@inline function highHalves(): v128 {
  return i8x16(0, 0, 24, 1, 2, 36, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0);
}
const STANDARD_BITS: i8 = 15;
const URL_SAFE_BITS: i8 = 55;

/** A bit for each group of four bytes that lies wholly in an alphabet. */
@inline function fullGroups(classes: v128, alphabet: i8): u32 {
  const outside = i8x16.eq(v128.and(classes, i8x16.splat(alphabet)), i8x16.splat(0));
  return <u32>i32x4.bitmask(i32x4.eq(outside, i32x4.splat(0)));
}

/**
 * Decodes every run of the text between `from` and `to` that one of the decoders in the bit set `wanted` reads. `depth`
 * counts the decodings, this one included. No run reaches over `from` or `to`; 64 bytes behind `to` can be read.
 */
export function decodeRuns(from: usize, to: usize, wanted: u32, depth: i32): void {
  const low = lowHalves(), high = highHalves(), nibble = i8x16.splat(0x0f);
  const wantsBase64 = (wanted & 3) != 0 || (wanted >> HEXADECIMAL & 1) != 0;
  const wantsUrl = (wanted >> BASE64URL & 1) != 0;
  const percent = i8x16.splat(0x25), backslash = i8x16.splat(0x5c), ampersand = i8x16.splat(0x26);
  let standard: u32 = 0, url: u32 = 0;
  let standardEnd = from, urlEnd = from, percentEnd = from, escapeEnd = from, entityEnd = from;
  for (let p = from; p < to; p += 16) {
    const bytes = v128.load(p);
    if (wantsBase64) {
      const classes = v128.and(lookUp(low, v128.and(bytes, nibble)), lookUp(high, i8x16.shr_u(bytes, 4)));
      // A run of twenty fills four such groups in a row, wherever it begins.
      standard = standard >> 4 | fullGroups(classes, STANDARD_BITS) << 4;
      url = url >> 4 | fullGroups(classes, URL_SAFE_BITS) << 4;
      const inStandard = standard & standard >> 1 & standard >> 2 & standard >> 3 & 0x1e;
      const inUrl = url & url >> 1 & url >> 2 & url >> 3 & 0x1e;
      if (inStandard | inUrl) {
        if (inUrl && wantsUrl) {
          const inside = p - 16 + (<usize>ctz(inUrl) << 2);
          if (inside >= urlEnd) urlEnd = urlRun(inside, from, to, depth);
        }
        if (inStandard) {
          const inside = p - 16 + (<usize>ctz(inStandard) << 2);
          if (inside >= standardEnd) standardEnd = standardRun(inside, from, to, wanted, depth);
        }
      }
    }
    if (wanted >> PERCENT == 0) continue;
    const marks = v128.or(
      v128.or(i8x16.eq(bytes, percent), i8x16.eq(bytes, backslash)),
      i8x16.eq(bytes, ampersand),
    );
    if (!v128.any_true(marks)) continue;
    let lanes: u32 = i8x16.bitmask(marks);
    do {
      const at = p + <usize>ctz(lanes);
      lanes &= lanes - 1;
      if (at >= to) break;
      const mark = load<u8>(at);
      if (mark == 0x25) {
        if (at >= percentEnd && wanted >> PERCENT & 1 && unitAt(PERCENT, at, to)) percentEnd = unitRun(PERCENT, at, percentEnd, to, depth);
      } else if (mark == 0x5c) {
        if (at >= escapeEnd && wanted >> ESCAPE & 1 && unitAt(ESCAPE, at, to)) escapeEnd = unitRun(ESCAPE, at, escapeEnd, to, depth);
      } else if (at >= entityEnd && wanted >> HTML_ENTITY & 1 && unitAt(HTML_ENTITY, at, to)) {
        entityEnd = unitRun(HTML_ENTITY, at, entityEnd, to, depth);
      }
    } while (lanes);
  }
}

/** Decodes the runs of a whole text that overlap `[first, last)`. */
export function decodeOutermost(text: usize, end: usize, first: usize, last: usize, depth: i32): void {
  wantedFrom = first;
  wantedTo = last;
  let from = first, to = last;
  while (from > text && !(classOf(from - 1) & END)) from--;
  while (to < end && !(classOf(to) & END)) to++;
  decodeRuns(from, to, (1 << DECODERS) - 1, depth);
}

@inline function isWanted(from: usize, to: usize, depth: i32): bool {
  return depth > 1 || (from < wantedTo && to > wantedFrom);
}

/** The run of the URL-safe alphabet around `inside`. The result is its end. */
function urlRun(inside: usize, floor: usize, limit: usize, depth: i32): usize {
  let from = inside, to = inside;
  while (from > floor && classOf(from - 1) & URL_SAFE) from--;
  while (to < limit && classOf(to) & URL_SAFE) to++;
  for (let start = from; start + SHORTEST_BASE64 <= to; start += LONGEST_RUN) {
    const end = min(to, start + LONGEST_RUN);
    if (!isWanted(start, end, depth)) continue;
    // What is in both alphabets is left to the other one.
    let p = start;
    while (p < end && classOf(p) & STANDARD) p++;
    if (p < end) decodeBase64(BASE64URL, start, end, depth);
  }
  return to;
}

/** The run of the standard alphabet around `inside`, and the runs of hex digits in it. */
function standardRun(inside: usize, floor: usize, limit: usize, wanted: u32, depth: i32): usize {
  let from = inside, to = inside;
  while (from > floor && classOf(from - 1) & STANDARD) from--;
  while (to < limit && classOf(to) & STANDARD) to++;
  if (wanted >> BASE64 & 1) {
    for (let start = from; start + SHORTEST_BASE64 <= to; start += LONGEST_RUN) {
      const end = min(to, start + LONGEST_RUN);
      if (isWanted(start, end, depth)) decodeBase64(BASE64, start, end, depth);
    }
  }
  if (wanted >> HEXADECIMAL & 1) hexRuns(from, to, depth);
  return to;
}

/** Looks at the last digit that a run of the least length would have: where that is none, the whole run is passed. */
function hexRuns(from: usize, to: usize, depth: i32): void {
  while (from + SHORTEST_HEX <= to) {
    let p = from + SHORTEST_HEX;
    while (p > from && classOf(p - 1) & HEX) p--;
    if (p > from) {
      from = p;
      continue;
    }
    const limit = min(to, from + LONGEST_RUN);
    let end = from + SHORTEST_HEX;
    while (end < limit && classOf(end) & HEX) end++;
    if (isWanted(from, end, depth)) decodeHex(from, end, depth);
    from = end;
  }
}

/** The run between white space or quotes around a unit at `at`, not before `floor`. The result is its end. */
function unitRun(kind: u32, at: usize, floor: usize, limit: usize, depth: i32): usize {
  let from = at, to = at + 1;
  while (from > floor && at - from < LONGEST_RUN && !(classOf(from - 1) & END)) from--;
  while (to < limit && to - from < LONGEST_RUN && !(classOf(to) & END)) to++;
  if (to - from >= SHORTEST_UNITS && isWanted(from, to, depth)) decodeUnits(kind, from, to, limit, depth);
  return to;
}
