// Whether a run of digits may decode to a secret at all: most runs are identifiers and paths, and end here.
import { VECTORS } from "./characters";
import { fullGroups, searched } from "./notes";

/** Of what decodes to token bytes, as `VECTORS` has it. */
const LEADS: i8 = 7;
const LETTER_A: i8 = 8;
const ZERO: i8 = 16;
const HIGHS: i8 = 32;
const HEX_DIGITS: i8 = -64;

@inline function bits(classes: v128, wanted: v128, none: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(i8x16.eq(v128.and(classes, wanted), none)) ^ 0xffff);
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

/** Of the second and the third digit of four, the same. */
const SECONDS: i8 = 15;
const THIRDS: i8 = 112;

/** Whether four times four digits in a row stand for token bytes in the 80 bytes around `p`, as far as their first three say. */
function areFours(p: usize, first: u64, last: u64): bool {
  const low = v128.load(VECTORS, 224), high = v128.load(VECTORS, 240), nibble = v128.load(VECTORS, 32), none = v128.load(VECTORS, 64);
  const z = searched(p - 16, low, high, nibble), a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
  const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
  let wanted = i8x16.splat(SECONDS);
  let within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
  const ofD = bits(d, wanted, none);
  first &= (within << 16 | bits(z, wanted, none)) >> 1 | ofD << 63;
  // What stands behind the block may be anything.
  last &= (within | ofD << 48) >> 1 | 1 << 63;
  wanted = i8x16.splat(THIRDS);
  within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
  const thirdOfD = bits(d, wanted, none);
  first &= (within << 16 | bits(z, wanted, none)) >> 2 | thirdOfD << 62;
  last &= (within | thirdOfD << 48) >> 2 | 3 << 62;
  return areFour(first) | areFour(last);
}

/**
 * Whether a run of digits may decode to a secret that fills four groups of four, the last of them in the 64 bytes at `p`. Fourteen
 * token bytes in a row hold four whole groups of base64 digits, each led by one from `I` to `e`, or fourteen pairs of hex digits
 * that begin with one from 2 to 7. In UTF-16 every other group of base64 digits is `A..A`, and every other two hex digits are zeros.
 * Of that, so much is asked for as lies near the four groups, wherever the run begins: 80 bytes tell.
 */
export function mayPromise(p: usize): bool {
  const low = v128.load(VECTORS, 192), high = v128.load(VECTORS, 208), nibble = v128.load(VECTORS, 32), none = v128.load(VECTORS, 64);
  const z = searched(p - 16, low, high, nibble), a = searched(p, low, high, nibble), b = searched(p + 16, low, high, nibble);
  const c = searched(p + 32, low, high, nibble), d = searched(p + 48, low, high, nibble);
  let wanted = i8x16.splat(LEADS);
  let within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
  const first = within << 16 | bits(z, wanted, none), last = within | bits(d, wanted, none) << 48;
  if ((areFour(first) | areFour(last)) && areFours(p, first, last)) return true;
  const all = v128.or(v128.or(a, b), v128.or(c, d));
  wanted = i8x16.splat(LETTER_A);
  if (v128.any_true(v128.and(all, wanted))) {
    within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
    if (areWide(within << 16 | bits(z, wanted, none)) | areWide(within | bits(d, wanted, none) << 48)) return true;
  }
  // Three such pairs, and eight, have four digits in a place that is a multiple of four: most blocks have none.
  wanted = i8x16.splat(HEX_DIGITS);
  const fours = v128.or(
    v128.or(fullGroups(z, wanted, none), v128.or(fullGroups(a, wanted, none), fullGroups(b, wanted, none))),
    v128.or(fullGroups(c, wanted, none), fullGroups(d, wanted, none)),
  );
  if (!v128.any_true(fours)) return false;
  wanted = i8x16.splat(HIGHS);
  within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
  if (areEight(within << 16 | bits(z, wanted, none)) | areEight(within | bits(d, wanted, none) << 48)) return true;
  wanted = i8x16.splat(ZERO);
  within = bits(a, wanted, none) | bits(b, wanted, none) << 16 | bits(c, wanted, none) << 32;
  return areWideHex(within << 16 | bits(z, wanted, none)) | areWideHex(within | bits(d, wanted, none) << 48);
}
