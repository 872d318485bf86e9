import { type Job as BullJob, Worker } from "bullmq";
import type { Log } from "../../model/log.ts";
import { logFailedJob } from "../failed-job.ts";
import type { Job, JobName } from "../jobs.ts";
import { type Connection, connectToWork } from "./redis.ts";

/**
 * A killed worker's job is found when its lock has run out (up to LOCK_MS later) by the next check for stalled jobs (up
 * to STALLED_MS later): well within ten seconds. BullMQ's defaults take a minute.
 */
const LOCK_MS = 6_000;
const STALLED_MS = 2_000;
/** How often jobs may outlive their workers here. Their rows count too, and decide. */
const STALLED_COUNT = 3;
/** Jobs that wait while nothing runs, seen this many checks in a row, mean that the worker no longer listens. */
const DEAF_CHECKS = 3;
const CLOSE_MS = 2_000;

export interface LaneOptions {
  readonly url: string;
  readonly name: JobName;
  readonly prefix: string;
  readonly concurrency: number;
  readonly handle: (job: Job) => Promise<void>;
  readonly log: Log;
}

/** The jobs of one name, taken from Redis by this process. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #running = new Set<Promise<void>>();
  #connection: Connection;
  #worker: Worker<Job>;
  #started = 0;
  #seenStarted = 0;
  #deaf = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#connection = connectToWork(options.url);
    this.#worker = this.#listen();
  }

  /**
   * Called regularly with the number of jobs that wait. Workers were seen to stop listening after Redis came back
   * (github.com/taskforcesh/bullmq/issues/3185 and others); one that leaves jobs waiting with nothing to do is replaced.
   */
  watch(waiting: number): void {
    const idle = waiting > 0 && this.#running.size === 0 && this.#started === this.#seenStarted;
    this.#seenStarted = this.#started;
    this.#deaf = idle ? this.#deaf + 1 : 0;
    if (this.#deaf < DEAF_CHECKS) return;
    this.#deaf = 0;
    this.#options.log.warn(
      { lane: this.#options.name, waiting },
      "a worker stopped listening to Redis; starting another",
    );
    void end(this.#worker, this.#connection);
    this.#connection = connectToWork(this.#options.url);
    this.#worker = this.#listen();
  }

  /** Takes no more jobs and waits for those under way. */
  async stop(): Promise<void> {
    const closing = this.#worker.close();
    closing.catch(() => {});
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    // What is left is telling Redis, which may be away: its own checks will find the job, and its row is finished.
    await end(this.#worker, this.#connection, closing);
  }

  /** Lets go at once. */
  drop(): void {
    void end(this.#worker, this.#connection);
  }

  #listen(): Worker<Job> {
    const { name, prefix, concurrency, log } = this.#options;
    const worker = new Worker<Job>(name, async (job) => await this.#run(job), {
      connection: this.#connection.client,
      prefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      maxStalledCount: STALLED_COUNT,
      runRetryDelay: 1_000,
      skipVersionCheck: true,
      removeOnComplete: { age: 3_600, count: 10_000 },
      removeOnFail: { age: 7 * 86_400, count: 10_000 },
    });
    worker.on("error", (error) => log.warn({ lane: name, err: error }, "a worker's talk with Redis failed"));
    return worker;
  }

  async #run(taken: BullJob<Job>): Promise<void> {
    this.#started += 1;
    const { handle, log } = this.#options;
    const job = taken.data;
    const running = handle(job).catch((error: unknown) => logFailedJob(log, job, error));
    this.#running.add(running);
    await running.finally(() => this.#running.delete(running));
    // From now on it may be offered again. When Redis is away, that has to wait until the offer is over by itself.
    await taken.removeDeduplicationKey().catch(() => {});
  }
}

/** Closes a worker politely for a moment, then cuts its connections, so that it ends also while Redis is away. */
async function end(worker: Worker, connection: Connection, closing: Promise<void> = worker.close(true)): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
  await Promise.race([closing.catch(() => {}), late]);
  clearTimeout(timer);
  connection.end();
}
