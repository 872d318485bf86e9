// The hot loops. Sixteen bytes at a time, fingerprints of four places: a table look-up by the low five bits of each byte says which
// of eight buckets accept it at each place, and the four answers meet in one lane. Two groups of buckets are looked for near runs of
// token bytes, one everywhere. But for blocks without a run nothing branches on the text: every step writes its answers to a slot
// and moves on only if one was not empty. docs/engine.md has drawings of the tables.
import { CONSTANTS, MASKS, NOTED, NOTES, SLOT_BYTES, SLOTS, SURVIVORS } from "./layout";
import { noteSegment } from "./notes";
import { followAll, verify, verifyOthers } from "./verify";

/** Where the constants stand that are loaded: V8 would make what is written here anew at every step. */
const FIVE_BITS: usize = 16;
const LETTERS: usize = 32;
const LOWER_HALF: usize = 48;
/** What turns an index for the lower half of a table into one for the upper half. */
const FLIP: usize = ASC_FEATURE_RELAXED_SIMD ? 64 : 80;
/** Bytes of the masks of the buckets near runs; the others' follow. */
const NEAR_MASKS: usize = 256;

/**
 * Bytes below the letters get the bits of the mark: by their low five bits alone they would stand for letters.
 * Indexes for the lower half of a table: values from 16 on give zero there. The strict instruction gives zero from 16 on.
 * The relaxed one gives zero only with the top bit set, and may look at the low four bits otherwise; the loader has
 * checked that it does, so adding 0x70 is enough: 0–15 become 0x70–0x7f, 16–31 become 0x80–0x8f.
 */
@inline function indexes(bytes: v128, mark: v128, fiveBits: v128, letters: v128, lowerHalf: v128): v128 {
  const values = v128.or(v128.and(bytes, fiveBits), v128.and(i8x16.lt_s(bytes, letters), mark));
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.add(values, lowerHalf) : values;
}

/** Eight buckets' answer for sixteen bytes: the table is split in values 0–15 and 16–31. */
@inline function answer(low: v128, high: v128, lowIndex: v128, highIndex: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? v128.or(i8x16.relaxed_swizzle(low, lowIndex), i8x16.relaxed_swizzle(high, highIndex))
    : v128.or(i8x16.swizzle(low, lowIndex), i8x16.swizzle(high, highIndex));
}

