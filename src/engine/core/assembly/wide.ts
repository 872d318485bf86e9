// UTF-16, told as text.ts tells it, and made a text of one byte a character.

const SNIFFED: usize = 512;
export const LITTLE: i32 = 1;
export const BIG: i32 = 2;

/** `LITTLE`, `BIG`, or 0 for a text of single bytes. */
export function byteOrder(text: usize, length: usize): i32 {
  if (length >= 2) {
    const first = load<u8>(text), second = load<u8>(text, 1);
    if (first == 0xff && second == 0xfe) return LITTLE;
    if (first == 0xfe && second == 0xff) return BIG;
  }
  const sniffed = min(length, SNIFFED) & ~1;
  if (sniffed < 16) return 0;
  let even: u32 = 0, odd: u32 = 0;
  const end = text + sniffed;
  let p = text;
  for (; p + 16 <= end; p += 16) {
    const zeros: u32 = i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(0)));
    even += popcnt(zeros & 0x5555);
    odd += popcnt(zeros & 0xaaaa);
  }
  for (; p < end; p += 2) {
    even += <u32>(load<u8>(p) == 0);
    odd += <u32>(load<u8>(p, 1) == 0);
  }
  const many = <f64>sniffed * 0.3, few = <f64>sniffed * 0.01;
  if (<f64>odd >= many && <f64>even <= few) return LITTLE;
  if (<f64>even >= many && <f64>odd <= few) return BIG;
  return 0;
}

/** Writes half as many bytes to `out`: each unit's low byte, or 0xff where the unit is beyond latin1. */
export function narrow(text: usize, length: usize, order: i32, out: usize): usize {
  const count = length >> 1;
  const bytes = i16x8.splat(0xff);
  let i: usize = 0;
  for (; i + 16 <= count; i += 16) {
    let a = v128.load(text + (i << 1)), b = v128.load(text + (i << 1), 16);
    if (order == BIG) {
      a = i8x16.shuffle(a, a, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
      b = i8x16.shuffle(b, b, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    }
    a = v128.and(v128.or(a, i16x8.gt_u(a, bytes)), bytes);
    b = v128.and(v128.or(b, i16x8.gt_u(b, bytes)), bytes);
    v128.store(out + i, i8x16.narrow_i16x8_u(a, b));
  }
  const high: usize = order == LITTLE ? 1 : 0;
  for (; i < count; i++) {
    const at = text + (i << 1);
    store<u8>(out + i, load<u8>(at + high) == 0 ? load<u8>(at + 1 - high) : 0xff);
  }
  return count;
}
