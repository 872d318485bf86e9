import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Queue } from "../src/queue/queue.ts";
import type { LeaseTimes } from "./leased.ts";
import { type RegistryParts, runJob } from "./registry.ts";
import { type SlowTimes, SlowWork } from "./slow-work.ts";
import { startSweeper } from "./sweeper.ts";

/**
 * A worker that dies is noticed when its lease runs out, and its row is offered again by the next sweep: 7 + 2 seconds,
 * within the ten that a killed worker may cost.
 */
export interface WorkerTimes extends LeaseTimes, SlowTimes {
  readonly sweepMs: number;
  readonly quietMs: number;
  /** How long work under way may go on after `stop`, before it is given back. */
  readonly graceMs: number;
}

export const TIMES: WorkerTimes = {
  leaseMs: 7_000,
  renewMs: 2_000,
  sweepMs: 2_000,
  quietMs: 2_000,
  slowMs: 10_000,
  graceMs: 10_000,
};

export interface WorkerParts extends Omit<RegistryParts, "worker" | "times" | "stopping" | "slow"> {
  readonly queue: Queue;
  /** Jobs at a time, of each name, beside those that take long. */
  readonly concurrency?: number;
  readonly times?: Partial<WorkerTimes>;
}

export interface RunningWorker {
  /**
   * Takes no more work, waits a while for what is under way, and gives back what is not done by then. The queue and the
   * database stay open; who opened them closes them.
   */
  stop(): Promise<void>;
}

/** Takes jobs from the queue and does them, and sweeps the database for what the queue lost. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const times = { ...TIMES, ...parts.times };
  const stopping = new AbortController();
  const worker = `${hostname()}/${process.pid}/${randomBytes(3).toString("hex")}`;
  const slow = new SlowWork(times);
  const jobParts: RegistryParts = { ...parts, worker, times, slow, stopping: stopping.signal };
  const consumer = await parts.queue.consume(async (job) => await runJob(job, jobParts), {
    concurrency: parts.concurrency ?? 4,
  });
  const sweeper = startSweeper({ ...parts, everyMs: times.sweepMs, quietMs: times.quietMs });
  let stopped: Promise<void> | undefined;

  const stop = async () => {
    const outOfPatience = setTimeout(() => stopping.abort(), times.graceMs);
    await Promise.all([sweeper.stop(), consumer.stop()]);
    await slow.over();
    clearTimeout(outOfPatience);
  };
  return { stop: () => (stopped ??= stop()) };
}
