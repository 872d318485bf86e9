import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, test } from "vitest";
import { BodyBudget, withBody } from "../../src/http/read-body.ts";
import { toPatrolError } from "../../src/model/errors.ts";
import { gate } from "../conformance/queue.ts";

test("large bodies share their memory: one too many is refused, and taken again when another is done with", async () => {
  const budget = new BodyBudget(1_000_000);
  const [begun, hold] = [gate(), gate()];
  const server = createServer((incoming, answer) => {
    withBody(incoming, 10_000_000, budget, async (body) => {
      begun.open();
      await hold.opened;
      return String(body.length);
    })
      .then((said) => answer.end(said))
      .catch((error: unknown) => answer.end(toPatrolError(error).code));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = async (bytes: number) =>
    await (await fetch(url, { method: "POST", body: Buffer.alloc(bytes), headers: { connection: "close" } })).text();

  const first = send(2_000_000);
  await begun.opened;
  assert.equal(await send(2_000_000), "overloaded");
  const small = send(1_000_000);
  hold.open();
  assert.deepEqual([await first, await small, await send(2_000_000)], ["2000000", "1000000", "2000000"]);
});
