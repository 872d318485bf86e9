// Finds the encoded runs of a text, as the decoders of ../../decode do, which are the reference: one pass of vector
// instructions for all of them. What it finds is decoded by decode.ts and looked at by peel.ts.
import { BRACKET, classOf, END, ESCAPED, HEX, LONGEST_RUN, NAMED, STANDARD, URL_SAFE, VECTORS } from "./characters";
import { decodeBase64, decodeHex, decodeUnits } from "./decode";
import { lookUp } from "./nibbles";
import { fours, fullGroups, noteOf, searched } from "./notes";
import { unitAt } from "./units";

/** The decoders by their places in decode/index.ts. */
export const BASE64URL: u32 = 0;
export const BASE64: u32 = 1;
export const HEXADECIMAL: u32 = 2;
export const PERCENT: u32 = 3;
export const ESCAPE: u32 = 4;
export const HTML_ENTITY: u32 = 5;
export const ANSI: u32 = 6;
export const DECODERS: u32 = 7;

const SHORTEST_BASE64: usize = 20;
const SHORTEST_HEX: usize = 28;
/** A unit is at least one byte longer than what it stands for. */
const SHORTEST_UNITS: usize = 15;

/** Only runs that overlap this part of the outermost text are decoded. */
let wantedFrom: usize = 0;
let wantedTo: usize = 0;

@inline function marksIn(classes: v128, marks: v128, none: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.and(classes, marks), none)) ^ 0xffff);
}

/**
 * Decodes every run of the text between `from` and `to` that one of the decoders in the bit set `wanted` reads. `depth`
 * counts the decodings, this one included. No run reaches over `from` or `to`; 64 bytes around them can be read.
 */
export function decodeRuns(from: usize, to: usize, wanted: u32, depth: i32): void {
  search(from, to, wanted, depth, 0);
}

/** The same; at `notes`, unless that is 0, a note is written for each 64 bytes. */
function search(from: usize, to: usize, wanted: u32, depth: i32, notes: usize): void {
  const low = v128.load(VECTORS, 112), high = v128.load(VECTORS, 128), nibble = v128.load(VECTORS, 32);
  const alphabets = v128.load(VECTORS, 48), none = v128.load(VECTORS, 64), markBits = v128.load(VECTORS, 144);
  const inAlphabets = (wanted & 7) != 0, inUnits = wanted >> PERCENT != 0;
  let groups: u32 = 0;
  let digitsEnd = from, percentEnd = from, escapeEnd = from, entityEnd = from, ansiEnd = from;
  for (let p = from; p < to; p += 64) {
    const a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
    const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
    // A run of twenty fills four groups of four in a row, wherever it begins.
    const ab = i16x8.narrow_i32x4_s(fullGroups(a, alphabets, none), fullGroups(b, alphabets, none));
    const cd = i16x8.narrow_i32x4_s(fullGroups(c, alphabets, none), fullGroups(d, alphabets, none));
    groups = groups >> 16 | <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd)) << 4;
    let full = fours(groups);
    if (notes) store<u8>(notes++, noteOf(groups, full));
    full &= 0x1fffe;
    const isMarked = v128.any_true(v128.and(v128.or(v128.or(a, b), v128.or(c, d)), markBits));
    if (!(full | <u32>isMarked)) continue;
    let marks: u64 = 0;
    if (isMarked && inUnits) {
      marks = marksIn(a, markBits, none) | marksIn(b, markBits, none) << 16
        | marksIn(c, markBits, none) << 32 | marksIn(d, markBits, none) << 48;
    }
    if (inAlphabets && full && mayPromise(p)) {
      for (; full; full &= full - 1) {
        const inside = p - 16 + (<usize>ctz(full) << 2);
        if (inside >= to) break;
        if (inside >= digitsEnd) digitsEnd = digitRuns(inside, digitsEnd, to, wanted, depth);
      }
    }
    for (; marks; marks &= marks - 1) {
      const at = p + <usize>ctz(marks);
      if (at >= to) break;
      const mark = load<u8>(at);
      // What follows most marks makes them none: `&&`, `%d`, a backslash before a full stop.
      const follows: u32 = mark == 0x5c ? ESCAPED : mark == 0x25 ? HEX : mark == 0x26 ? NAMED : BRACKET;
      if (!(classOf(at + 1) & follows)) continue;
      if (mark == 0x5c) {
        if (at >= escapeEnd && wanted >> ESCAPE & 1 && unitAt(ESCAPE, at, to)) escapeEnd = unitRun(ESCAPE, at, escapeEnd, to, depth);
      } else if (mark == 0x25) {
        if (at >= percentEnd && wanted >> PERCENT & 1 && unitAt(PERCENT, at, to)) percentEnd = unitRun(PERCENT, at, percentEnd, to, depth);
      } else if (mark == 0x26) {
        if (at >= entityEnd && wanted >> HTML_ENTITY & 1 && unitAt(HTML_ENTITY, at, to)) entityEnd = unitRun(HTML_ENTITY, at, entityEnd, to, depth);
      } else if (at >= ansiEnd && wanted >> ANSI & 1 && unitAt(ANSI, at, to)) {
        ansiEnd = unitRun(ANSI, at, ansiEnd, to, depth);
      }
    }
  }
}

