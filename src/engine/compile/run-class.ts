import { bytesOf, hasByte, setId, type ByteSet } from "../regex/byte-set.ts";

/** Shorter runs need windows so close together that a fingerprint is cheaper. */
const MIN_RUN = 15;
/**
 * What looking for a run costs, as the share of positions at which a candidate would cost as much: the windows take most
 * of it. Sequences with a dearer fingerprint are looked for by their run.
 */
const RUN_COST = 0.01;
/** `MAX_STRIDE` of core/assembly/layout.ts. */
const MAX_STRIDE = 32;

/** Windows of `bytes` bytes every `stride` bytes: one of them lies inside any run of at least `length`. */
export function windowOf(length: number): { readonly bytes: 8 | 16; readonly stride: number } {
  const bytes = length >= 23 ? 16 : 8;
  return { bytes, stride: Math.min(length - bytes + 1, MAX_STRIDE) };
}

/** Consecutive equal sets inside a sequence. */
export interface RunClass {
  readonly set: ByteSet;
  /** Index of its first set in the sequence. */
  readonly at: number;
  readonly length: number;
}

/** The run of the smallest set in a sequence among those long enough for the run classifier. */
export function rarestRun(sets: readonly ByteSet[]): RunClass | undefined {
  let best: RunClass | undefined;
  for (let at = 0; at < sets.length;) {
    const key = setId(sets[at]!);
    let end = at + 1;
    while (end < sets.length && setId(sets[end]!) === key) end++;
    const isRarer = best === undefined || bytesOf(sets[at]!).length < bytesOf(best.set).length;
    if (end - at >= MIN_RUN && isRarer) best = { set: sets[at]!, at, length: end - at };
    at = end;
  }
  return best;
}

/** Whether a sequence is better found by its run than by a fingerprint of the given cost. */
export const isRun = (sets: readonly ByteSet[], cost: number): boolean =>
  cost > RUN_COST && rarestRun(sets) !== undefined;

/** The cost of a sequence when the better of both ways is taken. */
export const costWithRuns = (sets: readonly ByteSet[], cost: number): number =>
  isRun(sets, cost) ? Math.min(cost, RUN_COST) : cost;

/** Tables for the shuffle of core/assembly/runs.ts: a byte is in a class when its low and its high nibble share a bit of it. */
export class RunTables {
  /** Sixteen bytes by low nibble, sixteen by high nibble. */
  readonly tables = new Uint8Array(32);
  readonly #bits = new Map<string, number>();

  /** The bits of a class, or undefined when the eight there are do not suffice. */
  add(set: ByteSet): number | undefined {
    const highsByLows = new Map<string, number[]>();
    for (let high = 0; high < 16; high++) {
      const lows = NIBBLES.filter((low) => hasByte(set, high * 16 + low)).join();
      if (lows !== "") highsByLows.set(lows, [...(highsByLows.get(lows) ?? []), high]);
    }
    // Two classes share a bit only if it stands for exactly the same bytes in both.
    const blocks = [...highsByLows].map(([lows, highs]) => ({ key: `${lows}/${highs.join()}`, lows, highs }));
    if (new Set([...this.#bits.keys(), ...blocks.map(({ key }) => key)]).size > 8) return undefined;
    let all = 0;
    for (const { key, lows, highs } of blocks) {
      const bit = this.#bits.get(key) ?? 1 << this.#bits.size;
      this.#bits.set(key, bit);
      for (const low of lows.split(",")) this.tables[Number(low)]! |= bit;
      for (const high of highs) this.tables[16 + high]! |= bit;
      all |= bit;
    }
    return all;
  }
}

const NIBBLES = Array.from({ length: 16 }, (_, nibble) => nibble);
