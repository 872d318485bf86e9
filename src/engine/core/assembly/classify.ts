// The hot loop. Sixteen bytes at a time, two groups of eight buckets, fingerprints of four places: a table look-up by the
// low five bits of each byte says which buckets accept it at each place, and the four answers are shifted over each other.
// Nothing branches on the text: every step writes its answers to a slot and moves on only if one was not empty.
import { MASKS, SEGMENT, SLOT_BYTES, SLOTS } from "./layout";
import { verify } from "./verify";

/** Places before the last one of a fingerprint. */
const BACK: usize = 3;

/** Eight buckets' answer for sixteen bytes: the table is split in values 0–15 and 16–31. */
@inline function answer(low: v128, high: v128, lowIndex: v128, highIndex: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD
    ? v128.or(i8x16.relaxed_swizzle(low, lowIndex), i8x16.relaxed_swizzle(high, highIndex))
    : v128.or(i8x16.swizzle(low, lowIndex), i8x16.swizzle(high, highIndex));
}

/**
 * An index that one half of the table answers and the other leaves at zero. The strict instruction gives zero from 16 on.
 * The relaxed one gives zero only with the top bit set, and may look at the low four bits otherwise; the loader has
 * checked that it does, so adding 0x70 is enough: 0–15 become 0x70–0x7f, 16–31 become 0x80–0x8f.
 */
@inline function halfIndex(values: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.add(values, i8x16.splat(0x70)) : values;
}

@inline function shifted1(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}
@inline function shifted2(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}
@inline function shifted3(last: v128, next: v128): v128 {
  return i8x16.shuffle(last, next, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
}

/** Answers of the last sixteen bytes, kept from one segment to the next. */
let a0: v128 = i8x16.splat(0);
let a1: v128 = i8x16.splat(0);
let a2: v128 = i8x16.splat(0);
let b0: v128 = i8x16.splat(0);
let b1: v128 = i8x16.splat(0);
let b2: v128 = i8x16.splat(0);

export function startClassifying(): void {
  const none = i8x16.splat(0);
  a0 = none; a1 = none; a2 = none;
  b0 = none; b1 = none; b2 = none;
}

/** Classifies from `p` to `end`, at most a segment, in steps of sixteen, and verifies what it finds. */
export function classify(p: usize, end: usize): void {
  const mask = i8x16.splat(0x1f), half = i8x16.splat(0x10);
  const m = MASKS;
  const ta0 = v128.load(m), ta0h = v128.load(m, 16), ta1 = v128.load(m, 32), ta1h = v128.load(m, 48);
  const ta2 = v128.load(m, 64), ta2h = v128.load(m, 80), ta3 = v128.load(m, 96), ta3h = v128.load(m, 112);
  const tb0 = v128.load(m, 128), tb0h = v128.load(m, 144), tb1 = v128.load(m, 160), tb1h = v128.load(m, 176);
  const tb2 = v128.load(m, 192), tb2h = v128.load(m, 208), tb3 = v128.load(m, 224), tb3h = v128.load(m, 240);
  let qa0 = a0, qa1 = a1, qa2 = a2, qb0 = b0, qb1 = b1, qb2 = b2;
  let slot = SLOTS;
  for (; p < end; p += 16) {
    const values = v128.and(v128.load(p), mask);
    const low = halfIndex(values), high = halfIndex(v128.xor(values, half));
    const ra0 = answer(ta0, ta0h, low, high), ra1 = answer(ta1, ta1h, low, high);
    const ra2 = answer(ta2, ta2h, low, high), ra3 = answer(ta3, ta3h, low, high);
    const ra = v128.and(v128.and(ra3, shifted1(qa2, ra2)), v128.and(shifted2(qa1, ra1), shifted3(qa0, ra0)));
    qa0 = ra0; qa1 = ra1; qa2 = ra2;
    const rb0 = answer(tb0, tb0h, low, high), rb1 = answer(tb1, tb1h, low, high);
    const rb2 = answer(tb2, tb2h, low, high), rb3 = answer(tb3, tb3h, low, high);
    const rb = v128.and(v128.and(rb3, shifted1(qb2, rb2)), v128.and(shifted2(qb1, rb1), shifted3(qb0, rb0)));
    qb0 = rb0; qb1 = rb1; qb2 = rb2;
    v128.store(slot, ra);
    v128.store(slot, rb, 16);
    store<u32>(slot, <u32>p, 32);
    slot += <usize>v128.any_true(v128.or(ra, rb)) * SLOT_BYTES;
  }
  a0 = qa0; a1 = qa1; a2 = qa2; b0 = qb0; b1 = qb1; b2 = qb2;
  for (let t = SLOTS; t < slot; t += SLOT_BYTES) drain(t);
}

/** Verifies every candidate of a slot: each byte of the two vectors that is not zero names up to eight buckets. */
function drain(slot: usize): void {
  const first = <usize>load<u32>(slot, 32) - BACK;
  let lanes: i32 = i8x16.bitmask(i8x16.ne(v128.or(v128.load(slot), v128.load(slot, 16)), i8x16.splat(0)));
  do {
    const lane: usize = ctz(lanes);
    lanes &= lanes - 1;
    let buckets: u32 = <u32>load<u8>(slot + lane) | (<u32>load<u8>(slot + lane, 16) << 8);
    do {
      verify(first + lane, <usize>ctz(buckets));
      buckets &= buckets - 1;
    } while (buckets);
  } while (lanes);
}

/** For the loader: whether `relaxed_swizzle` looks at the low four bits of an index from 16 to 127, as `halfIndex` needs. */
export function relaxedFits(): bool {
  if (!ASC_FEATURE_RELAXED_SIMD) return true;
  const table = i8x16(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
  const low = i8x16.relaxed_swizzle(table, i8x16.splat(0x73)), high = i8x16.relaxed_swizzle(table, i8x16.splat(-0x7d));
  return i8x16.extract_lane_u(low, 0) == 13 && i8x16.extract_lane_u(high, 0) == 0;
}
