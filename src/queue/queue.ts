import type { Job } from "./jobs.ts";

/**
 * Wakes workers; holds no truth. A lost or doubled job is harmless because the rows that it names decide: the sweeper
 * offers again what nobody finished.
 */
export interface Queue {
  /** Rejects fast (`queue-unavailable`) when the queue is away; callers may ignore that. */
  offer(job: Job): Promise<void>;
  /** Starts handling jobs, `concurrency` at a time. A handler that throws is logged; the row comes back by its lease. */
  consume(handler: (job: Job) => Promise<void>, options: { readonly concurrency: number }): Promise<Consumer>;
  close(): Promise<void>;
}

export interface Consumer {
  /** Takes no more jobs and waits for those under way. */
  stop(): Promise<void>;
}
