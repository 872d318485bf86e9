// Threads that scan families of a pack beside the caller's. Each loads the bytes of its own batches only. Commits and tags
// stay with the caller, who needs what they say.
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { bundleBeside } from "../../../disk/bundle-beside.ts";
import type { Rule } from "../../../model/rule.ts";
import { batchFamilies, takeBatches, type Batches } from "./family-batches.ts";
import type { FamilySink } from "./family-scan.ts";
import type { HistoryOptions } from "../history/history.ts";
import type { Hit } from "./hit.ts";
import { BLOB } from "../objects/object-id.ts";
import type { ObjectCounts } from "./object-scan.ts";
import type { Pack } from "../objects/object-store.ts";
import type { OpenPack } from "./pack-pass.ts";
import type { FamilyTable } from "../objects/pack-table.ts";

/** A worker needs some tens of milliseconds to begin; below this a pack is done before that is worth it. */
const PAYS_FROM_BYTES = 24 << 20;

/** What a worker is told when it starts. */
export interface WorkerSetup {
  readonly rules: readonly Rule[];
  /** Whether the rulebook has its fast engine. */
  readonly isFast: boolean;
  readonly maxDecodeDepth: number | undefined;
  readonly tellsBinary: boolean;
}

/** What it is to do, once the pack's table is read. */
export interface FamilyTask {
  readonly pack: Pick<Pack, "path" | "size">;
  readonly table: FamilyTable;
  readonly batches: Batches;
  readonly todo: Uint8Array;
}

export type FamilyMessage =
  | { readonly kind: "hits"; readonly rank: number; readonly hits: readonly Hit[] }
  | { readonly kind: "deferred"; readonly rank: number; readonly why: string }
  | { readonly kind: "exceeded"; readonly rank: number; readonly rules: readonly number[] }
  | { readonly kind: "binary"; readonly rank: number }
  | { readonly kind: "counts"; readonly counts: ObjectCounts }
  | { readonly kind: "done" };

export function threadsFor(pack: Pack, options: HistoryOptions): number {
  const from = options.workersFromBytes ?? PAYS_FROM_BYTES;
  if (pack.size < from) return 1;
  // Each is to have half of that at the least.
  const most = Math.floor((2 * pack.size) / from);
  return Math.max(1, Math.min(options.workers ?? Math.min(2, availableParallelism()), most));
}

let carried: (() => string) | undefined;

/** For the standalone binary, which carries the worker's program in itself. */
export function carryWorker(code: () => string): void {
  carried = code;
}

/** From a bundle in dist/, or from the source tree, where TypeScript needs its loader. */
function startWorker(workerData: WorkerSetup): Worker {
  if (carried !== undefined) return new Worker(carried(), { eval: true, workerData });
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(bundleBeside(new URL("./history-worker.cjs", import.meta.url)), { workerData });
  }
  const url = JSON.stringify(new URL("../../../cli/history-worker.ts", import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${url})))`;
  return new Worker(code, { eval: true, workerData });
}

/** Threads that get ready as soon as this is made, and wait for a pack to share. */
export class FamilyWorkers {
  readonly #workers: readonly Worker[];
  /** Rejects when one of them fails. */
  readonly #failure: Promise<never>;

  constructor(count: number, { rulebook, maxDecodeDepth, onThreads }: HistoryOptions, tellsBinary: boolean) {
    const setup = { rules: rulebook.rules, isFast: rulebook.engine !== undefined, maxDecodeDepth, tellsBinary };
    const started = onThreads?.();
    this.#workers = Array.from({ length: count }, () => startWorker(setup));
    if (started) void Promise.all(this.#workers.map((worker) => once(worker, "online"))).then(started, started);
    this.#failure = new Promise((_, reject) => {
      for (const worker of this.#workers) {
        worker.on("error", reject);
      }
    });
    this.#failure.catch(() => undefined); // heard of in `share`
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /**
   * Scans the families with these threads and the caller's.
   *
   * @param scanHere scans some of them in this thread.
   * @param meanwhile what else there is for this thread to do, once all commits and tags are read.
   */
  async share(
    { pack, table: own }: OpenPack,
    roots: Int32Array,
    todo: Uint8Array,
    sink: FamilySink,
    counts: ObjectCounts,
    scanHere: (roots: Int32Array) => Promise<void>,
    meanwhile: () => Promise<void>,
  ): Promise<void> {
    const table = own.copy();
    const batches = batchFamilies(table, roots, this.#workers.length + 1);
    const task: FamilyTask = {
      pack: { path: pack.path, size: pack.size },
      table,
      batches,
      todo,
    };
    const others = Promise.all(this.#workers.map((worker) => outcome(worker, sink, counts)));
    others.catch(() => undefined); // where nobody waits for them
    for (const worker of this.#workers) worker.postMessage(task);
    let left = batches.roots.length;
    const here = async () => {
      await scanHere(roots.filter((root) => table.type[root] !== BLOB));
      await meanwhile();
      for (const batch of takeBatches(batches, true)) {
        await scanHere(batch);
        left -= batch.length;
      }
      // Who has not begun yet need not be waited for.
      if (left > 0) await others;
    };
    await Promise.race([this.#failure, here()]);
  }
}

/** Takes in what a worker tells until it is done. */
function outcome(worker: Worker, sink: FamilySink, counts: ObjectCounts): Promise<void> {
  const told: ObjectCounts = { objects: 0, bytes: 0, scanned: 0, binary: 0 };
  return new Promise((resolve, reject) => {
    worker.on("exit", (code) => reject(new Error(`a scan worker ended early with code ${code}`)));
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
  });
}
