// Threads that scan families of a pack beside the caller's. Each loads the bytes of its own batches only. Commits and tags
// stay with the caller, who needs what they say.
import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { MessagePort, Worker } from "node:worker_threads";
import { startThread } from "../../../disk/start-thread.ts";
import type { EngineTwin } from "../../../engine/rulebook.ts";
import type { Rule } from "../../../model/rule.ts";
import type { V8Flag } from "../../../model/v8-flag.ts";
import { prepareGitCore } from "../core/git-core.ts";
import { batchFamilies, takeBatches, type Batches } from "./family-batches.ts";
import type { FamilySink } from "./family-scan.ts";
import type { ScanOptions } from "./scan-options.ts";
import type { Hit } from "./hit.ts";
import { BLOB, COMMIT, TAG } from "../object-id.ts";
import type { ObjectCounts } from "./object-scan.ts";
import type { Pack } from "../objects/object-store.ts";
import type { Marks, OpenPack } from "./pack-pass.ts";
import type { FamilyTable } from "../objects/pack-table.ts";

/** A worker needs some tens of milliseconds to begin; below this a pack is done before that is worth it. */
const PAYS_FROM_BYTES = 24 << 20;

/** What a worker is told when it starts. */
export interface WorkerSetup {
  /** Undefined: those of the build, which the thread reads where it needs them. Most threads never do. */
  readonly rules: readonly Rule[] | undefined;
  /** Of the rulebook's engine, if it has one. */
  readonly engine: EngineTwin | undefined;
  readonly gitCore: object;
  readonly maxDecodeDepth: number | undefined;
  readonly tellsBinary: boolean;
  /** What V8 is told as soon as all of them run. */
  readonly flags: readonly V8Flag[];
  /** How many do not run yet; shared by all. */
  readonly starting: Int32Array;
}

/** What it is to do, once the pack's table is read. */
export interface FamilyTask {
  readonly pack: Pick<Pack, "path" | "size">;
  readonly table: FamilyTable;
  readonly batches: Batches;
  readonly marks: Marks;
}

export type FamilyMessage =
  | { readonly kind: "begun" }
  | { readonly kind: "hits"; readonly rank: number; readonly hits: readonly Hit[] }
  | { readonly kind: "deferred"; readonly rank: number; readonly why: string }
  | { readonly kind: "exceeded"; readonly rank: number; readonly rules: readonly number[] }
  | { readonly kind: "binary"; readonly rank: number }
  | { readonly kind: "counts"; readonly counts: ObjectCounts }
  | { readonly kind: "done" };

function threadsFor(packBytes: number, options: ScanOptions): number {
  const from = options.workersFromBytes ?? PAYS_FROM_BYTES;
  if (packBytes < from) return 1;
  // Each is to have half of that at the least.
  const most = Math.floor((2 * packBytes) / from);
  return Math.max(1, Math.min(options.workers ?? Math.min(2, availableParallelism()), most));
}

/** Whether anybody asks which blobs are binary. */
export const tellsBinary = ({ onBinary, cache }: ScanOptions): boolean => (onBinary ?? cache) !== undefined;

