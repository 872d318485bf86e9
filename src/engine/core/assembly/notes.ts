// Where runs of token bytes are: most sequences of rules stand right before one, or a keyword and a few marks before it, and are
// looked for nowhere else. Five groups of four digits of base64 in a row tell, as any run of twenty-three fills them.
import { textBegin, textEnd } from "./automata";
import { VECTORS } from "./characters";
import { NOTED, NOTES } from "./layout";
import { lookUp } from "./nibbles";

/** The classes of the search, of sixteen bytes. The relaxed instruction looks at the low half of a byte below 128 and answers zero from 128 on. */
@inline export function searched(at: usize, low: v128, high: v128, nibble: v128): v128 {
  const bytes = v128.load(at);
  return v128.and(
    lookUp(low, ASC_FEATURE_RELAXED_SIMD ? bytes : v128.and(bytes, nibble)),
    lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** All ones where four bytes are of the alphabets. */
@inline export function fullGroups(classes: v128, alphabets: v128, none: v128): v128 {
  return i32x4.eq(i8x16.eq(v128.and(classes, alphabets), none), none);
}

/** Of the last twenty groups, a bit each, the last sixteen are those of 64 bytes: whether four of them in a row are full that end there. */
@inline export function fours(groups: u32): u32 {
  return groups & groups >> 1 & groups >> 2 & groups >> 3;
}

/** In a note: four full groups end in its 64 bytes, and five. */
export const FOUR: u8 = 1;
export const FIVE: u8 = 2;

@inline export function noteOf(groups: u32, fours: u32): u8 {
  return <u8>((fours & 0x1fffe) != 0) | <u8>((fours & groups >> 4 & 0xffff) != 0) << 1;
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
 * Writes to `NOTES` a note for each 64 bytes from `p` to the text's end or to 64 bytes behind `end`, and behind that zeros. What lies
 * behind `known` is not looked at: a run may be there.
 */
export function noteSegment(p: usize, end: usize, known: usize): void {
  const last = min(end + NOTED, textEnd);
  if (ofText) {
    const source = ofText + (p - textBegin >> 6), count = p < last ? last - p + NOTED - 1 >> 6 : 0;
    for (let i: usize = 0; i < count; i += 8) store<u64>(NOTES + i, load<u64>(source + i));
    store<u64>(NOTES + count, 0);
    return;
  }
  const low = v128.load(VECTORS, 112), high = v128.load(VECTORS, 128), nibble = v128.load(VECTORS, 32);
  const alphabets = v128.load(VECTORS, 48), none = v128.load(VECTORS, 64);
  let groups: u32 = i32x4.bitmask(fullGroups(searched(p - 16, low, high, nibble), alphabets, none)) << 16;
  let note = NOTES;
  for (; p < last; p += NOTED) {
    const a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
    const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
    const ab = i16x8.narrow_i32x4_s(fullGroups(a, alphabets, none), fullGroups(b, alphabets, none));
    const cd = i16x8.narrow_i32x4_s(fullGroups(c, alphabets, none), fullGroups(d, alphabets, none));
    groups = groups >> 16 | <u32>i8x16.bitmask(i8x16.narrow_i16x8_s(ab, cd)) << 4;
    store<u8>(note++, p + NOTED > known ? FOUR | FIVE : noteOf(groups, fours(groups)));
  }
  store<u64>(note, 0);
}
