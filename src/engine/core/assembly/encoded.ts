// Finds the encoded runs of a text, as the decoders of ../../decode do, which are the reference: one pass of vector
// instructions for all of them. What it finds is decoded by decode.ts and looked at by peel.ts.
import { BRACKET, classesAt, classOf, CUT_SHARED, endsAt, ESCAPED, HEX, LONGEST_RUN, NAMED, STANDARD, URL_SAFE, VECTORS, wordBegin, wordEnd } from "./characters";
import { decodeBase64, decodeHex, decodeUnits } from "./decode";
import { lookUp } from "./nibbles";
import { fullGroups, searched } from "./notes";
import { mayPromise } from "./promise";
import { findSigns, inLongRows, inRows, lastGroups, marked, marksIn, rowsIn, STRETCH } from "./signs";
import { unitAt } from "./units";
import { joinLines, wrappedBegin, wrappedEnd } from "./wrapped";

/** The decoders by their places in decode/index.ts. */
export const BASE64URL: u32 = 0;
export const BASE64: u32 = 1;
export const HEXADECIMAL: u32 = 2;
export const PERCENT: u32 = 3;
export const ESCAPE: u32 = 4;
export const HTML_ENTITY: u32 = 5;
export const ANSI: u32 = 6;
export const WRAPPED: u32 = 7;
export const DECODERS: u32 = 8;
/** Those that read runs of digits come first. */
export const OF_DIGITS: u32 = 3;

const SHORTEST_BASE64: usize = 20;
const SHORTEST_HEX: usize = 28;
/** A unit is at least one byte longer than what it stands for. */
const SHORTEST_UNITS: usize = 15;

/** Only runs that overlap this part of the outermost text are decoded. */
let wantedFrom: usize = 0;
let wantedTo: usize = 0;

/**
 * Decodes every run of the text between `from` and `to` that one of the decoders in the bit set `wanted` reads. `depth`
 * counts the decodings, this one included. No run reaches over `from` or `to`; 64 bytes around them can be read.
 */
export function decodeRuns(from: usize, to: usize, wanted: u32, depth: i32): void {
  search(from, to, wanted, depth, 0);
}

