// Line feeds are counted around matches only, so no scan pays for line numbers of text without any.

const FEED: u8 = 10;

/** Line feeds from `from` up to `to`. */
export function countLines(from: usize, to: usize): u32 {
  let count: u32 = 0;
  let p = from;
  const feed = i8x16.splat(FEED);
  for (; p + 16 <= to; p += 16) count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(p), feed)));
  for (; p < to; p++) count += <u32>(load<u8>(p) == FEED);
  return count;
}

/** The first byte of the line that `at` stands in, looking back no further than `from`. */
export function lineStart(from: usize, at: usize): usize {
  let p = at;
  const feed = i8x16.splat(FEED);
  while (p >= from + 16 && !v128.any_true(i8x16.eq(v128.load(p - 16), feed))) p -= 16;
  while (p > from && load<u8>(p - 1) != FEED) p--;
  return p;
}
