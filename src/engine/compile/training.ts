import { PatrolError } from "../../model/errors.ts";
import type { ByteSet } from "../regex/byte-set.ts";
import { hasByte } from "../regex/byte-set.ts";

/** Consecutive bytes that a fingerprint looks at. */
export const GRAM_LENGTH = 4;
const VALUES = 32;

/**
 * The classifier looks at the low five bits of a byte, which fold case and keep letters apart. In bytes below the letters it sets
 * the bits of a mark before. With the mark `LETTERS` digits are seen as `x` to `z` or as what stands behind `z`, and punctuation
 * as eight letters; with `NO_MARK` they are seen as `p` to `y` and as any letter up to `o`, which makes more candidates but
 * tells all digits apart. Marks that set more bits take digits for blanks, so that runs of digits are not rare any more.
 */
export const LETTERS = 0x08;
export const NO_MARK = 0;
export type Mark = typeof LETTERS | typeof NO_MARK;

/** In the training sample a byte is six bits: the low five, and whether it stands below the letters. */
const GRAM_BITS = 6;
const BELOW = 1 << 5;
const isBelow = (byte: number): boolean => byte < 0x40 || byte >= 0x80;
const sixBitsOf = (byte: number): number => (isBelow(byte) ? BELOW : 0) | (byte & (VALUES - 1));
const valueOf = (sixBits: number, mark: Mark): number =>
  ((sixBits & BELOW) === 0 ? sixBits : sixBits | mark) & (VALUES - 1);

/** Four bytes as the sample keeps them, the first one in the highest bits. */
export const gramOf = (bytes: Uint8Array, at: number): number =>
  bytes.subarray(at, at + GRAM_LENGTH).reduce((gram, byte) => (gram << GRAM_BITS) | sixBitsOf(byte), 0);

/** Selections that are kept. */
const MOST_SELECTED = 2000;

/** A bit a gram: whether it is matched. */
export type SampleBits = Int32Array;

/**
 * How often runs of four bytes occur in source text: a sample of them, as the classifier sees them. It says what a
 * fingerprint costs, measured, because models of single bytes mislead on digit and hex runs. Equal grams are kept once: one
 * that was drawn five times stands among those that count four times and among those that count once.
 */
export class Training {
  readonly mark: Mark;
  readonly sampleCount: number;
  /** How often each gram of a word of bits counts. */
  readonly weights: Int32Array;
  readonly words: number;
  /** `#columns[position * 32 + value]`: the grams that have `value` at `position`. */
  readonly #columns: readonly SampleBits[];
  readonly #counts: ReadonlyMap<number, number>;
  readonly #valuesOf = new WeakMap<ByteSet, number>();
  readonly #selected = new Map<number, SampleBits>();