/** The same; at `notes`, unless that is 0, a note is written for each 64 bytes. */
function search(from: usize, to: usize, wanted: u32, depth: i32, notes: usize): void {
  const inAlphabets = (wanted & IN_ALPHABETS) != 0, inUnits = (wanted & (1 << WRAPPED) - 1) >> PERCENT != 0;
  const inLines = wanted >> WRAPPED != 0;
  let groups: u32 = 0;
  let digitsEnd = from, linesEnd = from, percentEnd = from, escapeEnd = from, entityEnd = from, ansiEnd = from;
  for (let stretch = from; stretch < to; stretch += STRETCH) {
    findSigns(stretch, min(to, stretch + STRETCH), groups, notes);
    groups = lastGroups;
    if (notes) notes += STRETCH >> 6;
    let rows = inAlphabets ? inRows : 0, longRows = inLines ? inLongRows : 0, blocks = inUnits ? marked : 0;
    for (; longRows; longRows &= longRows - 1) linesEnd = joinLines(stretch + (<usize>ctz(longRows) << 6), from, linesEnd, to, depth);
    for (; rows; rows &= rows - 1) {
      const p = stretch + (<usize>ctz(rows) << 6);
      if (!mayPromise(p)) continue;
      for (let full = rowsIn(p, p == from); full; full &= full - 1) {
        const inside = p - 16 + (<usize>ctz(full) << 2);
        if (inside >= to) break;
        if (inside >= digitsEnd) digitsEnd = digitRuns(inside, digitsEnd, to, wanted, depth);
      }
    }
    for (; blocks; blocks &= blocks - 1) {
      const p = stretch + (<usize>ctz(blocks) << 6);
      for (let marks = marksIn(p); marks; marks &= marks - 1) {
        const at = p + <usize>ctz(marks);
        if (at >= to) break;
        if (isShort(at)) continue;
        const mark = load<u8>(at);
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

const IN_ALPHABETS: u32 = (1 << OF_DIGITS) - 1;

/** The decoders for which `decodeRuns` would look at something more closely, a bit each: of one that looks at nothing, it finds no run. */
export function decodersFor(from: usize, to: usize): u32 {
  let found: u32 = 0, groups: u32 = 0;
  for (let stretch = from; stretch < to; stretch += STRETCH) {
    findSigns(stretch, min(to, stretch + STRETCH), groups, 0);
    groups = lastGroups;
    if (inLongRows) found |= 1 << WRAPPED;
    for (let rows = found & IN_ALPHABETS ? 0 : inRows; rows; rows &= rows - 1) {
      if (!mayPromise(stretch + (<usize>ctz(rows) << 6))) continue;
      found |= IN_ALPHABETS;
      break;
    }
    for (let blocks = marked; blocks; blocks &= blocks - 1) {
      const p = stretch + (<usize>ctz(blocks) << 6);
      for (let marks = marksIn(p); marks; marks &= marks - 1) {
        const mark = load<u8>(p + <usize>ctz(marks));
        found |= 1 << (mark == 0x5c ? ESCAPE : mark == 0x25 ? PERCENT : mark == 0x26 ? HTML_ENTITY : ANSI);
      }
    }
  }
  return found;
}

/** Decodes the runs of a whole text that overlap `[first, last)`. `notes`: as for `search`, where these are all of the text. */
export function decodeOutermost(text: usize, end: usize, first: usize, last: usize, notes: usize): void {
  wantedFrom = first;
  wantedTo = last;
  search(wrappedBegin(first, text, end), wrappedEnd(last, text, end), (1 << DECODERS) - 1, 1, notes);
}

/** The same where no word goes over `first` or `last`. */
export function decodeWords(first: usize, last: usize): void {
  wantedFrom = first;
  wantedTo = last;
  search(first, last, (1 << DECODERS) - 1, 1, 0);
}

@inline export function isWanted(from: usize, to: usize, depth: i32): bool {
  return depth > 1 || (from < wantedTo && to > wantedFrom);
}

/** A bit for each of the bytes that has none of the classes. */
@inline function without(classes: v128, wanted: i8): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(v128.and(classes, i8x16.splat(wanted)), i8x16.splat(0)));
}

const STANDARD_CLASSES: i8 = 15;
const URL_SAFE_CLASSES: i8 = 55;
const ALPHABET_CLASSES: i8 = 63;
/** What of them is neither letter nor digit. */
const MARKS: i8 = 56;

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
  for (let start = from; start + SHORTEST_BASE64 <= to; start = cutEnd(start, to)) {
    const end = min(to, start + LONGEST_RUN);
    if (!isWanted(start, end, depth)) continue;
    const last = lastUrlSafe(start, end);
    if (last == end) continue;
    decodeBase64(BASE64URL, start, end, depth);
    phases(BASE64URL, start, end, last, depth);
  }
}

/** Where the next piece begins of a run that is cut, or its end: a token may stand where it was cut. */
@inline function cutEnd(start: usize, to: usize): usize {
  return start + LONGEST_RUN > to ? to : start + LONGEST_RUN - CUT_SHARED;
}

/** The last byte that the standard alphabet has not, or `end`. */
function lastUrlSafe(start: usize, end: usize): usize {
  for (let p = end; p > start; p--) if (!(classOf(p - 1) & STANDARD)) return p - 1;
  return end;
}

/** A run of the standard alphabet, and the runs of hex digits in it. */
function standardRun(from: usize, to: usize, wanted: u32, depth: i32): void {
  if (from + SHORTEST_BASE64 > to) return;
  if (wanted >> BASE64 & 1) {
    for (let start = from; start + SHORTEST_BASE64 <= to; start = cutEnd(start, to)) {
      const end = min(to, start + LONGEST_RUN);
      if (!isWanted(start, end, depth)) continue;
      decodeBase64(BASE64, start, end, depth);
      phases(BASE64, start, end, end, depth);
    }
  }
  if (wanted >> HEXADECIMAL & 1) hexRuns(from, to, depth);
}

/**
 * What begins behind a mark in the run: its groups of four are others than the run's, unless a multiple of four digits stands before it.
 * Of each of the three other ways to form groups the first such place is enough, if it does not lie behind `last`.
 */
function phases(decoder: u32, start: usize, end: usize, last: usize, depth: i32): void {
  let missing: u32 = 0b1110;
  for (let p = start; missing && p < last; p += 16) {
    for (let marks = ~without(classesAt(p), MARKS) & 0xffff; marks; marks &= marks - 1) {
      const at = p + <usize>ctz(marks);
      if (at >= last || at + 1 + SHORTEST_BASE64 > end) return;
      const phase: u32 = 1 << (<u32>(at + 1 - start) & 3);
      if (!(missing & phase)) continue;
      missing ^= phase;
      if (isWanted(at + 1, end, depth)) decodeBase64(decoder, at + 1, end, depth);
    }
  }
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
    from = end - from == LONGEST_RUN ? end - CUT_SHARED : end;
  }
}

/** Whether the run around a unit at `at` is too short to hold a secret, as most are. */
@inline function isShort(at: usize): bool {
  return <usize>clz(endsAt(at - 16) << 16 | 0x8000) + <usize>ctz(endsAt(at) | 0x10000) < SHORTEST_UNITS;
}

/** The run between white space or quotes around a unit at `at`, not before `floor`. The result is where the next one may begin. */
function unitRun(kind: u32, at: usize, floor: usize, limit: usize, depth: i32): usize {
  // As in ../../decode/units.ts: what is given twice must not be longer than what is given once.
  const longest = kind == ANSI ? LONGEST_RUN / 2 : LONGEST_RUN;
  const from = wordBegin(at, max(floor, at - min(at, longest)));
  const to = max(at + 1, wordEnd(at, min(limit, from + longest)));
  if (to - from >= SHORTEST_UNITS && isWanted(from, to, depth)) decodeUnits(kind, from, to, limit, depth);
  return to - from >= longest ? to - CUT_SHARED : to;
}