/** All ones where a byte is from `least` to `most`. */
@inline function between(bytes: v128, least: i8, most: i8): v128 {
  return v128.and(i8x16.ge_s(bytes, i8x16.splat(least)), i8x16.le_s(bytes, i8x16.splat(most)));
}

@inline function bits(mask: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(mask));
}

/** First of four digits that stand for three token bytes. */
@inline function leads(bytes: v128): v128 {
  return v128.andnot(between(bytes, 0x49, 0x65), i8x16.eq(bytes, i8x16.splat(0x5f)));
}

/** Four such bytes, one every four. */
@inline function areFour(leads: u64): bool {
  const twos = leads & leads >> 4;
  return (twos & twos >> 8) != 0;
}

/** Two groups of four digits like `A..A`, with another between them. */
@inline function areWide(zeros: u64): bool {
  const groups = zeros & zeros >> 3;
  return (groups & groups >> 8) != 0;
}

/** Eight such bytes, one every two. */
@inline function areEight(digits: u64): bool {
  const twos = digits & digits >> 2;
  const fours = twos & twos >> 4;
  return (fours & fours >> 8) != 0;
}

/** Three pairs, one every four. */
@inline function areWideHex(zeros: u64): bool {
  const pairs = zeros & zeros >> 1;
  return (pairs & pairs >> 4 & pairs >> 8) != 0;
}

/**
 * Whether a run of digits may decode to a secret that fills four groups of four, the last of them in the 64 bytes at `p`. Fourteen
 * token bytes in a row hold four whole groups of base64 digits, each led by one from `I` to `e`, or fourteen pairs of hex digits
 * that begin with one from 2 to 7. In UTF-16 every other group of base64 digits is `A..A`, and every other two hex digits are zeros.
 * Of that, so much is asked for as lies near the four groups, wherever the run begins: 80 bytes tell. Most runs are
 * identifiers and paths, and end here.
 */
function mayPromise(p: usize): bool {
  const z = v128.load(p - 16), a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
  const led = bits(leads(a)) | bits(leads(b)) << 16 | bits(leads(c)) << 32;
  if (areFour(led << 16 | bits(leads(z))) || areFour(led | bits(leads(d)) << 48)) return true;
  const letter = i8x16.splat(0x41);
  const za = i8x16.eq(a, letter), zb = i8x16.eq(b, letter), zc = i8x16.eq(c, letter), zd = i8x16.eq(d, letter);
  if (v128.any_true(v128.or(v128.or(za, zb), v128.or(zc, zd)))) {
    const zeros = bits(za) | bits(zb) << 16 | bits(zc) << 32;
    if (areWide(zeros << 16 | bits(i8x16.eq(z, letter))) || areWide(zeros | bits(zd) << 48)) return true;
  }
  const ha = between(a, 0x30, 0x37), hb = between(b, 0x30, 0x37), hc = between(c, 0x30, 0x37), hd = between(d, 0x30, 0x37);
  if (!v128.any_true(v128.or(v128.or(ha, hb), v128.or(hc, hd)))) return false;
  const digit = i8x16.splat(0x30), one = i8x16.splat(0x31);
  const highs = bits(v128.and(ha, i8x16.gt_s(a, one))) | bits(v128.and(hb, i8x16.gt_s(b, one))) << 16
    | bits(v128.and(hc, i8x16.gt_s(c, one))) << 32;
  if (areEight(highs << 16 | bits(between(z, 0x32, 0x37))) || areEight(highs | bits(v128.and(hd, i8x16.gt_s(d, one))) << 48)) {
    return true;
  }
  const nulls = bits(i8x16.eq(a, digit)) | bits(i8x16.eq(b, digit)) << 16 | bits(i8x16.eq(c, digit)) << 32;
  return areWideHex(nulls << 16 | bits(i8x16.eq(z, digit))) || areWideHex(nulls | bits(i8x16.eq(d, digit)) << 48);
}

