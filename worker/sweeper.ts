import type { Database } from "../src/db/database.ts";
import { openDeliveries } from "../src/db/deliveries.ts";
import { openOutbox } from "../src/db/outbox.ts";
import { toPatrolError } from "../src/model/errors.ts";
import type { Log } from "../src/model/log.ts";
import type { Job } from "../src/queue/jobs.ts";
import type { Queue } from "../src/queue/queue.ts";

export interface SweeperOptions {
  readonly db: Database;
  readonly queue: Queue;
  readonly log: Log;
  readonly everyMs: number;
  /** Rows younger than this have just been offered by whoever wrote them. */
  readonly quietMs: number;
}

export interface Sweeper {
  /** Resolves when no sweep is under way any more. */
  stop(): Promise<void>;
}

/** The most that one sweep offers of each table; the longest waiting come first, and the rest has its turn later. */
const MOST = 500;

/** All rows that a worker should take now, as jobs. Mails first: they are few, and a person waits for them. */
async function openJobs(db: Database, quietMs: number): Promise<Job[]> {
  const outbox = await openOutbox(db, MOST, quietMs);
  const deliveries = await openDeliveries(db, MOST, quietMs);
  return [
    ...outbox.map((outboxId): Job => ({ name: "relay-outbox", outboxId })),
    ...deliveries.map((deliveryId): Job => ({ name: "handle-delivery", deliveryId })),
  ];
}

/**
 * Offers what nobody is at: rows that are new, due again, or lost their worker. This is what makes it harmless to lose
 * the queue. Any number of processes may sweep; a job that waits already is not doubled. The first sweep is at once.
 */
export function startSweeper({ db, queue, log, everyMs, quietMs }: SweeperOptions): Sweeper {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let trouble: string | undefined;

  const sweep = async (quiet: number) => {
    try {
      for (const job of await openJobs(db, quiet)) {
        if (stopped) return;
        await queue.offer(job);
      }
      trouble = undefined;
    } catch (error) {
      const { code, message } = toPatrolError(error);
      // Said once, not every few seconds for as long as a server is away.
      if (trouble !== code) log.warn({ code, reason: message }, "the sweeper could not offer what waits");
      trouble = code;
    }
  };
  const round = async (quiet: number): Promise<void> => {
    await sweep(quiet);
    if (stopped) return;
    timer = setTimeout(() => (sweeping = round(quietMs)), everyMs);
  };
  let sweeping = round(0);

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}
