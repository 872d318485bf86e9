/**
 * The checksum of RFC 1950: two sums modulo 65521, of which the second weighs each byte by how many follow it. 16 bytes a
 * step: columns are summed in 16 bits and weighed once a block, whose 64 steps leave no column beyond 32767.
 */
export function adler32(from: usize, length: i32): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  let left = <u32>length;
  while (left >= 16) {
    const block = min<u32>(left & ~15, 1024);
    left -= block;
    let pairs = i16x8.splat(0); // of each pair of columns
    let seconds = i16x8.splat(0); // of each pair's second column
    let before = i32x4.splat(0); // all sums, as they were before each step
    const end = from + block;
    while (from < end) {
      const bytes = v128.load(from);
      from += 16;
      before = i32x4.add(before, i32x4.extadd_pairwise_i16x8_s(pairs));
      pairs = i16x8.add(pairs, i16x8.extadd_pairwise_i8x16_u(bytes));
      seconds = i16x8.add(seconds, i16x8.shr_u(bytes, 8));
    }
    const weighted = i32x4.sub(
      i32x4.dot_i16x8_s(pairs, i16x8(16, 14, 12, 10, 8, 6, 4, 2)),
      i32x4.extadd_pairwise_i16x8_s(seconds),
    );
    b = (b + a * block + lanes(i32x4.add(i32x4.shl(before, 4), weighted))) % 65521;
    a = (a + lanes(i32x4.extadd_pairwise_i16x8_s(pairs))) % 65521;
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
