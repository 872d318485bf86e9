// Where runs of token bytes are: most sequences of rules stand right before one, or a keyword and a few marks before it, and are
// looked for nowhere else. Five groups of four digits of base64 in a row tell, as any run of twenty-three fills them.
import { textBegin, textEnd } from "./automata";
import { VECTORS } from "./characters";
import { NOTED, NOTES, SLOTS } from "./layout";
import { lookUp } from "./nibbles";

/** The classes of the search, of sixteen bytes. The relaxed instruction looks at the low half of a byte below 128 and answers zero from 128 on. */
@inline export function searched(at: usize, low: v128, high: v128, nibble: v128): v128 {
  const bytes = v128.load(at);
  return v128.and(
    lookUp(low, ASC_FEATURE_RELAXED_SIMD ? bytes : v128.and(bytes, nibble)),
    lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** All ones where four bytes have a class. */
@inline function filled(classes: v128, none: v128): v128 {
  return i32x4.eq(i8x16.eq(classes, none), none);
}

/** All ones where four bytes are of the alphabets. */
@inline export function fullGroups(classes: v128, alphabets: v128, none: v128): v128 {
  return filled(v128.and(classes, alphabets), none);
}

/** A bit for each full group of 64 bytes, by the classes of the alphabets alone. */
@inline export function groupsOf(a: v128, b: v128, c: v128, d: v128, none: v128): u32 {
  const ab = i16x8.narrow_i32x4_s(filled(a, none), filled(b, none)), cd = i16x8.narrow_i32x4_s(filled(c, none), filled(d, none));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd));
}

/** Of the last twenty groups, a bit each, the last sixteen are those of 64 bytes: whether four of them in a row are full that end there. */
@inline export function fours(groups: u32): u32 {
  return groups & groups >> 1 & groups >> 2 & groups >> 3;
}

/** In a note: four full groups end in its 64 bytes, and five; and, in those of the search for encoded runs, eleven. */
export const FOUR: u8 = 1;
export const FIVE: u8 = 2;
export const ELEVEN: u8 = 4;

/** Where the groups of each 64 bytes are put before notes are made of them; those of the 64 bytes before come first. Slots are filled later. */
@inline export function groupsAt(): usize {
  return SLOTS;
}

/** All ones where one of the bits of a half word is set. */
@inline function anyOf(halves: v128): v128 {
  return i16x8.ne(halves, i16x8.splat(0));
}

/** Where four full groups in a row end in eight times 64 bytes; `groups` are theirs, `before` those of the 64 bytes before each. */
@inline function foursOf(groups: v128, before: v128): v128 {
  const pairs = v128.and(groups, v128.or(i16x8.shl(groups, 1), i16x8.shr_u(before, 15)));
  const pairsBefore = v128.and(before, i16x8.shl(before, 1));
  return v128.and(pairs, v128.or(i16x8.shl(pairs, 2), i16x8.shr_u(pairsBefore, 14)));
}

@inline function fivesOf(fours: v128, groups: v128, before: v128): v128 {
  return v128.and(fours, v128.or(i16x8.shl(groups, 4), i16x8.shr_u(before, 12)));
}

@inline function elevensOf(fours: v128, before: v128): v128 {
  const pairs = v128.and(before, i16x8.shl(before, 1));
  const foursBefore = v128.and(pairs, i16x8.shl(pairs, 2));
  const eights = v128.and(fours, v128.or(i16x8.shl(fours, 4), i16x8.shr_u(foursBefore, 12)));
  return v128.and(eights, v128.or(i16x8.shl(fours, 7), i16x8.shr_u(foursBefore, 9)));
}

/** Makes sixteen notes of the groups at `at`, which is in `groupsAt`; with `ofLong` they tell of eleven as well. */
@inline export function notesOf(at: usize, ofLong: bool): v128 {
  const groups = v128.load(at), before = v128.load(at - 2), further = v128.load(at, 16), furtherBefore = v128.load(at, 14);
  const a = foursOf(groups, before), b = foursOf(further, furtherBefore);
  const ofFour = v128.and(i8x16.narrow_i16x8_s(anyOf(a), anyOf(b)), i8x16.splat(FOUR));
  const fives = i8x16.narrow_i16x8_s(anyOf(fivesOf(a, groups, before)), anyOf(fivesOf(b, further, furtherBefore)));
  const notes = v128.or(ofFour, v128.and(fives, i8x16.splat(FIVE)));
  if (!ofLong) return notes;
  const elevens = i8x16.narrow_i16x8_s(anyOf(elevensOf(a, before)), anyOf(elevensOf(b, furtherBefore)));
  return v128.or(notes, v128.and(elevens, i8x16.splat(ELEVEN)));
}

/** What the search for encoded runs noted of the whole text, if it went first. */
let ofText: usize = 0;

export function useNotes(notes: usize): void {
  ofText = notes;
}

export function hasNotes(): bool {
  return ofText != 0;
}

/**
 * Writes to `NOTES` a note for each 64 bytes from `p` to the text's end or to 64 bytes behind `segmentEnd`, and behind that zeros. What lies
 * behind `known` is not looked at: a run may be there.
 */
export function noteSegment(p: usize, segmentEnd: usize, known: usize): void {
  const last = min(segmentEnd + NOTED, textEnd);
  if (ofText) {
    const source = ofText + (p - textBegin >> 6), count = p < last ? last - p + NOTED - 1 >> 6 : 0;
    for (let i: usize = 0; i < count; i += 8) store<u64>(NOTES + i, load<u64>(source + i));
    store<u64>(NOTES + count, 0);
    return;
  }
  // Of the classes of the search only those of the alphabets are asked for.
  const low = v128.and(v128.load(VECTORS, 112), v128.load(VECTORS, 48)), high = v128.load(VECTORS, 128);
  const nibble = v128.load(VECTORS, 32), none = v128.load(VECTORS, 64);
  const first = groupsAt() + 2;
  store<u16>(first - 2, <u16>(<u32>i32x4.bitmask(filled(searched(p - 16, low, high, nibble), none)) << 12));
  let groups = first, q = p;
  for (; q < last; q += NOTED) {
    const a = searched(q, low, high, nibble), b = searched(q + 16, low, high, nibble);
    const c = searched(q + 32, low, high, nibble), d = searched(q + 48, low, high, nibble);
    store<u16>(groups, <u16>groupsOf(a, b, c, d, none));
    groups += 2;
  }
  let note = NOTES;
  for (let at = first; at < groups; at += 32, note += 16) v128.store(note, notesOf(at, false));
  const end = NOTES + (groups - first >> 1);
  for (note = NOTES + (known > p ? known - p >> 6 : 0); note < end; note++) store<u8>(note, FOUR | FIVE);
  store<u64>(end, 0);
}
