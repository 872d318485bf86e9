// Which parts of texts were looked at before and held nothing. Versions of a file, and copies of files, say the same again
// and again, and hashing costs a tenth of scanning. What is kept of a part is 128 bits of a keyed hash that is universal
// (the NH of UMAC, RFC 4418, twice with the key shifted): for any two texts, chosen without knowing the key, it is the same with
// a probability of 2^-64 at most. So nobody can write a text that passes for a harmless one.

/** Longest part that is hashed. */
export const MOST_BYTES: usize = 4096;
/** Two blocks that tell of the part's place, and one more for the shift. */
export const KEY_BYTES: usize = MOST_BYTES + 64;

const PLACE_BYTES: usize = 16;

/** Room for the pieces that wait to be judged; for one, where nothing is remembered. */
const MOST_PIECES: usize = 32;
export const PIECE_BYTES: usize = 64;
export let PIECES: usize = memory.data(64, 16);
export let pieceRoom: usize = 1;
/** Where a piece has its tag; then its place. */
export const TAG: usize = 32;
const PLACE: usize = 16;

let KEY: usize = 0;
let TABLE: usize = 0;
let lastPlace: u32 = 0;

/** What to remember so many parts takes. */
export function knownBytes(places: u32): u32 {
  return <u32>(KEY_BYTES + MOST_PIECES * PIECE_BYTES) + places * <u32>PLACE_BYTES;
}

/**
 * Starts to remember up to so many parts, a power of two, in `knownBytes(places)` zeros at `work`, of which the first `KEY_BYTES` are
 * random.
 */
export function rememberAt(work: usize, places: u32): void {
  lastPlace = places - 1;
  KEY = work;
  PIECES = work + KEY_BYTES;
  pieceRoom = MOST_PIECES;
  TABLE = PIECES + MOST_PIECES * PIECE_BYTES;
  // A page that is read before it is written is given twice by the system, and threads wait for one another the second time.
  memory.fill(TABLE, 0, <usize>places * PLACE_BYTES);
}

export function remembers(): bool {
  return KEY != 0;
}

/** The sum of the products of two times four words, two by two, with key words added first. */
@inline function products(first: v128, second: v128, firstKey: v128, secondKey: v128): v128 {
  const a = i32x4.add(first, firstKey), b = i32x4.add(second, secondKey);
  return i64x2.add(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b));
}

/** Bytes that are hashed at once. */
export const HASHED: usize = 32;

/**
 * Writes to `tag` what the bytes from `from` to `to`, a multiple of `HASHED`, are known by. The other words say what else counts, for
 * the same bytes elsewhere in a text may mean something else.
 */
export function hash(tag: usize, from: usize, to: usize, begin: u32, end: u32, edges: u32): void {
  let key = KEY;
  let about = i32x4.splat(<i32>(to - from));
  about = i32x4.replace_lane(about, 1, begin);
  about = i32x4.replace_lane(about, 2, end);
  about = i32x4.replace_lane(about, 3, edges);
  const none = i32x4.splat(0), shifted = v128.load(key, 16);
  let last = v128.load(key, 32);
  let a = products(about, none, v128.load(key), shifted), b = products(about, none, shifted, last);
  for (let p = from; p < to; p += HASHED) {
    const words = v128.load(p), further = v128.load(p, 16), middle = v128.load(key, 48), next = v128.load(key, 64);
    a = i64x2.add(a, products(words, further, last, middle));
    b = i64x2.add(b, products(words, further, middle, next));
    last = next;
    key += HASHED;
  }
  const first = i64x2.extract_lane(a, 0) + i64x2.extract_lane(a, 1);
  const second = i64x2.extract_lane(b, 0) + i64x2.extract_lane(b, 1);
  // Products have weak low bits.
  const place = TABLE + <usize>((<u32>(first >>> 32) ^ <u32>(second >>> 40)) & lastPlace) * PLACE_BYTES;
  v128.store(tag, i64x2.replace_lane(i64x2.splat(first), 1, second));
  store<u32>(tag, <u32>place, PLACE);
}

/** Whether what `tag` tells of is known. */
export function isKnown(tag: usize): bool {
  return !v128.any_true(v128.xor(v128.load(<usize>load<u32>(tag, PLACE)), v128.load(tag)));
}

/** Remembers it, in the place of what it displaces. */
export function learn(tag: usize): void {
  v128.store(<usize>load<u32>(tag, PLACE), v128.load(tag));
}
