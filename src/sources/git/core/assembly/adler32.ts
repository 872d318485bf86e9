/** The checksum of RFC 1950: two sums modulo 65521. 16 bytes a step; 5536 keeps the second sum below 2^32. */
export function adler32(from: usize, length: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  let left = <u32>length;
  const weightsLow = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const weightsHigh = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  while (left >= 16) {
    const block = min<u32>(left & ~15, 5536);
    left -= block;
    let sums = i32x4.splat(0);
    let before = i32x4.splat(0); // the first sum, as it was before each step
    let weighted = i32x4.splat(0);
    const end = from + block;
    while (from < end) {
      const bytes = v128.load(from);
      from += 16;
      before = i32x4.add(before, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      weighted = i32x4.add(
        weighted,
        i32x4.add(
          i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(bytes), weightsLow),
          i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(bytes), weightsHigh),
        ),
      );
    }
    b = (b + a * block + (lanes(before) << 4) + lanes(weighted)) % 65521;
    a = (a + lanes(sums)) % 65521;
  }
  while (left--) {
    a += load<u8>(from++);
    b += a;
  }
  a %= 65521;
  b %= 65521;
  return (b << 16) | a;
}

@inline
function lanes(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
