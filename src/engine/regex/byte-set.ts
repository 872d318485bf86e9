/** A set of byte values: bit `b & 31` of word `b >> 5` says whether byte `b` is in it. Eight words, 256 bits. */
export type ByteSet = Uint32Array;

export const emptySet = (): ByteSet => new Uint32Array(8);

export function addRange(set: ByteSet, first: number, last: number): ByteSet {
  for (let byte = first; byte <= last; byte++) set[byte >> 5]! |= 1 << (byte & 31);
  return set;
}

/**
 * The bytes of the given inclusive ranges: `rangeSet([48, 57])` are the digits.
 *
 * @__NO_SIDE_EFFECTS__ so that a bundle holds those sets below only that it uses.
 */
export function rangeSet(...ranges: readonly (readonly [number, number])[]): ByteSet {
  const set = emptySet();
  for (const [first, last] of ranges) addRange(set, first, last);
  return set;
}

export const hasByte = (set: ByteSet, byte: number): boolean => ((set[byte >> 5]! >>> (byte & 31)) & 1) === 1;

/* @__NO_SIDE_EFFECTS__ */ export const complement = (set: ByteSet): ByteSet => set.map((word) => ~word);

export function union(a: ByteSet, b: ByteSet): ByteSet {
  const set = emptySet();
  for (let i = 0; i < 8; i++) set[i] = a[i]! | b[i]!;
  return set;
}

export function intersect(a: ByteSet, b: ByteSet): ByteSet {
  const set = emptySet();
  for (let i = 0; i < 8; i++) set[i] = a[i]! & b[i]!;
  return set;
}

/** Whether a byte is in both. */
export function overlap(a: ByteSet, b: ByteSet): boolean {
  for (let i = 0; i < 8; i++) if ((a[i]! & b[i]!) !== 0) return true;
  return false;
}

export function isSubset(a: ByteSet, b: ByteSet): boolean {
  for (let i = 0; i < 8; i++) if ((a[i]! & ~b[i]!) !== 0) return false;
  return true;
}

export function isEmpty(set: ByteSet): boolean {
  for (let i = 0; i < 8; i++) if (set[i] !== 0) return false;
  return true;
}

const ids = new Map<string, number>();
const idOf = new WeakMap<ByteSet, number>();

/** A small number, equal for equal sets. Sets that are asked for must not change any more. */
export function setId(set: ByteSet): number {
  let id = idOf.get(set);
  if (id !== undefined) return id;
  const key = set.join();
  id = ids.get(key);
  if (id === undefined) ids.set(key, (id = ids.size));
  idOf.set(set, id);
  return id;
}

/** Equal for equal lists of sets. */
export const setsKey = (sets: readonly ByteSet[]): string => sets.map(setId).join();

/** How many bytes are in the set. */
export function sizeOf(set: ByteSet): number {
  let size = 0;
  for (let i = 0; i < 8; i++) for (let word = set[i]!; word !== 0; word &= word - 1) size++;
  return size;
}

export function bytesOf(set: ByteSet): number[] {
  const bytes: number[] = [];
  for (let byte = 0; byte < 256; byte++) if (hasByte(set, byte)) bytes.push(byte);
  return bytes;
}

/** The set with the other case of every ASCII letter in it. */
export function foldCase(set: ByteSet): ByteSet {
  const folded = set.slice();
  for (let upper = 65; upper <= 90; upper++) {
    const lower = upper + 32;
    if (hasByte(set, upper)) addRange(folded, lower, lower);
    if (hasByte(set, lower)) addRange(folded, upper, upper);
  }
  return folded;
}

export const DIGITS = rangeSet([48, 57]);
const LOWER = rangeSet([97, 122]);
const UPPER = rangeSet([65, 90]);
/** RE2's `\w`: ASCII letters, digits and the underscore. */
export const WORD = rangeSet([48, 57], [65, 90], [95, 95], [97, 122]);
/** RE2's `\s`: tab, line feed, form feed, carriage return and space, not the vertical tab. */
export const SPACE = rangeSet([9, 10], [12, 13], [32, 32]);
export const ALL_BYTES = rangeSet([0, 255]);
export const NOT_NEWLINE = complement(rangeSet([10, 10]));

/** POSIX classes as RE2 has them, by the name inside `[:name:]`. */
export const POSIX_CLASSES: Readonly<Record<string, ByteSet>> = {
  alnum: rangeSet([48, 57], [65, 90], [97, 122]),
  alpha: rangeSet([65, 90], [97, 122]),
  ascii: rangeSet([0, 127]),
  blank: rangeSet([9, 9], [32, 32]),
  cntrl: rangeSet([0, 31], [127, 127]),
  digit: DIGITS,
  graph: rangeSet([33, 126]),
  lower: LOWER,
  print: rangeSet([32, 126]),
  punct: rangeSet([33, 47], [58, 64], [91, 96], [123, 126]),
  space: rangeSet([9, 13], [32, 32]),
  upper: UPPER,
  word: WORD,
  xdigit: rangeSet([48, 57], [65, 70], [97, 102]),
};