/** Whether `decodeRuns` may find a run for any of the decoders: most texts that were decoded hold none, and need not be gone through for each. */
export function mayHoldRuns(from: usize, to: usize): bool {
  const low = v128.load(VECTORS, 112), high = v128.load(VECTORS, 128), nibble = v128.load(VECTORS, 32);
  const alphabets = v128.load(VECTORS, 48), none = v128.load(VECTORS, 64), markBits = v128.load(VECTORS, 144);
  let groups: u32 = 0;
  for (let p = from; p < to; p += 16) {
    const classes = searched(p, low, high, nibble);
    groups = groups >> 4 | <u32>i32x4.bitmask(fullGroups(classes, alphabets, none)) << 4;
    const full = groups & groups >> 1 & groups >> 2 & groups >> 3 & 0x1e;
    if (full | <u32>v128.any_true(v128.and(classes, markBits))) return true;
  }
  return false;
}

/** Decodes the runs of a whole text that overlap `[first, last)`. `notes`: as for `search`, where these are all of the text. */
export function decodeOutermost(text: usize, end: usize, first: usize, last: usize, notes: usize): void {
  wantedFrom = first;
  wantedTo = last;
  let from = first, to = last;
  while (from > text && !(classOf(from - 1) & END)) from--;
  while (to < end && !(classOf(to) & END)) to++;
  search(from, to, (1 << DECODERS) - 1, 1, notes);
}

@inline function isWanted(from: usize, to: usize, depth: i32): bool {
  return depth > 1 || (from < wantedTo && to > wantedFrom);
}

