import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import { openBullmqQueue } from "../../src/queue/bullmq/bullmq-queue.ts";
import type { Queue } from "../../src/queue/queue.ts";
import { delivery, gate, isUnavailable, mail, queueConformance, recorder } from "../conformance/queue.ts";
import { keptLog } from "../support/kept-log.ts";
import { freePort } from "../support/free-port.ts";
import { ownRedis, sharedRedis } from "../support/redis.ts";
import type { RedisServer } from "../support/redis-server.ts";

/** A Redis that a busy machine makes late is waited for, where the test is not of one that is away. */
const PATIENT = { offerMs: 120_000, startMs: 120_000 };

queueConformance("BullMQ", async (log) => await openBullmqQueue({ ...(await sharedRedis()), log, ...PATIENT }));

/** Offers until the queue takes it, as the sweeper does. */
async function offerUntilTaken(queue: Queue, id: string): Promise<void> {
  for (;;) {
    const taken = await queue.offer(delivery(id)).then(
      () => true,
      () => false,
    );
    if (taken) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("on Redis that fails", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await ownRedis();
  });
  afterAll(async () => await redis.stop());
  beforeEach(async () => await redis.flush());

  test("work goes on after Redis was killed and came back empty", async () => {
    const log = keptLog();
    const queue = await openBullmqQueue({ url: redis.url, log });
    const done = recorder();
    await queue.consume(done.handle, { concurrency: 1 });
    await offerUntilTaken(queue, "before");
    await done.until((seen) => seen.includes("delivery-before"));
    await redis.kill();
    await assert.rejects(queue.offer(delivery("meanwhile")), isUnavailable);
    await assert.rejects(queue.ping(), isUnavailable);
    await redis.restart();
    await offerUntilTaken(queue, "after");
    await done.until((seen) => seen.includes("delivery-after"));
    assert.ok(log.lines.some((line) => line.includes("Redis is away")));
    assert.ok(log.lines.some((line) => line.includes("Redis is back")));
    await queue.close();
  });

  test("a job that ran while Redis was killed ends, and the next one is handled", async () => {
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog() });
    const [done, begun, hold] = [recorder(), gate(), gate()];
    const consumer = await queue.consume(
      async (job) => {
        begun.open();
        await hold.opened;
        await done.handle(job);
      },
      { concurrency: 1 },
    );
    await offerUntilTaken(queue, "long");
    await begun.opened;
    await redis.kill();
    await redis.restart();
    hold.open();
    await offerUntilTaken(queue, "next");
    await done.until((seen) => seen.includes("delivery-long") && seen.includes("delivery-next"));
    await consumer.stop();
    await queue.close();
  });

  test("jobs lost to FLUSHALL are taken when they are offered again", async () => {
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog(), ...PATIENT });
    for (const n of [1, 2, 3]) await queue.offer(delivery(n));
    await redis.flush();
    const done = recorder();
    await queue.consume(done.handle, { concurrency: 2 });
    await queue.offer(mail("flushed"));
    await done.until((seen) => seen.includes("outbox-flushed"));
    for (const n of [1, 2, 3]) await queue.offer(delivery(n));
    await done.until((seen) => seen.length === 4);
    await queue.close();
  });

  test("a consumer can be stopped and the queue closed while Redis is away", async () => {
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog(), ...PATIENT });
    const [begun, hold] = [gate(), gate()];
    const consumer = await queue.consume(
      async () => {
        begun.open();
        await hold.opened;
      },
      { concurrency: 1 },
    );
    await queue.offer(delivery("held"));
    await begun.opened;
    await redis.kill();
    hold.open();
    await consumer.stop();
    await queue.close();
    await redis.restart();
  });

  test("a service starts while Redis is away, and uses it when it comes", async () => {
    await redis.kill();
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog() });
    const done = recorder();
    await queue.consume(done.handle, { concurrency: 1 });
    await assert.rejects(queue.offer(delivery("early")), isUnavailable);
    await redis.restart();
    await offerUntilTaken(queue, "now");
    await done.until((seen) => seen.includes("delivery-now"));
    await queue.close();
  });

  test("the job of a worker that was killed is done by another", async () => {
    const prefix = "{killed}";
    const child = fork("test/queue/doomed-worker.ts", [redis.url, prefix], { execArgv: ["--import", "tsx"] });
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog(), prefix, ...PATIENT });
    await queue.offer(delivery("orphan"));
    const [message] = (await once(child, "message")) as [unknown];
    assert.equal(message, "delivery-orphan");
    const done = recorder();
    await queue.consume(done.handle, { concurrency: 1 });
    child.kill("SIGKILL");
    await done.until((seen) => seen.includes("delivery-orphan"));
    await queue.close();
  });

  test("a job whose list was thrown away, but not that it was offered, is handled once its offer is over", async () => {
    const client = new Redis(redis.url);
    const queue = await openBullmqQueue({ url: redis.url, log: keptLog(), ...PATIENT });
    await queue.offer(delivery("evicted"));
    await client.del("{patrol}:handle-delivery:wait");
    const key = "{patrol}:handle-delivery:de:delivery-evicted";
    const endsIn = await client.pttl(key);
    assert.ok(endsIn > 0 && endsIn <= 60_000, `the offer stands for ${endsIn} ms`);
    await client.pexpire(key, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const done = recorder();
    await queue.consume(done.handle, { concurrency: 1 });
    await queue.offer(delivery("evicted"));
    await done.until((seen) => seen.includes("delivery-evicted"));
    client.disconnect();
    await queue.close();
  });

  test("a server that would throw jobs away is reported", async () => {
    const client = new Redis(redis.url);
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    const log = keptLog();
    const queue = await openBullmqQueue({ url: redis.url, log, ...PATIENT });
    assert.ok(log.lines.some((line) => line.includes("maxmemory-policy to noeviction")));
    await client.config("SET", "maxmemory-policy", "noeviction");
    client.disconnect();
    await queue.close();
  });
});

test("an offer to a server that accepts connections and says nothing is given up", async () => {
  const port = await freePort();
  const silent = createServer(() => {}).listen(port, "127.0.0.1");
  const queue = await openBullmqQueue({ url: `redis://127.0.0.1:${port}`, log: keptLog() });
  await assert.rejects(queue.offer(delivery("unheard")), isUnavailable);
  await queue.close();
  silent.close();
});
