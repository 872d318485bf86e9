import type { ByteSet } from "../regex/byte-set.ts";
import { seededRandom } from "../regex/sample.ts";
import { bitCount, GRAM_LENGTH, type SampleBits, type Training } from "./training.ts";

/** Buckets of the classifier, a bit each: for what is looked for near runs of token bytes only, and for all else. */
export const BUCKETS_NEAR_RUNS = 16;
export const OTHER_BUCKETS = 8;
const MAX_OFFSET = 92;
const ANY = ~0;

/** Four consecutive places of a sequence; places outside of it accept anything. */
export interface Fingerprint {
  /** Index into the sequence's sets of the first place; may be negative for a short sequence. */
  readonly at: number;
  /** For each place a bit a value of the classifier. */
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

/** The cheapest fingerprints of a sequence, best first, so many at the most. */
export function fingerprintsOf(sets: readonly ByteSet[], training: Training, options: number): Fingerprint[] {
  const places = sets.slice(0, MAX_OFFSET + GRAM_LENGTH).map((set) => training.valuesOf(set));
  const first = Math.min(0, places.length - GRAM_LENGTH);
  const last = Math.max(0, places.length - GRAM_LENGTH);
  const best: { at: number; masks: number[]; hits: number }[] = [];
  let window = { masks: [0, 0, 0, 0], hits: 0 };
  for (let at = first; at <= last; at++) {
    const masks = [places[at] ?? ANY, places[at + 1] ?? ANY, places[at + 2] ?? ANY, places[at + 3] ?? ANY];
    const most = best.length < options ? Infinity : best[options - 1]!.hits;
    // In a run of one class each window is as the one before.
    const isSame =
      masks[0] === window.masks[0] &&
      masks[1] === window.masks[1] &&
      masks[2] === window.masks[2] &&
      masks[3] === window.masks[3];
    const hits = isSame ? window.hits : training.hits(masks, most);
    window = { masks, hits };
    if (hits >= most) continue;
    let rank = best.length;
    while (rank > 0 && best[rank - 1]!.hits > hits) rank--;
    best.splice(rank, 0, { at, masks, hits });
    if (best.length > options) best.pop();
  }
  return best.map(({ at, masks, hits }) => ({ at, masks, cost: hits / training.sampleCount }));
}

interface Cluster {
  members: { readonly sequence: number; readonly option: number }[];
  masks: number[];
  bits: SampleBits[];
  hits: number;
  /** Samples accepted up to the end of each block of `BLOCK` words. */
  hitsUpTo: number[];
}

/** Words of samples that are counted before it is asked whether going on pays. */
const BLOCK = 16;
/** Most sequences that one upheaval takes out. */
const MOST_TAKEN = 20;

export interface Effort {
  /** Fingerprints of a sequence that are tried, the cheapest ones. */
  readonly options: number;
  /** Rounds in which each sequence moves to where it adds least, as long as that helps. */
  readonly passes: number;
  /** After that, so often some sequences are taken out at random and dealt again, and stay so if that helps. */
  readonly upheavals: number;
}

/** Deals the sequences to so many buckets so that the classifier stops at few positions: each goes where it adds least. */
export function assignBuckets(
  all: readonly (readonly Fingerprint[])[],
  training: Training,
  { passes, upheavals }: Effort,
  bucketCount: number,
): Bucket[] {
  const dealer = new Dealer(all, training, bucketCount);
  dealer.deal(passes);
  for (let round = 0; round < upheavals; round++) dealer.upheave();
  return dealer.buckets();
}

class Dealer {
  readonly #all: readonly (readonly Fingerprint[])[];
  readonly #training: Training;
  readonly #options: readonly (readonly {
    readonly masks: readonly number[];
    readonly bits: readonly SampleBits[];
  }[])[];
  readonly #clusters: Cluster[];
  readonly #homes: Cluster[] = [];
  readonly #dearestFirst: readonly number[];
  readonly #random = seededRandom(1);

  constructor(all: readonly (readonly Fingerprint[])[], training: Training, bucketCount: number) {
    this.#all = all;
    this.#training = training;
    this.#options = all.map((fingerprints) =>
      fingerprints.map(({ masks }) => ({ masks, bits: masks.map((mask, place) => training.select(place, mask)) })),
    );
    this.#clusters = Array.from({ length: bucketCount }, () => ({
      members: [],
      masks: Array<number>(GRAM_LENGTH).fill(0),
      bits: Array.from({ length: GRAM_LENGTH }, () => new Int32Array(training.words)),
      hits: 0,
      hitsUpTo: Array<number>(Math.ceil(training.words / BLOCK)).fill(0),
    }));
    this.#dearestFirst = all.map((_, i) => i).sort((a, b) => all[b]![0]!.cost - all[a]![0]!.cost || a - b);
  }

  deal(passes: number): void {
    for (const sequence of this.#dearestFirst) this.#place(sequence);
    for (let pass = 0; pass < passes; pass++) {
      const before = this.#hits();
      for (const sequence of this.#dearestFirst) {
        this.#takeOut([sequence]);
        this.#place(sequence);
      }
      if (this.#hits() >= before) break;
    }
  }

  /** Takes out a few sequences, of all or of two buckets, and deals them again; all is as before where that does not help. */
  upheave(): void {
    const random = (below: number): number => Math.floor(this.#random() * below);
    const before = this.#hits();
    const saved = this.#clusters.map((cluster) => ({ ...cluster }));
    const homes = [...this.#homes];
    const [a, b] = [random(this.#clusters.length), random(this.#clusters.length)].map((i) => this.#clusters[i]!);
    const ofTwo = [...new Set([...a!.members, ...b!.members].map(({ sequence }) => sequence))];
    const pool = random(2) === 0 ? ofTwo : this.#dearestFirst;
    if (pool.length === 0) return;
    const taken = new Set<number>();
    for (let left = 3 * (2 + random(MOST_TAKEN)); left > 0; left -= 3) taken.add(pool[random(pool.length)]!);
    this.#takeOut([...taken]);
    const inOrder = random(2) === 0 ? this.#dearestFirst.filter((sequence) => taken.has(sequence)) : [...taken];
    for (const sequence of inOrder) this.#place(sequence);
    if (this.#hits() <= before) return;
    this.#clusters.forEach((cluster, i) => Object.assign(cluster, saved[i]));
    this.#homes.splice(0, homes.length, ...homes);
  }

  buckets(): Bucket[] {
    return this.#clusters.map(({ members, masks, hits }) => ({
      members: members.map(({ sequence, option }) => ({ sequence, fingerprint: this.#all[sequence]![option]! })),
      masks,
      cost: hits / this.#training.sampleCount,
    }));
  }

  #hits(): number {
    return this.#clusters.reduce((sum, { hits }) => sum + hits, 0);
  }

  #takeOut(sequences: readonly number[]): void {
    const touched = new Set(sequences.map((sequence) => this.#homes[sequence]!));
    for (const cluster of touched) {
      cluster.members = cluster.members.filter(({ sequence }) => !sequences.includes(sequence));
      this.#refresh(cluster);
    }
  }

  #place(sequence: number): void {
    let best: { cluster: Cluster; option: number; added: number } | undefined;
    for (const cluster of this.#clusters) {
      this.#options[sequence]!.forEach(({ bits }, option) => {
        const added = this.#addedBy(bits, cluster, best?.added ?? Infinity);
        if (best === undefined || added < best.added) best = { cluster, option, added };
      });
    }
    const { cluster, option } = best!;
    cluster.members = [...cluster.members, { sequence, option }];
    this.#homes[sequence] = cluster;
    this.#refresh(cluster);
  }

  /** Gives the cluster new lists where they change: those it had may be put back. */
  #refresh(cluster: Cluster): void {
    const masks = cluster.masks.map((_, place) =>
      cluster.members.reduce((mask, { sequence, option }) => mask | this.#options[sequence]![option]!.masks[place]!, 0),
    );
    cluster.bits = masks.map((mask, place) =>
      mask === cluster.masks[place] ? cluster.bits[place]! : this.#training.select(place, mask),
    );
    cluster.masks = masks;
    cluster.hitsUpTo = hitsUpTo(cluster.bits, this.#training.weights);
    cluster.hits = cluster.hitsUpTo.at(-1) ?? 0;
  }

  /**
   * How many samples more the cluster accepts with another fingerprint, place by place either. Counting stops at `most`:
   * block by block it can only grow.
   */
  #addedBy(bits: readonly SampleBits[], cluster: Cluster, most: number): number {
    const ofCluster = cluster.bits;
    const a0 = ofCluster[0]!;
    const a1 = ofCluster[1]!;
    const a2 = ofCluster[2]!;
    const a3 = ofCluster[3]!;
    const b0 = bits[0]!;
    const b1 = bits[1]!;
    const b2 = bits[2]!;
    const b3 = bits[3]!;
    const { weights } = this.#training;
    let count = 0;
    let added = 0;
    for (let from = 0, block = 0; from < a0.length && added < most; from += BLOCK, block++) {
      const to = Math.min(from + BLOCK, a0.length);
      for (let i = from; i < to; i++) {
        const accepted = (a0[i]! | b0[i]!) & (a1[i]! | b1[i]!) & (a2[i]! | b2[i]!) & (a3[i]! | b3[i]!);
        if (accepted !== 0) count += bitCount(accepted) * weights[i]!;
      }
      added = count - cluster.hitsUpTo[block]!;
    }
    return added;
  }
}

function hitsUpTo([a, b, c, d]: readonly SampleBits[], weights: Int32Array): number[] {
  const all: number[] = [];
  let count = 0;
  for (let from = 0; from < a!.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, a!.length);
    for (let i = from; i < to; i++) count += bitCount(a![i]! & b![i]! & c![i]! & d![i]!) * weights[i]!;
    all.push(count);
  }
  return all;
}