/** The vector that ends one, two or three bytes before `next`, which follows on `last`. */
@inline function before1(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
@inline function before2(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}
@inline function before3(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
}

/**
 * Classifies from `p` to `end`, at most a segment, in steps of sixteen, and verifies what it finds. What stands near runs of token
 * bytes only is looked for where the segment's notes have one, which are made here; `known` is as for `noteSegment`.
 */
export function classify(p: usize, end: usize, known: usize): void {
  // The longest pass goes first: it leaves time to get at text that is not in a cache.
  const left = verifyOthers(classifyOthers(p, end), SURVIVORS);
  noteSegment(p, end, known);
  followAll(verify(classifyNear(p, end), left));
}

/** The eight buckets of what may stand anywhere: the answers are shifted over each other. */
function classifyOthers(p: usize, end: usize): usize {
  const c = CONSTANTS;
  const mark = v128.load(c), five = v128.load(c, FIVE_BITS), letters = v128.load(c, LETTERS);
  const half = v128.load(c, LOWER_HALF), flip = v128.load(c, FLIP);
  const m = MASKS + NEAR_MASKS;
  const t0 = v128.load(m), t0h = v128.load(m, 16), t1 = v128.load(m, 32), t1h = v128.load(m, 48);
  const t2 = v128.load(m, 64), t2h = v128.load(m, 80), t3 = v128.load(m, 96), t3h = v128.load(m, 112);
  let i = indexes(v128.load(p - 16), mark, five, letters, half), h = v128.xor(i, flip);
  let last0 = answer(t0, t0h, i, h), last2 = answer(t2, t2h, i, h);
  let last01 = v128.and(before1(last0, last0), answer(t1, t1h, i, h));
  let slot = SLOTS;
  // Two vectors a step, so that half as much is done for the slots.
  for (; p < end; p += 32) {
    i = indexes(v128.load(p), mark, five, letters, half);
    h = v128.xor(i, flip);
    const a0 = answer(t0, t0h, i, h), a2 = answer(t2, t2h, i, h);
    const a01 = v128.and(before1(last0, a0), answer(t1, t1h, i, h));
    const a = v128.and(before2(last01, a01), v128.and(before1(last2, a2), answer(t3, t3h, i, h)));
    i = indexes(v128.load(p, 16), mark, five, letters, half);
    h = v128.xor(i, flip);
    last0 = answer(t0, t0h, i, h);
    last2 = answer(t2, t2h, i, h);
    last01 = v128.and(before1(a0, last0), answer(t1, t1h, i, h));
    const b = v128.and(before2(a01, last01), v128.and(before1(a2, last2), answer(t3, t3h, i, h)));
    v128.store(slot, a);
    v128.store(slot, b, 16);
    store<u32>(slot, <u32>p, 32);
    slot += <usize>v128.any_true(v128.or(a, b)) * SLOT_BYTES;
  }
  return slot;
}

/** All ones where one of sixteen notes tells of a run, or the note behind it. */
@inline function nearRuns(note: usize): u32 {
  return i8x16.bitmask(i16x8.shl(v128.or(v128.load(note), v128.load(note, 1)), 6));
}

/** Of the first `count` blocks of a segment, a bit each, those near runs. */
@inline function blocksNear(count: u32): u64 {
  const low = nearRuns(NOTES) | nearRuns(NOTES + 16) << 16, high = nearRuns(NOTES + 32) | nearRuns(NOTES + 48) << 16;
  return (<u64>low | <u64>high << 32) & ~(<u64>0) >> <u64>(64 - count);
}

/** The sixteen buckets of what stands near runs: a fingerprint ends in the 64 bytes of a note or in those before. */
function classifyNear(p: usize, end: usize): usize {
  const c = CONSTANTS;
  const mark = v128.load(c), five = v128.load(c, FIVE_BITS), letters = v128.load(c, LETTERS);
  const half = v128.load(c, LOWER_HALF), flip = v128.load(c, FLIP);
  const m = MASKS;
  const ta0 = v128.load(m), ta0h = v128.load(m, 16), ta1 = v128.load(m, 32), ta1h = v128.load(m, 48);
  const ta2 = v128.load(m, 64), ta2h = v128.load(m, 80), ta3 = v128.load(m, 96), ta3h = v128.load(m, 112);
  const tb0 = v128.load(m, 128), tb0h = v128.load(m, 144), tb1 = v128.load(m, 160), tb1h = v128.load(m, 176);
  const tb2 = v128.load(m, 192), tb2h = v128.load(m, 208), tb3 = v128.load(m, 224), tb3h = v128.load(m, 240);
  let slot = SLOTS;
  // Which blocks these are could not be foreseen: no branch asks it of each.
  for (let blocks = blocksNear(<u32>(end - p + NOTED - 1) / <u32>NOTED); blocks; blocks &= blocks - 1) {
    const begin = p + <usize>ctz(blocks) * NOTED, stop = min(end, begin + NOTED);
    let last = indexes(v128.load(begin - 16), mark, five, letters, half);
    for (let q = begin; q < stop; q += 16) {
      const i3 = indexes(v128.load(q), mark, five, letters, half);
      const i2 = before1(last, i3), i1 = before2(last, i3), i0 = before3(last, i3);
      last = i3;
      const h0 = v128.xor(i0, flip), h1 = v128.xor(i1, flip), h2 = v128.xor(i2, flip), h3 = v128.xor(i3, flip);
      const a = v128.and(
        v128.and(answer(ta0, ta0h, i0, h0), answer(ta1, ta1h, i1, h1)),
        v128.and(answer(ta2, ta2h, i2, h2), answer(ta3, ta3h, i3, h3)),
      );
      const b = v128.and(
        v128.and(answer(tb0, tb0h, i0, h0), answer(tb1, tb1h, i1, h1)),
        v128.and(answer(tb2, tb2h, i2, h2), answer(tb3, tb3h, i3, h3)),
      );
      v128.store(slot, a);
      v128.store(slot, b, 16);
      store<u32>(slot, <u32>q, 32);
      slot += <usize>v128.any_true(v128.or(a, b)) * SLOT_BYTES;
    }
  }
  return slot;
}

/** For the loader: whether `relaxed_swizzle` looks at the low four bits of an index from 16 to 127, as `indexes` needs. */
export function relaxedFits(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return true;
  const table = i8x16(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
  const low = i8x16.relaxed_swizzle(table, i8x16.splat(0x73)), high = i8x16.relaxed_swizzle(table, i8x16.splat(-0x7d));
  return i8x16.extract_lane_u(low, 0) == 13 && i8x16.extract_lane_u(high, 0) == 0;
}
