import assert from "node:assert/strict";
import { test } from "vitest";
import { openEmbeddedQueue } from "../../src/queue/embedded/embedded-queue.ts";
import { delivery, isUnavailable, queueConformance } from "../conformance/queue.ts";
import { keptLog } from "../support/kept-log.ts";

queueConformance("embedded", async (log) => openEmbeddedQueue(log));

test("a flood is refused before it fills the memory", async () => {
  const queue = openEmbeddedQueue(keptLog());
  const flood = async () => {
    for (let n = 0; n < 20_000; n++) await queue.offer(delivery(n));
  };
  await assert.rejects(flood, isUnavailable);
  await queue.close();
});
