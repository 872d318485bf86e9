import PQueue from "p-queue";
import type { Log } from "../../model/log.ts";
import { PatrolError } from "../../model/errors.ts";
import { logFailedJob } from "../failed-job.ts";
import { type Job, JOB_NAMES, jobKey, type JobName } from "../jobs.ts";
import type { Consumer, Queue } from "../queue.ts";

/** A lane that is longer than this takes no more: the rows wait in the database, and the sweeper offers them later. */
const LONGEST_LANE = 10_000;

/** The queue of a service that is one process: in memory, one lane a job name. */
export function openEmbeddedQueue(log: Log): Queue {
  const lanes = new Map<JobName, PQueue>(JOB_NAMES.map((name) => [name, new PQueue({ autoStart: false })]));
  const waiting = new Set<string>();
  let handle: ((job: Job) => Promise<void>) | undefined;
  let closed = false;

  const lane = (name: JobName) => {
    const found = lanes.get(name);
    if (closed || found === undefined) throw new PatrolError("queue-unavailable", "The queue is closed.");
    return found;
  };

  const run = async (job: Job, key: string) => {
    waiting.delete(key);
    try {
      await handle?.(job);
    } catch (error) {
      logFailedJob(log, job, error);
    }
  };

  const stop = async () => {
    for (const queue of lanes.values()) queue.pause();
    await Promise.all([...lanes.values()].map((queue) => queue.onPendingZero()));
    handle = undefined;
  };

  return {
    async offer(job) {
      const queue = lane(job.name);
      const key = jobKey(job);
      if (waiting.has(key)) return;
      if (queue.size >= LONGEST_LANE)
        throw new PatrolError("queue-unavailable", `More than ${LONGEST_LANE} jobs wait already.`);
      waiting.add(key);
      void queue.add(() => run(job, key));
    },

    async consume(handler, { concurrency }): Promise<Consumer> {
      if (handle !== undefined) throw new PatrolError("internal", "This queue has a consumer already.");
      handle = handler;
      for (const name of JOB_NAMES) {
        const queue = lane(name);
        queue.concurrency = concurrency;
        queue.start();
      }
      return { stop };
    },

    async ping() {
      lane("handle-delivery");
    },

    async close() {
      closed = true;
      waiting.clear();
      for (const queue of lanes.values()) {
        queue.pause();
        queue.clear();
      }
    },
  };
}