/** Classes of sixteen bytes, as the bits of `VECTORS`. */
@inline function classesAt(at: usize): v128 {
  const bytes = v128.load(at), nibble = v128.load(VECTORS, 32);
  return v128.and(
    lookUp(v128.load(VECTORS), v128.and(bytes, nibble)),
    lookUp(v128.load(VECTORS, 16), v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** A bit for each of the bytes that has none of the classes. */
@inline function without(classes: v128, wanted: i8): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(v128.and(classes, i8x16.splat(wanted)), i8x16.splat(0)));
}

const STANDARD_CLASSES: i8 = 15;
const URL_SAFE_CLASSES: i8 = 55;
const ALPHABET_CLASSES: i8 = 63;

/** The first places of twenty zeros in a row. */
@inline function twentyIn(outside: u64): u64 {
  let inside = ~outside;
  inside &= inside >> 1;
  inside &= inside >> 2;
  inside &= inside >> 4;
  inside &= inside >> 8;
  return inside & inside >> 4;
}

/**
 * The bytes of either base64 alphabet around `inside`, not before `floor`: the runs of each alphabet in them. The result is
 * the end. Most are identifiers and paths of less than 64 bytes, which a few vectors settle.
 */
function digitRuns(inside: usize, floor: usize, limit: usize, wanted: u32, depth: i32): usize {
  const before = without(classesAt(inside - 16), ALPHABET_CLASSES);
  let from = inside;
  if (before) from = max(floor, inside - <usize>(clz(before) - 16));
  else while (from > floor && classOf(from - 1) & (STANDARD | URL_SAFE)) from--;
  let notStandard: u64 = 0, notUrl: u64 = 0;
  for (let step: usize = 0; step < 64; step += 16) {
    const classes = classesAt(from + step);
    notStandard |= <u64>without(classes, STANDARD_CLASSES) << step;
    notUrl |= <u64>without(classes, URL_SAFE_CLASSES) << step;
    const ends = notStandard & notUrl;
    if (!ends && from + step + 16 < limit) continue;
    if (!ends && limit - from >= 64) break;
    const length = min(limit - from, <usize>ctz(ends));
    const behind: u64 = (<u64>-1) << length;
    notStandard |= behind;
    notUrl |= behind;
    let urls = twentyIn(notUrl), standards = twentyIn(notStandard);
    while (urls) {
      const first = ctz(urls);
      const end = ctz(notUrl >> first) + first;
      if (notStandard & ((<u64>1 << end) - 1) >> first << first) urlRun(from + <usize>first, from + <usize>end, wanted, depth);
      urls &= (<u64>-1) << end;
    }
    while (standards) {
      const first = ctz(standards);
      const end = ctz(notStandard >> first) + first;
      standardRun(from + <usize>first, from + <usize>end, wanted, depth);
      standards &= (<u64>-1) << end;
    }
    return from + length;
  }
  return longDigitRuns(from, limit, wanted, depth);
}

/** The same byte by byte, from the first byte on. */
function longDigitRuns(from: usize, limit: usize, wanted: u32, depth: i32): usize {
  let standard = from, url = from, to = from;
  for (; to < limit; to++) {
    const bits = classOf(to);
    if (!(bits & URL_SAFE)) {
      // Without anything in between, the run is all of the standard alphabet, and left to it.
      if (standard > url) urlRun(url, to, wanted, depth);
      url = to + 1;
    }
    if (!(bits & STANDARD)) {
      standardRun(standard, to, wanted, depth);
      standard = to + 1;
    }
    if (!(bits & (STANDARD | URL_SAFE))) return to;
  }
  if (standard > url) urlRun(url, to, wanted, depth);
  standardRun(standard, to, wanted, depth);
  return to;
}

function urlRun(from: usize, to: usize, wanted: u32, depth: i32): void {
  if (from + SHORTEST_BASE64 > to || !(wanted >> BASE64URL & 1)) return;
  for (let start = from; start + SHORTEST_BASE64 <= to; start += LONGEST_RUN) {
    const end = min(to, start + LONGEST_RUN);
    if (!isWanted(start, end, depth)) continue;
    let p = start;
    while (p < end && classOf(p) & STANDARD) p++;
    if (p < end) decodeBase64(BASE64URL, start, end, depth);
  }
}

/** A run of the standard alphabet, and the runs of hex digits in it. */
function standardRun(from: usize, to: usize, wanted: u32, depth: i32): void {
  if (from + SHORTEST_BASE64 > to) return;
  if (wanted >> BASE64 & 1) {
    for (let start = from; start + SHORTEST_BASE64 <= to; start += LONGEST_RUN) {
      const end = min(to, start + LONGEST_RUN);
      if (isWanted(start, end, depth)) decodeBase64(BASE64, start, end, depth);
    }
  }
  if (wanted >> HEXADECIMAL & 1) hexRuns(from, to, depth);
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

/** White space and quotes among the sixteen bytes at `at`, a bit each. */
@inline function endsAt(at: usize): u32 {
  const low = v128.load(VECTORS, 80), high = v128.load(VECTORS, 96), nibble = v128.load(VECTORS, 32);
  const bytes = v128.load(at);
  const classes = v128.and(
    lookUp(low, v128.and(bytes, nibble)),
    lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
  return ~<u32>i8x16.bitmask(i8x16.eq(classes, v128.load(VECTORS, 64))) & 0xffff;
}

/** The run between white space or quotes around a unit at `at`, not before `floor`. The result is its end. */
function unitRun(kind: u32, at: usize, floor: usize, limit: usize, depth: i32): usize {
  // As in ../../decode/units.ts: what is given twice must not be longer than what is given once.
  const longest = kind == ANSI ? LONGEST_RUN / 2 : LONGEST_RUN;
  let from = at, to = at + 1;
  // Most are short: two looks at sixteen bytes tell.
  const before = endsAt(at - 16), behind = endsAt(at);
  if (before && behind) {
    from = max(floor, at - <usize>(clz(before) - 16));
    to = min(limit, at + <usize>ctz(behind));
  } else {
    while (from > floor && at - from < longest && !(classOf(from - 1) & END)) from--;
    while (to < limit && to - from < longest && !(classOf(to) & END)) to++;
  }
  if (to - from >= SHORTEST_UNITS && isWanted(from, to, depth)) decodeUnits(kind, from, to, limit, depth);
  return to;
}
