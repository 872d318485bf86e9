import { Queue as BullQueue } from "bullmq";
import type { Log } from "../../model/log.ts";
import { PatrolError } from "../../model/errors.ts";
import { type Job, JOB_NAMES, jobKey, type JobName } from "../jobs.ts";
import type { Consumer, Queue } from "../queue.ts";
import { Lane } from "./lane.ts";
import { checkServer, connectToOffer, isReady, watch } from "./redis.ts";

/** An offer that takes longer is given up: a silent Redis must not hold up a webhook. */
const OFFER_MS = 400;
/** What opens the queue waits no longer for the first answer. */
const START_MS = 2_000;
/**
 * How long one offer stands for all others of the same job. It ends with the job, as a rule. But a Redis that throws keys
 * away when memory runs short may lose the list that the job waits in and keep this, and then it must end by itself.
 */
const OFFERED_MS = 30_000;
const WATCH_MS = 2_000;

export interface BullmqOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly log: Log;
  /** Before every key. The braces keep all keys of a cluster in one slot. */
  readonly prefix?: string;
  /** How long an offer may take, in milliseconds. */
  readonly offerMs?: number;
  /** How long the first answer is waited for. */
  readonly startMs?: number;
}

/**
 * The queue of a service of many processes: BullMQ on Redis or Valkey, one BullMQ queue a job name. Opens also while
 * Redis is away: deliveries are kept without it.
 *
 * @throws PatrolError `setting-invalid` when Redis answers and is too old.
 */
export async function openBullmqQueue(options: BullmqOptions): Promise<Queue> {
  const { url, log, prefix = "{patrol}", offerMs = OFFER_MS, startMs = START_MS } = options;
  const connection = connectToOffer(url);
  const { client } = connection;
  const lanes: Lane[] = [];
  let queues = new Map<JobName, BullQueue<Job>>();
  let watching: NodeJS.Timeout | undefined;

  if (await isReady(client, startMs)) {
    await checkServer(client, log).catch((error: unknown) => {
      connection.end();
      throw error;
    });
  } else {
    log.warn({}, "Redis cannot be reached; deliveries are kept in the database until it can");
  }
  // A queue whose first talk with Redis failed never recovers; one that is made anew does.
  watch(client, log, () => {
    for (const queue of queues.values()) queue.close().catch(() => {});
    queues = new Map();
  });

  const queueOf = (name: JobName) => {
    let queue = queues.get(name);
    if (queue === undefined) {
      const defaultJobOptions = {
        removeOnComplete: { age: 3_600, count: 10_000 },
        removeOnFail: { age: 7 * 86_400, count: 10_000 },
      };
      queue = new BullQueue<Job>(name, { connection: client, prefix, skipVersionCheck: true, defaultJobOptions });
      queue.on("error", () => {});
      queues.set(name, queue);
    }
    return queue;
  };

  const within = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (client.status !== "ready") throw new PatrolError("queue-unavailable", "Redis cannot be reached.");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${offerMs} ms`)), offerMs);
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (cause) {
      throw new PatrolError("queue-unavailable", "Redis did not take the job.", { cause });
    } finally {
      clearTimeout(timer);
    }
  };

  const checkLanes = async () => {
    for (const [at, lane] of lanes.entries()) {
      const name = JOB_NAMES[at];
      if (name !== undefined) lane.watch(await within(() => queueOf(name).getWaitingCount()).catch(() => 0));
    }
  };

  return {
    async offer(job) {
      // Deduplicated by the job's identity while it waits or runs; one that waits long may be doubled. Not by BullMQ's job ids: a finished job would hold its
      // id, and what must be tried again would not be.
      await within(() => queueOf(job.name).add(job.name, job, { deduplication: { id: jobKey(job), ttl: OFFERED_MS } }));
    },

    async consume(handle, { concurrency }): Promise<Consumer> {
      if (lanes.length > 0) throw new PatrolError("internal", "This queue has a consumer already.");
      for (const name of JOB_NAMES) lanes.push(new Lane({ url, name, prefix, concurrency, handle, log }));
      watching = setInterval(() => void checkLanes(), WATCH_MS).unref();
      return {
        async stop() {
          clearInterval(watching);
          await Promise.all(lanes.splice(0).map((lane) => lane.stop()));
        },
      };
    },

    async ping() {
      await within(() => client.ping());
    },

    async close() {
      clearInterval(watching);
      for (const lane of lanes.splice(0)) lane.drop();
      connection.end();
    },
  };
}
