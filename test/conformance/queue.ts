import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "vitest";
import type { Log } from "../../src/model/log.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Job } from "../../src/queue/jobs.ts";
import { jobKey } from "../../src/queue/jobs.ts";
import type { Queue } from "../../src/queue/queue.ts";
import { keptLog } from "../support/kept-log.ts";

export const delivery = (id: string | number): Job => ({ name: "handle-delivery", deliveryId: String(id) });
export const mail = (id: string | number): Job => ({ name: "relay-outbox", outboxId: String(id) });

export const isUnavailable = (error: unknown) => error instanceof PatrolError && error.code === "queue-unavailable";

/** A handler that notes what it was given and lets a test wait for it. */
export function recorder() {
  const seen: string[] = [];
  let wake = () => {};
  return {
    seen,
    handle: async (job: Job) => {
      seen.push(jobKey(job));
      wake();
    },
    /** Resolves once `enough` holds for what was handled so far. */
    async until(enough: (seen: readonly string[]) => boolean) {
      while (!enough(seen)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Something that a test opens by hand. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** What every queue promises. `open` gives an empty one. */
export function queueConformance(name: string, open: (log: Log) => Promise<Queue>): void {
  describe(`a queue (${name})`, () => {
    let queue: Queue;
    let log: ReturnType<typeof keptLog>;
    beforeEach(async () => {
      log = keptLog();
      queue = await open(log);
    });
    afterEach(async () => await queue.close());

    test("a job that was offered is handled once, with its id", async () => {
      const done = recorder();
      await queue.consume(done.handle, { concurrency: 2 });
      await queue.offer(delivery("a"));
      await queue.offer(mail("b"));
      await done.until((seen) => seen.length === 2);
      assert.deepEqual(done.seen.sort(), ["delivery-a", "outbox-b"]);
    });

    test("jobs that were offered before anyone listened are handled in order", async () => {
      const done = recorder();
      for (const n of [1, 2, 3, 4]) await queue.offer(delivery(n));
      await queue.consume(done.handle, { concurrency: 1 });
      await done.until((seen) => seen.length === 4);
      assert.deepEqual(done.seen, ["delivery-1", "delivery-2", "delivery-3", "delivery-4"]);
    });

    test("the same job offered many times while it waits is one job", async () => {
      const done = recorder();
      await Promise.all(Array.from({ length: 10 }, () => queue.offer(delivery("same"))));
      await queue.offer(delivery("last"));
      await queue.consume(done.handle, { concurrency: 1 });
      await done.until((seen) => seen.includes("delivery-last"));
      assert.deepEqual(done.seen, ["delivery-same", "delivery-last"]);
    });

    test("a job that is over can be offered again, also when it failed", async () => {
      const done = recorder();
      await queue.consume(
        async (job) => {
          await done.handle(job);
          if (done.seen.length === 1) throw new Error("the first attempt fails");
        },
        { concurrency: 1 },
      );
      await queue.offer(delivery("again"));
      await done.until((seen) => seen.length === 1);
      while (done.seen.length < 3) {
        // While it is still being put away an offer of it may be dropped, so the sweeper repeats itself, as here.
        await queue.offer(delivery("again"));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });

    test("a handler that throws is logged, and the next job is handled", async () => {
      const done = recorder();
      await queue.consume(
        async (job) => {
          await done.handle(job);
          if (done.seen.length === 1) throw new Error("boom");
        },
        { concurrency: 1 },
      );
      await queue.offer(delivery("bad"));
      await queue.offer(delivery("good"));
      await done.until((seen) => seen.length === 2);
      assert.ok(log.lines.some((line) => line.includes("a job failed unexpectedly") && line.includes('"bad"')));
    });

    test("a handler that cannot ask the database is no surprise", async () => {
      const done = recorder();
      await queue.consume(
        async (job) => {
          await done.handle(job);
          throw new PatrolError("database-unavailable", "The database cannot be asked.");
        },
        { concurrency: 1 },
      );
      await queue.offer(delivery("away"));
      await queue.offer(delivery("next"));
      await done.until((seen) => seen.length === 2);
      const [line = ""] = log.lines.filter((each) => each.includes('"away"'));
      assert.match(line, /"database-unavailable".*a job could not be done and comes back/);
    });

    test("no more jobs of a name run at a time than asked for, and none waits behind those of another name", async () => {
      const [done, hold, full] = [recorder(), gate(), gate()];
      let most = 0;
      let running = 0;
      await queue.consume(
        async (job) => {
          if (job.name === "handle-delivery") {
            most = Math.max(most, ++running);
            if (running === 2) full.open();
            await hold.opened;
            running--;
          }
          await done.handle(job);
        },
        { concurrency: 2 },
      );
      for (const n of [1, 2, 3, 4, 5]) await queue.offer(delivery(n));
      await queue.offer(mail("urgent"));
      // The lanes of two names are not of one speed.
      await Promise.all([full.opened, done.until((seen) => seen.includes("outbox-urgent"))]);
      hold.open();
      await done.until((seen) => seen.length === 6);
      assert.equal(most, 2);
    });

    test("a consumer that stops waits for what is under way and takes no more", async () => {
      const [begun, hold] = [gate(), gate()];
      const handled: string[] = [];
      const consumer = await queue.consume(
        async (job) => {
          begun.open();
          await hold.opened;
          handled.push(jobKey(job));
        },
        { concurrency: 1 },
      );
      await queue.offer(delivery("first"));
      await queue.offer(delivery("second"));
      await begun.opened;
      let stopped = false;
      const stopping = consumer.stop().then(() => (stopped = true));
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(stopped, false);
      hold.open();
      await stopping;
      assert.deepEqual(handled, ["delivery-first"]);
    });

    test("a closed queue refuses offers", async () => {
      await queue.ping();
      await queue.close();
      await assert.rejects(queue.offer(delivery("late")), isUnavailable);
      await assert.rejects(queue.ping(), isUnavailable);
    });
  });
}
