// Threads that sift files beside the one that walks the folder. A thread needs some tens of milliseconds to begin, so none is
// started before there is enough to do; who walks scans all the while, and takes back what no thread has begun.
import type { Worker } from "node:worker_threads";
import { startThread } from "../../disk/start-thread.ts";
import {
  claim,
  MOST_WAITING,
  type Claim,
  type SieveAnswer,
  type SieveOrder,
  type SieveThreadData,
} from "./sieve-order.ts";
import type { Sifted, SieveTask } from "./sieve.ts";

/** Files after which a thread pays, and how many more for each further one. */
const PAYS_FROM_FILES = 1_500;

interface Given<T> extends Claim {
  readonly batch: T;
}

interface Thread<T> {
  readonly worker: Worker;
  readonly claims: Int32Array;
  readonly given: Given<T>[];
}

export interface SieveThreadsOptions {
  /** Threads beside this one. */
  readonly threads: number;
  readonly task: () => SieveTask;
  readonly paysFromFiles?: number;
  /** Called before a thread is started; what it gives is called once that runs. */
  readonly onThread?: () => () => void;
}

/** `T`: what the caller knows of a batch. */
export class SieveThreads<T> {
  readonly #options: SieveThreadsOptions;
  readonly #threads: Thread<T>[] = [];
  readonly #done: { batch: T; sifted: Sifted }[] = [];
  #task: SieveTask | undefined;
  #wake: (() => void) | undefined;
  #seen = 0;
  #number = 0;
  #failed = false;

  constructor(options: SieveThreadsOptions) {
    this.#options = options;
  }

  /** Files that have to be seen before the first thread is started; undefined: none will be. */
  get paysFromFiles(): number | undefined {
    return this.#options.threads > 0 ? (this.#options.paysFromFiles ?? PAYS_FROM_FILES) : undefined;
  }

  /** Starts the threads that pay when there are `files` more to sift than were told before. */
  expect(files: number): void {
    const { threads, task, paysFromFiles = PAYS_FROM_FILES } = this.#options;
    this.#seen += files;
    while (!this.#failed && this.#threads.length < threads && this.#seen > paysFromFiles * (this.#threads.length + 1)) {
      this.#threads.push(this.#start((this.#task ??= task())));
    }
  }

  /** Gives a batch to a thread that has time for it. False: none has, scan it here. */
  give(batch: T, paths: readonly string[]): boolean {
    if (this.#failed) return false;
    const free = this.#threads.find(({ given }) => given.length < MOST_WAITING);
    if (free === undefined) return false;
    const number = ++this.#number;
    const slot = free.given.some((given) => given.slot === 0) ? 1 : 0;
    Atomics.store(free.claims, slot, number);
    free.given.push({ number, slot, batch });
    free.worker.postMessage({ number, slot, paths: paths.join("\0") } satisfies SieveOrder);
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
      const done = this.#done.shift() ?? this.#takeBack();
      if (done !== undefined) return done;
      if (!this.#threads.some(({ given }) => given.length > 0)) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    const workers = this.#threads.splice(0).map(({ worker }) => worker);
    for (const worker of workers) worker.removeAllListeners();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** A batch that no thread has begun. When one has failed, any: what is sifted twice counts once. */
  #takeBack(): { batch: T } | undefined {
    for (const { claims, given } of this.#threads) {
      const last = given.at(-1);
      if (last === undefined || !(claim(claims, last) || this.#failed)) continue;
      given.pop();
      return { batch: last.batch };
    }
    return undefined;
  }

  #start(task: SieveTask): Thread<T> {
    const started = this.#options.onThread?.();
    const claims = new Int32Array(new SharedArrayBuffer(MOST_WAITING * Int32Array.BYTES_PER_ELEMENT));
    const thread: Thread<T> = {
      worker: startThread("sieve-worker", { task, claims } satisfies SieveThreadData),
      claims,
      given: [],
    };
    const wake = () => this.#wake?.();
    // A thread that fails costs time only: its files are scanned here.
    const fail = () => {
      this.#failed = true;
      wake();
    };
    thread.worker.on("message", ({ number, sifted }: SieveAnswer) => {
      const at = thread.given.findIndex((given) => given.number === number);
      const [given] = at < 0 ? [] : thread.given.splice(at, 1);
      if (given !== undefined) this.#done.push({ batch: given.batch, sifted });
      wake();
    });
    if (started !== undefined) thread.worker.once("online", started);
    thread.worker.on("error", fail);
    thread.worker.on("exit", fail);
    return thread;
  }
}
