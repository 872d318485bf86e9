// Shares the families of a pack among threads. Each loads the bytes of its own part only, so that together they hold the
// pack once. Commits and tags stay with the caller, who needs what they say.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Rule } from "../../../model/rule.ts";
import type { FamilySink } from "./family-scan.ts";
import type { HistoryOptions } from "../history/history.ts";
import type { Hit } from "./hit.ts";
import { BLOB, TREE } from "../objects/object-id.ts";
import type { ObjectCounts } from "./object-scan.ts";
import type { Pack } from "../objects/object-store.ts";
import type { OpenPack } from "./pack-pass.ts";
import { NONE, type FamilyTable } from "../objects/pack-table.ts";

/** A worker needs some tens of milliseconds to begin; below this a pack is done before that is worth it. */
const PAYS_FROM_BYTES = 24 << 20;

/** What a worker is told when it starts. */
export interface FamilyTask {
  readonly pack: Pick<Pack, "path" | "size">;
  readonly table: FamilyTable;
  readonly roots: readonly number[];
  readonly todo: Uint8Array;
  readonly rules: readonly Rule[];
  /** Whether the rulebook has its fast engine. */
  readonly isFast: boolean;
  readonly maxDecodeDepth: number | undefined;
  readonly tellsBinary: boolean;
}

export type FamilyMessage =
  | { readonly kind: "hits"; readonly rank: number; readonly hits: readonly Hit[] }
  | { readonly kind: "deferred"; readonly rank: number; readonly why: string }
  | { readonly kind: "exceeded"; readonly rank: number; readonly rules: readonly number[] }
  | { readonly kind: "binary"; readonly rank: number }
  | { readonly kind: "counts"; readonly counts: ObjectCounts }
  | { readonly kind: "done" };

export function threadsFor(pack: Pack, options: HistoryOptions): number {
  const threads = options.workers ?? Math.min(2, availableParallelism());
  return pack.size >= (options.workersFromBytes ?? PAYS_FROM_BYTES) ? Math.max(1, threads) : 1;
}

let carried: (() => string) | undefined;

/** For the standalone binary, which carries the worker's program in itself. */
export function carryWorker(code: () => string): void {
  carried = code;
}

/** From a bundle in dist/, or from the source tree, where TypeScript needs its loader. */
function startWorker(task: FamilyTask): Worker {
  const workerData = task;
  if (carried !== undefined) return new Worker(carried(), { eval: true, workerData });
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./history-worker.mjs", import.meta.url), { workerData });
  }
  const url = JSON.stringify(new URL("../../../cli/history-worker.ts", import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${url})))`;
  return new Worker(code, { eval: true, workerData });
}

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

/** Nanoseconds or so that reading all trees costs. */
export function treeWork(table: FamilyTable): number {
  let cost = 0;
  for (let rank = 0; rank < table.count; rank++)
    if (table.type[rank] === TREE && table.base[rank] === NONE) cost += work(table, rank);
  return cost;
}

/**
 * Deals the families so that all parts cost about the same; whatever is no blob goes to the first part, which has other
 * work to do besides.
 */
export function dealFamilies(table: FamilyTable, roots: readonly number[], parts: number, besides = 0): number[][] {
  const dealt = Array.from({ length: parts }, (): number[] => []);
  const loads = Array<number>(parts).fill(0);
  loads[0] = besides;
  const blobs: { root: number; cost: number }[] = [];
  for (const root of roots) {
    const cost = work(table, root);
    if (table.type[root] === BLOB) blobs.push({ root, cost });
    else {
      dealt[0]?.push(root);
      loads[0] = (loads[0] as number) + cost;
    }
  }
  for (const { root, cost } of blobs.sort((a, b) => b.cost - a.cost || a.root - b.root)) {
    const least = loads.indexOf(Math.min(...loads));
    dealt[least]?.push(root);
    loads[least] = (loads[least] as number) + cost;
  }
  return dealt.map((part) => part.sort((a, b) => a - b));
}

/**
 * Scans the families with so many threads, the caller's among them.
 *
 * @param scanHere scans some of them in this thread, and does what else there is to do meanwhile.
 * @param besides what that costs, in nanoseconds or so.
 */
export async function shareFamilies(
  threads: number,
  { pack, table }: OpenPack,
  roots: readonly number[],
  todo: Uint8Array,
  options: HistoryOptions,
  sink: FamilySink,
  counts: ObjectCounts,
  scanHere: (roots: readonly number[]) => Promise<void>,
  besides: number,
): Promise<void> {
  const { rulebook, maxDecodeDepth } = options;
  const [own = [], ...parts] = dealFamilies(table, roots, threads, besides);
  const { count, offset, head, size, type, base, firstChild, nextSibling } = table;
  const columns = { count, offset, head, size, type, base, firstChild, nextSibling };
  const workers = parts.map((part) =>
    startWorker({
      pack: { path: pack.path, size: pack.size },
      table: columns,
      roots: part,
      todo,
      rules: rulebook.rules,
      isFast: rulebook.engine !== undefined,
      maxDecodeDepth,
      tellsBinary: sink.binary !== undefined,
    }),
  );
  try {
    await Promise.all([...workers.map((worker) => outcome(worker, sink, counts)), scanHere(own)]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function outcome(worker: Worker, sink: FamilySink, counts: ObjectCounts): Promise<void> {
  const told: ObjectCounts = { objects: 0, bytes: 0, scanned: 0, binary: 0 };
  return new Promise((resolve, reject) => {
    worker.on("message", (message: FamilyMessage) => {
      if (message.kind === "hits") sink.hits(message.rank, message.hits);
      else if (message.kind === "deferred") sink.deferred(message.rank, message.why);
      else if (message.kind === "exceeded") sink.exceeded(message.rank, message.rules);
      else if (message.kind === "binary") sink.binary?.(message.rank);
      else if (message.kind === "done") resolve();
      else {
        for (const key of ["objects", "bytes", "scanned", "binary"] as const) {
          counts[key] += message.counts[key] - told[key];
          told[key] = message.counts[key];
        }
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a scan worker ended early with code ${code}`)));
  });
}
