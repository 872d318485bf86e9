import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { onTestFinished, test } from "vitest";
import { Incoming } from "../../src/http/incoming.ts";
import { BodyBudget, withBody } from "../../src/http/read-body.ts";
import { toPatrolError } from "../../src/model/errors.ts";
import { gate } from "../conformance/queue.ts";

const LIMIT = 10_000_000;

/** A server that answers with the length of a body, `held` as long as somebody else's is not over. */
async function startReader(budget: BodyBudget, held: (length: number) => Promise<void> = async () => {}) {
  const server = createServer({ IncomingMessage: Incoming }, (incoming, answer) => {
    withBody(incoming, LIMIT, budget, async (body) => {
      await held(body.length);
      return body.toString("latin1");
    })
      .then((said) => answer.end(said.length > 100 ? String(said.length) : said))
      .catch((error: unknown) => answer.end(toPatrolError(error).message));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const send = async (body: Buffer) => {
    const headers = { connection: "close" };
    return await (await fetch(`http://127.0.0.1:${port}`, { method: "POST", body, headers })).text();
  };
  return { port, send };
}

/** A body of which each byte, or each few, is a chunk of its own. Resolves with what was said until the end. */
function inPieces(port: number, text: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect(port, "127.0.0.1");
    socket.setEncoding("latin1").on("data", (some: string) => {
      said += some;
      // The answer is there; what is still being sent matters to nobody.
      if (said.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("close", () => resolve(said.slice(said.indexOf("\r\n\r\n") + 4)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
    });
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let at = 0; at < text.length; at += bytes) {
      const piece = text.slice(at, at + bytes);
      socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
    }
    socket.write("0\r\n\r\n");
  });
}

test("a body may come in a few pieces of any size, and in many only when they are not tiny: then nobody is answered", async () => {
  const { port, send } = await startReader(new BodyBudget(LIMIT));
  const text = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index)).join("");
  assert.match(await inPieces(port, text, 1), new RegExp(text));
  assert.match(await inPieces(port, "x".repeat(400_000), 200), /400000/);
  assert.equal(await inPieces(port, "x".repeat(40_000), 1), "");
  assert.equal(await send(Buffer.from("still here")), "still here");
});

test("bodies share their memory: one too many is refused, and taken again when another is done with", async () => {
  const [begun, hold] = [gate(), gate()];
  const { send } = await startReader(new BodyBudget(2_000_000), async (length) => {
    if (length < 2_000_000) return;
    begun.open();
    await hold.opened;
  });
  const first = send(Buffer.alloc(2_000_000));
  await begun.opened;
  assert.match(await send(Buffer.alloc(2_000_000)), /Too many large bodies/);
  // The usual ones have memory of their own.
  const small = await send(Buffer.alloc(1_000_000));
  hold.open();
  assert.deepEqual([await first, small, await send(Buffer.alloc(2_000_000))], ["2000000", "1000000", "2000000"]);
});

test("bodies below a megabyte share memory too, beside the smallest", async () => {
  const [begun, hold] = [gate(), gate()];
  const { send } = await startReader(new BodyBudget(700_000), async (length) => {
    if (length !== 700_000) return;
    begun.open();
    await hold.opened;
  });
  const first = send(Buffer.alloc(700_000));
  await begun.opened;
  assert.match(await send(Buffer.alloc(200_000)), /Too many large bodies/);
  assert.equal(await send(Buffer.alloc(60_000)), "60000");
  hold.open();
  assert.deepEqual([await first, await send(Buffer.alloc(200_000))], ["700000", "200000"]);
});
