import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { onTestFinished, test } from "vitest";
import { keepDelivery } from "../../src/db/deliveries.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { jobKey } from "../../src/queue/jobs.ts";
import type { Queue } from "../../src/queue/queue.ts";
import { startSweeper } from "../../worker/sweeper.ts";
import { gate } from "../conformance/queue.ts";
import { keptLog } from "../support/kept-log.ts";
import { freshEmbedded } from "../support/postgres.ts";

/** A queue that hears offers and keeps none. */
function listening(hear: (key: string) => void): Queue {
  return {
    offer: async (job) => hear(jobKey(job)),
    consume: async () => ({ stop: async () => {} }),
    ping: async () => {},
    close: async () => {},
  };
}

test("a sweep offers the mails that wait, and then the deliveries", async () => {
  const { db, close } = await freshEmbedded();
  onTestFinished(close);
  const deliveryId = randomUUID();
  await keepDelivery(db, { id: deliveryId, event: "push", sealed: Buffer.from("sealed") });
  const values = { kind: "mail", dedupe_key: "one", payload: "{}" } as const;
  const { id } = await db.insertInto("outbox").values(values).returning("id").executeTakeFirstOrThrow();
  const [offered, deliveryCame] = [[] as string[], gate()];
  const queue = listening((key) => {
    offered.push(key);
    if (key.startsWith("delivery")) deliveryCame.open();
  });
  const sweeper = startSweeper({ db, queue, log: keptLog(), everyMs: 60_000, quietMs: 0 });
  await deliveryCame.opened;
  await sweeper.stop();
  assert.deepEqual(offered, [`outbox-${id}`, `delivery-${deliveryId}`]);
});

test("a sweeper that cannot offer says so once, and goes on", async () => {
  const { db, close } = await freshEmbedded();
  onTestFinished(close);
  await keepDelivery(db, { id: randomUUID(), event: "push", sealed: Buffer.from("sealed") });
  const log = keptLog();
  const often = gate();
  let offers = 0;
  const queue = listening(() => {
    if (++offers === 5) often.open();
    throw new PatrolError("queue-unavailable", "The queue is away.");
  });
  const sweeper = startSweeper({ db, queue, log, everyMs: 1, quietMs: 0 });
  await often.opened;
  await sweeper.stop();
  assert.equal(log.lines.filter((line) => line.includes("could not offer what waits")).length, 1);
});