/** Threads that get ready as soon as `begin` is called, and wait for packs to share. */
export class FamilyWorkers {
  readonly #options: ScanOptions;
  readonly #threads: Thread[] = [];
  #stopped: Promise<unknown> = Promise.resolve();

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /**
   * Starts as many threads as pay for a pack of so many bytes, unless they run.
   *
   * @returns how many share it, with the caller's.
   */
  begin(packBytes: number): number {
    const count = threadsFor(packBytes, this.#options);
    const more = count - 1 - this.#threads.length;
    if (more <= 0) return count;
    const { rulebook, maxDecodeDepth, onThreads } = this.#options;
    const engine = rulebook.engine?.twin?.();
    const setup = {
      rules: engine !== undefined && engine.image === undefined ? undefined : rulebook.rules,
      engine,
      gitCore: prepareGitCore(),
      maxDecodeDepth,
      tellsBinary: tellsBinary(this.#options),
    };
    const start = onThreads?.();
    const starting = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(more);
    const asked: WorkerSetup = { ...setup, flags: start?.flags ?? [], starting };
    const fresh = Array.from({ length: more }, () => startThread("history-worker", asked));
    if (start) void Promise.all(fresh.map((worker) => begun(worker))).then(start.begun, start.begun);
    this.#threads.push(...fresh.map((worker) => new Thread(worker)));
    return count;
  }

  /** Ends all of them; who knows that they are done need not wait for that. */
  async stop(): Promise<void> {
    const threads = this.#threads.splice(0);
    this.#stopped = Promise.all([this.#stopped, ...threads.map((thread) => thread.stop())]);
    await this.#stopped;
  }

  /**
   * Scans the families with these threads and the caller's.
   *
   * @param scanHere scans some of them in this thread.
   * @param meanwhile what else there is for this thread to do, once all commits and tags are read.
   */
  async share(
    { pack, table: own }: OpenPack,
    { todo, needed }: Marks,
    sink: FamilySink,
    counts: ObjectCounts,
    scanHere: (roots: Int32Array) => Promise<void>,
    meanwhile: () => Promise<void>,
  ): Promise<void> {
    const table = own.copy();
    const threads = this.#threads.slice(0, threadsFor(pack.size, this.#options) - 1);
    const batches = batchFamilies(own.workOf(own.roots([BLOB])), threads.length + 1);
    const task: FamilyTask = {
      pack: { path: pack.path, size: pack.size },
      table,
      batches,
      marks: { todo: shared(todo), needed: shared(needed) },
    };
    const others = Promise.all(threads.map((thread) => thread.run(task, sink, counts)));
    others.catch(() => undefined); // where nobody waits for them
    let left = batches.roots.length;
    const here = async () => {
      await scanHere(own.roots([COMMIT, TAG]));
      await meanwhile();
      for (const batch of takeBatches(batches, true)) {
        await scanHere(batch);
        left -= batch.length;
      }
      // Who has not begun yet need not be waited for.
      if (left > 0) await others;
    };
    await Promise.race([here(), ...threads.map(({ failed }) => failed)]);
  }
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** Until it runs, or never will. What it tells first is that it does. */
const begun = (worker: Worker): Promise<unknown> => Promise.race([once(worker, "message"), once(worker, "exit")]);

/** Tells who started this thread that it runs. @returns whether it is the last of those that were started together. */
export function tellBegun(port: MessagePort, { starting }: WorkerSetup): boolean {
  port.postMessage({ kind: "begun" } satisfies FamilyMessage);
  return Atomics.sub(starting, 0, 1) === 1;
}

/** What a thread was given and has not told the end of. */
interface Pending {
  readonly hear: (message: FamilyMessage) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class Thread {
  readonly #worker: Worker;
  /** What it counted until it told of that last, in all it was given. */
  readonly #told: ObjectCounts = { objects: 0, bytes: 0, scanned: 0, binary: 0 };
  /** It does one after the other, so what it tells is of the first. */
  readonly #pending: Pending[] = [];
  /** Rejects when it fails. */
  readonly failed: Promise<never>;

  constructor(worker: Worker) {
    this.#worker = worker;
    this.failed = new Promise((_, reject) => worker.on("error", reject));
    this.failed.catch(() => undefined); // heard of in `share`
    worker.on("exit", (code) => {
      for (const { reject } of this.#pending.splice(0))
        reject(new Error(`a scan worker ended early with code ${code}`));
    });
    worker.on("message", (message: FamilyMessage) => {
      if (message.kind === "done") this.#pending.shift()?.resolve();
      else this.#pending[0]?.hear(message);
    });
  }

  /** Gives it a task, and takes in what it tells until it is done. */
  run(task: FamilyTask, sink: FamilySink, counts: ObjectCounts): Promise<void> {
    this.#worker.postMessage(task);
    return new Promise((resolve, reject) =>
      this.#pending.push({ hear: listener(sink, counts, this.#told), resolve, reject }),
    );
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Passes on what is told of one task. */
function listener(sink: FamilySink, counts: ObjectCounts, told: ObjectCounts): (message: FamilyMessage) => void {
  return (message) => {
    if (message.kind === "hits") sink.hits(message.rank, message.hits);
    else if (message.kind === "deferred") sink.deferred(message.rank, message.why);
    else if (message.kind === "exceeded") sink.exceeded(message.rank, message.rules);
    else if (message.kind === "binary") sink.binary?.(message.rank);
    else if (message.kind === "counts") {
      for (const key of ["objects", "bytes", "scanned", "binary"] as const) {
        counts[key] += message.counts[key] - told[key];
        told[key] = message.counts[key];
      }
    }
  };
}
