import type { ByteSet } from "../regex/byte-set.ts";
import { GRAM_LENGTH, lowBitsOf, type SampleBits, type Training } from "./training.ts";

/** Buckets of the classifier: two groups of eight, a bit each. */
export const BUCKETS = 16;
const MAX_OFFSET = 92;
const OPTIONS = 6;
const ANY = ~0;

/** Four consecutive places of a sequence; places outside of it accept anything. */
export interface Fingerprint {
  /** Index into the sequence's sets of the first place; may be negative for a short sequence. */
  readonly at: number;
  /** For each place a bit a five-bit value. */
  readonly masks: readonly number[];
  /** Share of positions of source text that it accepts, measured. */
  readonly cost: number;
}

/** Fingerprints that share a bit of the classifier, so that it accepts the union of their masks place by place. */
export interface Bucket {
  readonly members: readonly { readonly sequence: number; readonly fingerprint: Fingerprint }[];
  readonly masks: readonly number[];
  readonly cost: number;
}

/** The cheapest fingerprints of a sequence, best first. */
export function fingerprintsOf(sets: readonly ByteSet[], training: Training): Fingerprint[] {
  const places = sets.slice(0, MAX_OFFSET + GRAM_LENGTH).map(lowBitsOf);
  const first = Math.min(0, places.length - GRAM_LENGTH);
  const last = Math.max(0, places.length - GRAM_LENGTH);
  const options: Fingerprint[] = [];
  for (let at = first; at <= last; at++) {
    const masks = Array.from({ length: GRAM_LENGTH }, (_, k) => places[at + k] ?? ANY);
    options.push({ at, masks, cost: training.cost(masks) });
  }
  return options.sort((a, b) => a.cost - b.cost).slice(0, OPTIONS);
}

interface Cluster {
  members: { sequence: number; option: number }[];
  masks: number[];
  bits: SampleBits[];
  hits: number;
  /** Samples accepted up to the end of each block of `BLOCK` words. */
  hitsUpTo: number[];
}

/** Words of samples that are counted before it is asked whether going on pays. */
const BLOCK = 16;

/**
 * Deals the sequences to the buckets so that the classifier stops at few positions: each goes where it adds least, then
 * `passes` rounds move single sequences as long as that helps.
 */
export function assignBuckets(all: readonly (readonly Fingerprint[])[], training: Training, passes: number): Bucket[] {
  const options = all.map((fingerprints) =>
    fingerprints.map(({ masks }) => ({ masks, bits: masks.map((mask, place) => training.select(place, mask)) })),
  );
  const clusters: Cluster[] = Array.from({ length: BUCKETS }, () => ({
    members: [],
    masks: Array<number>(GRAM_LENGTH).fill(0),
    bits: Array.from({ length: GRAM_LENGTH }, () => new Int32Array(training.words)),
    hits: 0,
    hitsUpTo: Array<number>(Math.ceil(training.words / BLOCK)).fill(0),
  }));

  const refresh = (cluster: Cluster): void => {
    cluster.masks = cluster.masks.map((_, place) =>
      cluster.members.reduce((mask, { sequence, option }) => mask | options[sequence]![option]!.masks[place]!, 0),
    );
    cluster.bits = cluster.masks.map((mask, place) => training.select(place, mask));
    cluster.hitsUpTo = hitsUpTo(cluster.bits);
    cluster.hits = cluster.hitsUpTo.at(-1) ?? 0;
  };
  const place = (sequence: number): void => {
    let best: { cluster: Cluster; option: number; added: number } | undefined;
    for (const cluster of clusters) {
      options[sequence]!.forEach(({ bits }, option) => {
        const added = addedBy(bits, cluster, best?.added ?? Infinity);
        if (best === undefined || added < best.added) best = { cluster, option, added };
      });
    }
    best!.cluster.members.push({ sequence, option: best!.option });
    refresh(best!.cluster);
  };

  const dearestFirst = all.map((_, i) => i).sort((a, b) => all[b]![0]!.cost - all[a]![0]!.cost || a - b);
  for (const sequence of dearestFirst) place(sequence);
  for (let pass = 0; pass < passes; pass++) {
    const before = clusters.reduce((sum, cluster) => sum + cluster.hits, 0);
    for (const sequence of dearestFirst) {
      const home = clusters.find(({ members }) => members.some((member) => member.sequence === sequence))!;
      home.members = home.members.filter((member) => member.sequence !== sequence);
      refresh(home);
      place(sequence);
    }
    if (clusters.reduce((sum, cluster) => sum + cluster.hits, 0) >= before) break;
  }
  return clusters.map(({ members, masks, hits }) => ({
    members: members.map(({ sequence, option }) => ({ sequence, fingerprint: all[sequence]![option]! })),
    masks,
    cost: hits / training.sampleCount,
  }));
}

/**
 * How many samples more the cluster accepts with another fingerprint, place by place either. Counting stops at `most`:
 * block by block it can only grow.
 */
function addedBy(bits: readonly SampleBits[], cluster: Cluster, most: number): number {
  const [a0, a1, a2, a3] = cluster.bits as [SampleBits, SampleBits, SampleBits, SampleBits];
  const [b0, b1, b2, b3] = bits as [SampleBits, SampleBits, SampleBits, SampleBits];
  let count = 0;
  let added = 0;
  for (let from = 0, block = 0; from < a0.length && added < most; from += BLOCK, block++) {
    const to = Math.min(from + BLOCK, a0.length);
    for (let i = from; i < to; i++) {
      count += bitCount((a0[i]! | b0[i]!) & (a1[i]! | b1[i]!) & (a2[i]! | b2[i]!) & (a3[i]! | b3[i]!));
    }
    added = count - cluster.hitsUpTo[block]!;
  }
  return added;
}

function hitsUpTo([a, b, c, d]: readonly SampleBits[]): number[] {
  const all: number[] = [];
  let count = 0;
  for (let from = 0; from < a!.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, a!.length);
    for (let i = from; i < to; i++) count += bitCount(a![i]! & b![i]! & c![i]! & d![i]!);
    all.push(count);
  }
  return all;
}

/** Most words are empty or have one bit. */
function bitCount(bits: number): number {
  let count = 0;
  for (let word = bits; word !== 0; word &= word - 1) count++;
  return count;
}
