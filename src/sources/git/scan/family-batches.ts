// Families of a pack in batches of about the same work, from which threads take as they go. So nobody has to foresee how
// long a thread is busy with other things.
import { BLOB } from "../objects/object-id.ts";
import { NONE, type FamilyTable } from "../objects/pack-table.ts";

/** More of them even out better what threads do last; each costs a message and some reading of the pack twice. */
const BATCHES_A_THREAD = 24;

export interface Batches {
  /** Roots of families, batch by batch. */
  readonly roots: Int32Array;
  /** Where each batch ends in `roots`. */
  readonly ends: Int32Array;
  /** How many are left, and how many were taken from the front: shared by all threads. */
  readonly counters: Int32Array;
}

const LEFT = 0;
const TAKEN = 1;

/** Nanoseconds or so that a family costs: inflating and matching its bytes, and something for every object. */
function work({ size, firstChild, nextSibling }: FamilyTable, root: number): number {
  let cost = 3 * (size[root] as number) + 2000;
  const stack = [root];
  while (stack.length > 0) {
    for (
      let child = firstChild[stack.pop() as number] as number;
      child !== NONE;
      child = nextSibling[child] as number
    ) {
      cost += 5 * (size[child] as number) + (size[root] as number) / 16 + 2000;
      stack.push(child);
    }
  }
  return cost;
}

/**
 * Families of blobs in batches. Large families come first, each alone, so that none of them is begun last. The others stay
 * in the order of the pack: neighbours are much alike, and a thread remembers what it has seen.
 */
export function batchFamilies(table: FamilyTable, roots: Iterable<number>, threads: number): Batches {
  const blobs = [...roots]
    .filter((root) => table.type[root] === BLOB)
    .map((root) => ({ root, cost: work(table, root) }));
  const most = blobs.reduce((sum, { cost }) => sum + cost, 0) / (BATCHES_A_THREAD * threads);
  const large = blobs.filter(({ cost }) => cost >= most).sort((a, b) => b.cost - a.cost || a.root - b.root);
  const small = blobs.filter(({ cost }) => cost < most);
  const ends = large.map((_, i) => i + 1);
  let sum = 0;
  for (const [i, { cost }] of small.entries()) {
    sum += cost;
    if (sum < most && i + 1 < small.length) continue;
    ends.push(large.length + i + 1);
    sum = 0;
  }
  const counters = new Int32Array(new SharedArrayBuffer(8));
  counters[LEFT] = ends.length;
  return {
    roots: Int32Array.from([...large, ...small], ({ root }) => root),
    ends: Int32Array.from(ends),
    counters,
  };
}

/**
 * Takes batches until none is left, each once among all threads.
 *
 * @param isCaller takes from the end, where the others come last: so each stays among neighbours.
 */
export function* takeBatches({ roots, ends, counters }: Batches, isCaller: boolean): Generator<Int32Array> {
  for (let taken = 0; Atomics.sub(counters, LEFT, 1) > 0; taken++) {
    const batch = isCaller ? ends.length - 1 - taken : Atomics.add(counters, TAKEN, 1);
    yield roots.subarray(ends[batch - 1] ?? 0, ends[batch]);
  }
}
