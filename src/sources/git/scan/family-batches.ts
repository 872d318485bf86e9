// Families of a pack in pieces of about the same work, from which threads take as they go, fewer and fewer at a time. So
// nobody has to foresee how long a thread is busy with other things, and all are done at about the same time.
import { LISTS } from "../core/git-lists.ts";
import type { FamilyWork } from "../objects/pack-table.ts";

/** The last pieces are what one thread may wait for another. */
const PIECES_A_THREAD = 96;
/** A thread takes this part of what would be its share of what is left: each time costs a message and some reading of the pack twice. */
const TAKEN_AT_ONCE = 1 / 6;

export interface Batches {
  /** Roots of families, piece by piece. What is here is shared by all threads. */
  readonly roots: Int32Array;
  /** Where each piece ends in `roots`. */
  readonly ends: Int32Array;
  /** So many pieces, the first, are one family each that is as much work as others together, or more. */
  readonly large: number;
  readonly threads: number;
  /** How many are left, and how many were taken from the front. */
  readonly counters: Int32Array;
}

const LEFT = 0;
const TAKEN = 1;

/**
 * Families in pieces. Large ones come first, so that none of them is begun last. The others stay in the order of the pack:
 * neighbours are much alike, and a thread remembers what it has seen.
 */
export function batchFamilies({ lists, count, roots, costs, all }: FamilyWork, threads: number): Batches {
  const { git } = lists;
  const most = all / (PIECES_A_THREAD * threads);
  git.noteLarge(costs, count, most);
  const costOf = (at: number) => lists.bytes.readDoubleLE(costs + 8 * at);
  const large = [...lists.slice(LISTS.found)].sort((a, b) => costOf(b) - costOf(a) || a - b);
  const rest = lists.room("families in pieces", 4 * count + 64);
  const ends = lists.room("ends of pieces", 4 * count + 64);
  const pieces = git.cutPieces(roots, costs, count, most, rest, ends, large.length);
  const { words } = lists;
  const ordered = sharedWords(count);
  const allEnds = sharedWords(large.length + pieces);
  for (const [i, at] of large.entries()) {
    ordered[i] = words[(roots >>> 2) + at] as number;
    allEnds[i] = i + 1;
  }
  ordered.set(words.subarray(rest >>> 2, (rest >>> 2) + count - large.length), large.length);
  allEnds.set(words.subarray(ends >>> 2, (ends >>> 2) + pieces), large.length);
  const counters = sharedWords(2);
  counters[LEFT] = allEnds.length;
  return { roots: ordered, ends: allEnds, large: large.length, threads, counters };
}

const sharedWords = (count: number) => new Int32Array(new SharedArrayBuffer(4 * count));

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
