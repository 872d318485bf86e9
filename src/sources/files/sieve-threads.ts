// Threads that sift files beside the one that walks the folder. A thread needs some tens of milliseconds to begin, so none is
// started before there is enough to do; who walks scans all the while, and takes back what a thread never began.
import { Worker } from "node:worker_threads";
import type { Sifted, SieveTask } from "./sieve.ts";

/** Files after which a thread pays, and how many more for each further one. */
const PAYS_FROM_FILES = 1_500;

/** Batches that a thread has at most: one at work, one in wait. */
const MOST_WAITING = 2;

export type SieveMessage = { readonly kind: "ready" } | { readonly kind: "sifted"; readonly sifted: Sifted };

interface Given<T> {
  readonly batch: T;
  readonly paths: readonly string[];
}

interface Thread<T> {
  readonly worker: Worker;
  readonly given: Given<T>[];
  isReady: boolean;
}

/** From a bundle in dist/, or from the source tree, where TypeScript needs its loader. */
function startWorker(task: SieveTask): Worker {
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(new URL("./sieve-worker.cjs", import.meta.url), { workerData: task });
  }
  const url = JSON.stringify(new URL("../../cli/sieve-worker.ts", import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${url})))`;
  return new Worker(code, { eval: true, workerData: task });
}

export interface SieveThreadsOptions {
  /** Threads beside this one. */
  readonly threads: number;
  readonly task: () => SieveTask;
  readonly paysFromFiles?: number;
}

/** `T`: what the caller knows of a batch. */
export class SieveThreads<T> {
  readonly #options: SieveThreadsOptions;
  readonly #threads: Thread<T>[] = [];
  readonly #done: { batch: T; sifted: Sifted }[] = [];
  #task: SieveTask | undefined;
  #wake: (() => void) | undefined;
  #seen = 0;
  #failed = false;

  constructor(options: SieveThreadsOptions) {
    this.#options = options;
  }

  /** Gives a batch to a thread that has time for it. False: none has, scan it here. */
  give(batch: T, paths: readonly string[]): boolean {
    const { threads, task, paysFromFiles = PAYS_FROM_FILES } = this.#options;
    this.#seen += paths.length;
    if (this.#failed) return false;
    if (this.#threads.length < threads && this.#seen > paysFromFiles * (this.#threads.length + 1)) {
      this.#threads.push(this.#start((this.#task ??= task())));
    }
    const free = this.#threads.find(({ given }) => given.length < MOST_WAITING);
    if (free === undefined) return false;
    free.given.push({ batch, paths });
    // One string: a list of many is copied one by one.
    free.worker.postMessage(paths.join("\0"));
    return true;
  }

  /** What the threads are done with. Comes back at once. */
  async finished(): Promise<{ batch: T; sifted: Sifted }[]> {
    if (this.#threads.length > 0) await new Promise((resolve) => setImmediate(resolve));
    return this.#done.splice(0);
  }

  /** Waits until some batch is done, and gives back batches that no thread will do. Undefined: there are no more. */
  async next(): Promise<{ batch: T; sifted?: Sifted } | undefined> {
    for (;;) {
      const done = this.#done.shift();
      if (done !== undefined) return done;
      const late = this.#threads.find(({ given, isReady }) => given.length > 0 && (this.#failed || !isReady));
      if (late !== undefined) {
        const back = late.given.pop();
        if (back !== undefined) return { batch: back.batch };
      }
      if (!this.#threads.some(({ given }) => given.length > 0)) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    const workers = this.#threads.splice(0).map(({ worker }) => worker);
    for (const worker of workers) worker.removeAllListeners();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #start(task: SieveTask): Thread<T> {
    const thread: Thread<T> = { worker: startWorker(task), given: [], isReady: false };
    const wake = () => this.#wake?.();
    // A thread that fails costs time only: its files are scanned here.
    const fail = () => {
      this.#failed = true;
      wake();
    };
    thread.worker.on("message", (message: SieveMessage) => {
      if (message.kind === "ready") thread.isReady = true;
      else {
        const given = thread.given.shift();
        if (given !== undefined) this.#done.push({ batch: given.batch, sifted: message.sifted });
      }
      wake();
    });
    thread.worker.on("error", fail);
    thread.worker.on("exit", fail);
    return thread;
  }
}
