import { PatrolError } from "../../model/errors.ts";
import type { ByteSet } from "../regex/byte-set.ts";
import { hasByte } from "../regex/byte-set.ts";

/** Consecutive bytes that a fingerprint looks at. */
export const GRAM_LENGTH = 4;
/** The classifier sees the low five bits of a byte: case makes no difference, letters stay apart. */
export const LOW_BITS = 0x1f;
const VALUES = 32;

/** A bit a sample: whether it is matched. */
export type SampleBits = Int32Array;

/**
 * How often runs of four bytes occur in source text: a sorted sample of them, only the low five bits of each byte. It
 * says what a fingerprint costs, measured, because models of single bytes mislead on digit and hex runs.
 */
export class Training {
  readonly sampleCount: number;
  /** `#columns[position * 32 + value]`: the samples that have `value` at `position`. */
  readonly #columns: readonly SampleBits[];
  readonly #selected = new Map<number, SampleBits>();
  readonly #costs = new Map<string, number>();
  readonly words: number;

  private constructor(grams: Uint32Array) {
    this.sampleCount = grams.length;
    this.words = Math.ceil(grams.length / 32);
    const columns = Array.from({ length: GRAM_LENGTH * VALUES }, () => new Int32Array(this.words));
    grams.forEach((gram, i) => {
      for (let position = 0; position < GRAM_LENGTH; position++) {
        const value = (gram >>> (5 * (GRAM_LENGTH - 1 - position))) & LOW_BITS;
        columns[position * VALUES + value]![i >> 5]! |= 1 << (i & 31);
      }
    });
    this.#columns = columns;
  }

  /** Reads what `encodeTraining` wrote. `stride` above 1 takes every so-many-th sample, for a quick compile. */
  static decode(bytes: Uint8Array, stride = 1): Training {
    const grams: number[] = [];
    let gram = 0;
    let delta = 0;
    for (const byte of bytes) {
      delta = (delta << 7) | (byte & 0x7f);
      if (byte & 0x80) continue;
      gram += delta;
      delta = 0;
      grams.push(gram);
    }
    if (grams.length === 0) throw new PatrolError("internal", "the training sample is empty; run npm run build");
    return new Training(Uint32Array.from(grams.filter((_, i) => i % stride === 0)));
  }

  /** The samples with a byte of `mask` (a bit a five-bit value) at `position`. Shared: do not write to it. */
  select(position: number, mask: number): SampleBits {
    const key = position * 2 ** 32 + (mask >>> 0);
    const known = this.#selected.get(key);
    if (known !== undefined) return known;
    const bits = this.#select(position, mask);
    this.#selected.set(key, bits);
    return bits;
  }

  #select(position: number, mask: number): SampleBits {
    const bits = new Int32Array(this.words);
    if (mask === ~0) return bits.fill(~0);
    for (let value = 0; value < VALUES; value++) {
      if (((mask >>> value) & 1) === 0) continue;
      const column = this.#columns[position * VALUES + value]!;
      for (let i = 0; i < bits.length; i++) bits[i]! |= column[i]!;
    }
    return bits;
  }

  /** The share of samples that have a byte of `masks[position]` at every position. */
  cost(masks: readonly number[]): number {
    const key = masks.join();
    let cost = this.#costs.get(key);
    if (cost === undefined) {
      const [a, b, c, d] = masks.map((mask, position) => this.select(position, mask)) as [
        SampleBits,
        SampleBits,
        SampleBits,
        SampleBits,
      ];
      const accepted = a.map((word, i) => word & b[i]! & c[i]! & d[i]!);
      cost = countBits(accepted) / this.sampleCount;
      this.#costs.set(key, cost);
    }
    return cost;
  }
}

/** The set as the classifier sees it: a bit a five-bit value. */
export function lowBitsOf(set: ByteSet): number {
  const known = lowBits.get(set);
  if (known !== undefined) return known;
  let mask = 0;
  for (let byte = 0; byte < 256; byte++) if (hasByte(set, byte)) mask |= 1 << (byte & LOW_BITS);
  lowBits.set(set, mask);
  return mask;
}

const lowBits = new WeakMap<ByteSet, number>();

/** Grams as sorted differences, seven bits a byte. */
export function encodeTraining(grams: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let last = 0;
  for (const gram of grams.toSorted((a, b) => a - b)) {
    const delta = gram - last;
    last = gram;
    if (delta >= 1 << 14) bytes.push((delta >> 14) | 0x80);
    if (delta >= 1 << 7) bytes.push(((delta >> 7) & 0x7f) | 0x80);
    bytes.push(delta & 0x7f);
  }
  return Uint8Array.from(bytes);
}

function countBits(bits: SampleBits): number {
  let count = 0;
  for (let word of bits) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
