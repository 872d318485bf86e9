import type { Job } from "./jobs.ts";

/**
 * Wakes workers; holds no truth. A lost or doubled job is harmless because the rows that it names decide: the sweeper
 * offers again what nobody finished.
 */
export interface Queue {
  /**
   * Asks for a job to be done soon. The same job offered again while it waits is one job; offered while it runs, it may
   * be dropped. Rejects with `queue-unavailable`, within half a second, when the queue is away; callers may ignore that.
   */
  offer(job: Job): Promise<void>;
  /**
   * Starts handling jobs, `concurrency` at a time of each name, so that none waits behind one of another name. A handler
   * that throws is logged and its job is over; the row comes back by its lease. At most one consumer a `Queue`.
   */
  consume(handler: (job: Job) => Promise<void>, options: { readonly concurrency: number }): Promise<Consumer>;
  /** Whether it takes offers right now. Rejects as `offer` does. */
  ping(): Promise<void>;
  /** Stops the consumer, if there is one, without waiting for its jobs, and lets go of every connection. */
  close(): Promise<void>;
}

export interface Consumer {
  /** Takes no more jobs and waits for those under way. */
  stop(): Promise<void>;
}
