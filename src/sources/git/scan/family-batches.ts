// Families of a pack in pieces of about the same work, from which threads take as they go, fewer and fewer at a time. So
// nobody has to foresee how long a thread is busy with other things, and all are done at about the same time.
/** The last pieces are what one thread may wait for another. */
const PIECES_A_THREAD = 96;
/** A thread takes this part of what would be its share of what is left: each time costs a message and some reading of the pack twice. */
const TAKEN_AT_ONCE = 1 / 6;

export interface Batches {
  /** Roots of families, piece by piece. */
  readonly roots: Int32Array;
  /** Where each piece ends in `roots`. */
  readonly ends: Int32Array;
  /** So many pieces, the first, are one family each that is as much work as others together, or more. */
  readonly large: number;
  readonly threads: number;
  /** How many are left, and how many were taken from the front: shared by all threads. */
  readonly counters: Int32Array;
}

const LEFT = 0;
const TAKEN = 1;

/**
 * Families in pieces. Large ones come first, so that none of them is begun last. The others stay in the order of the pack:
 * neighbours are much alike, and a thread remembers what it has seen.
 *
 * @param roots the first of each family, in the order of the pack; `costs`: how much work each is.
 */
export function batchFamilies(roots: Int32Array, costs: Float64Array, threads: number): Batches {
  let all = 0;
  for (let at = 0; at < costs.length; at++) all += costs[at] as number;
  const most = all / (PIECES_A_THREAD * threads);
  const large: number[] = [];
  for (let at = 0; at < costs.length; at++) if ((costs[at] as number) >= most) large.push(at);
  large.sort((a, b) => (costs[b] as number) - (costs[a] as number) || a - b);
  const ordered = new Int32Array(roots.length);
  const ends = large.map((at, i) => {
    ordered[i] = roots[at] as number;
    return i + 1;
  });
  let [end, sum] = [large.length, 0];
  for (let at = 0; at < costs.length; at++) {
    const cost = costs[at] as number;
    if (cost >= most) continue;
    ordered[end++] = roots[at] as number;
    sum += cost;
    if (sum < most && end < roots.length) continue;
    ends.push(end);
    sum = 0;
  }
  const counters = new Int32Array(new SharedArrayBuffer(8));
  counters[LEFT] = ends.length;
  return { roots: ordered, ends: Int32Array.from(ends), large: large.length, threads, counters };
}

/** How many pieces are for who asks; 0: none is left. */
function claim({ large, threads, counters }: Batches, isCaller: boolean): number {
  for (;;) {
    const left = Atomics.load(counters, LEFT);
    if (left <= 0) return 0;
    // Large ones are taken one by one.
    const isLarge = !isCaller && Atomics.load(counters, TAKEN) < large;
    const count = isLarge ? 1 : Math.max(1, Math.floor((left * TAKEN_AT_ONCE) / threads));
    if (Atomics.compareExchange(counters, LEFT, left, left - count) === left) return count;
  }
}

/**
 * Takes pieces until none is left, each once among all threads, and several together while there are many.
 *
 * @param isCaller takes from the end, where the others come last: so each stays among neighbours.
 */
export function* takeBatches(batches: Batches, isCaller: boolean): Generator<Int32Array> {
  const { roots, ends, counters } = batches;
  let before = ends.length;
  for (let count = claim(batches, isCaller); count > 0; count = claim(batches, isCaller)) {
    before -= count;
    const first = isCaller ? before : Atomics.add(counters, TAKEN, count);
    yield roots.subarray(ends[first - 1] ?? 0, ends[first + count - 1]);
  }
}