  private constructor(counts: ReadonlyMap<number, number>, mark: Mark) {
    this.mark = mark;
    this.#counts = counts;
    const planes: number[][] = [];
    let sampleCount = 0;
    for (const [gram, count] of folded(counts, mark)) {
      sampleCount += count;
      for (let plane = 0; count >> plane > 0; plane++) {
        if ((count >> plane) & 1) (planes[plane] ??= []).push(gram);
      }
    }
    this.sampleCount = sampleCount;
    const sizes = Array.from(planes, (grams) => Math.ceil((grams?.length ?? 0) / 32));
    this.words = sizes.reduce((sum, size) => sum + size, 0);
    this.weights = new Int32Array(this.words);
    this.#columns = Array.from({ length: GRAM_LENGTH * VALUES }, () => new Int32Array(this.words));
    // What counts most comes first, so that counting up to a limit ends early.
    let word = 0;
    for (let plane = planes.length - 1; plane >= 0; plane--) {
      this.weights.fill(1 << plane, word, word + sizes[plane]!);
      planes[plane]?.forEach((gram, i) => this.#add(gram, word * 32 + i));
      word += sizes[plane]!;
    }
  }

  /** Reads what `encodeTraining` wrote. `stride` above 1 takes every so-many-th sample, for a quick compile. */
  static decode(bytes: Uint8Array, stride = 1): Training {
    const counts = new Map<number, number>();
    let at = 0;
    const next = (): number => {
      let value = 0;
      for (;;) {
        const byte = bytes[at++]!;
        value = (value << 7) | (byte & 0x7f);
        if ((byte & 0x80) === 0) return value;
      }
    };
    let gram = 0;
    let drawn = 0;
    while (at < bytes.length) {
      gram += next();
      const before = drawn;
      drawn += next();
      const count = Math.floor(drawn / stride) - Math.floor(before / stride);
      if (count > 0) counts.set(gram, count);
    }
    if (counts.size === 0) throw new PatrolError("internal", "the training sample is empty; run npm run build");
    return new Training(counts, LETTERS);
  }

  /** The same sample as the classifier sees it with another mark. */
  at(mark: Mark): Training {
    return mark === this.mark ? this : new Training(this.#counts, mark);
  }

  /** The set as the classifier sees it: a bit a value. */
  valuesOf(set: ByteSet): number {
    let values = this.#valuesOf.get(set);
    if (values === undefined) {
      values = 0;
      for (let byte = 0; byte < 256; byte++) {
        if (hasByte(set, byte)) values |= 1 << valueOf(sixBitsOf(byte), this.mark);
      }
      this.#valuesOf.set(set, values);
    }
    return values;
  }

  #add(gram: number, at: number): void {
    for (let position = 0; position < GRAM_LENGTH; position++) {
      const value = (gram >>> (5 * (GRAM_LENGTH - 1 - position))) & (VALUES - 1);
      this.#columns[position * VALUES + value]![at >> 5]! |= 1 << (at & 31);
    }
  }

  /** The grams with a byte of `mask` (a bit a five-bit value) at `position`. Shared: do not write to it. */
  select(position: number, mask: number): SampleBits {
    const key = position * 2 ** 32 + (mask >>> 0);
    const known = this.#selected.get(key);
    if (known !== undefined) return known;
    const bits = this.#select(position, mask);
    if (this.#selected.size >= MOST_SELECTED) this.#selected.clear();
    this.#selected.set(key, bits);
    return bits;
  }

  #select(position: number, mask: number): SampleBits {
    if (mask === 0) return new Int32Array(this.words);
    if (mask === ~0) return new Int32Array(this.words).fill(~0);
    const first = 31 - Math.clz32(mask);
    const column = (value: number) => this.#columns[position * VALUES + value]!;
    if (mask === 1 << first) return column(first);
    const bits = column(first).slice();
    for (let value = 0; value < first; value++) {
      if (((mask >>> value) & 1) === 0) continue;
      const more = column(value);
      for (let i = 0; i < bits.length; i++) bits[i]! |= more[i]!;
    }
    return bits;
  }

  /** How many samples have a byte of `masks[position]` at every position; counting may stop at `most`. */
  hits(masks: readonly number[], most: number): number {
    const a = this.select(0, masks[0]!);
    const b = this.select(1, masks[1]!);
    const c = this.select(2, masks[2]!);
    const d = this.select(3, masks[3]!);
    let hits = 0;
    for (let i = 0; i < a.length && hits < most; i++) {
      const accepted = a[i]! & b[i]! & c[i]! & d[i]!;
      if (accepted !== 0) hits += bitCount(accepted) * this.weights[i]!;
    }
    return hits;
  }
}

/** The grams with five bits a byte. */
function folded(counts: ReadonlyMap<number, number>, mark: Mark): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [gram, count] of counts) {
    let values = 0;
    for (let shift = GRAM_BITS * (GRAM_LENGTH - 1); shift >= 0; shift -= GRAM_BITS) {
      values = (values << 5) | valueOf((gram >>> shift) & (BELOW | (VALUES - 1)), mark);
    }
    sums.set(values, (sums.get(values) ?? 0) + count);
  }
  return sums;
}

/** For each gram, in order, its difference to the one before and how often it was drawn, seven bits a byte. */
export function encodeTraining(grams: readonly number[]): Uint8Array {
  const counts = new Map<number, number>();
  for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  const bytes: number[] = [];
  const write = (value: number): void => {
    for (const shift of [21, 14, 7]) if (value >> shift > 0) bytes.push(((value >> shift) & 0x7f) | 0x80);
    bytes.push(value & 0x7f);
  };
  let last = 0;
  for (const [gram, count] of [...counts].sort(([a], [b]) => a - b)) {
    write(gram - last);
    write(count);
    last = gram;
  }
  return Uint8Array.from(bytes);
}

export function bitCount(bits: number): number {
  if (bits === 0) return 0;
  let word = bits - ((bits >>> 1) & 0x55555555);
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  return Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
