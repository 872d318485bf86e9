import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";
import { createAdministrator } from "../../src/db/administrators.ts";
import type { Database } from "../../src/db/database.ts";
import { createUser, findUser } from "../../src/db/users.ts";
import { LARGEST_BODY } from "../../src/http/github/webhook.ts";
import { PATIENCE } from "../../src/http/server.ts";
import { headersOf, pushPayload, startEdge } from "../support/edge.ts";
import { freshDatabase } from "../support/postgres.ts";

let db: Database;
let close: () => Promise<void>;
let edge: Awaited<ReturnType<typeof startEdge>>;
const HASTY = { ...PATIENCE, headersMs: 200, requestMs: 200, checkMs: 20, keepAliveMs: 1_000, restMs: 50 };

beforeAll(async () => {
  ({ db, close } = await freshDatabase());
  // No body is cut off for the time that it takes, however busy the machine is, but only in the tests that say so.
  edge = await startEdge(db, { patience: { ...PATIENCE, headersMs: 120_000, requestMs: 120_000, restMs: 120_000 } });
});
afterAll(async () => {
  await edge.close();
  await close();
});

const isAlive = async () => assert.equal((await fetch(`${edge.url}/healthz`)).status, 200);

/** Sends a request whose body is written by hand; resolves with what was answered. */
function send(headers: Record<string, string | number>, write: (out: ReturnType<typeof request>) => void) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const out = request({ port: edge.port, host: "127.0.0.1", path: "/webhooks/github", method: "POST", headers });
    out.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    out.on("error", reject);
    write(out);
  });
}

/** Writes raw bytes to the server's socket; resolves with all that it says until it hangs up. */
function raw(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(edge.port, "127.0.0.1", () => socket.end(bytes));
    socket.on("data", (chunk) => (said += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(said));
  });
}

describe("a body", () => {
  const padded = (size: number) => {
    const payload = JSON.stringify(pushPayload());
    return Buffer.from(payload + " ".repeat(size - payload.length));
  };

  test("of exactly 25 MB is taken", async () => {
    const body = padded(LARGEST_BODY);
    const { status } = await send(headersOf(body), (out) => out.end(body));
    assert.equal(status, 202);
  });

  test("of one byte more is refused by its announced length, unread", async () => {
    const body = padded(LARGEST_BODY + 1);
    const headers = { ...headersOf(body), "content-length": body.length, expect: "100-continue" };
    const { status, text } = await send(headers, (out) => out.flushHeaders());
    assert.equal(status, 413);
    assert.match(text, /body-too-large/);
  });

  test("of one byte more without an announced length is refused when that byte arrives", async () => {
    const body = padded(LARGEST_BODY + 1);
    const headers = { ...headersOf(body), "transfer-encoding": "chunked" };
    const { status, text } = await send(headers, (out) => {
      out.write(body.subarray(0, LARGEST_BODY));
      out.write(body.subarray(LARGEST_BODY));
    });
    assert.equal(status, 413);
    assert.match(text, /body-too-large/);
    await isAlive();
  });

  test("that arrives drop by drop is cut off, and holds up nobody", async () => {
    const hasty = await startEdge(db, { patience: HASTY });
    const body = Buffer.from(JSON.stringify(pushPayload()));
    const head = Object.entries({ ...headersOf(body), "content-length": body.length, host: "x" })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    const said = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(hasty.port, "127.0.0.1");
      socket.write(`POST /webhooks/github HTTP/1.1\r\n${head}\r\n`);
      let sent = 0;
      const drip = setInterval(() => socket.write(body.subarray(sent, ++sent)), 10);
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("error", () => {});
      socket.on("close", () => {
        clearInterval(drip);
        resolve(text);
      });
    });
    assert.match(said, /^HTTP\/1\.1 408 /);
    // On a busy machine a hasty server may take this for late, too.
    const isServed = async () => (await fetch(`${hasty.url}/healthz`)).status === 200;
    while (!(await isServed().catch(() => false)));
    await hasty.close();
  });

  /** A body in chunks, and behind it on the same connection the question whether the server is there. */
  const chunked = (line: string, chunk: string, count: number) =>
    `${line} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n` +
    `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(count) +
    "0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
  const LAST = /Connection: close\r\n[^{]*\{"status":"ok"\}$/;
  const UNREAD = ["GET /healthz", "GET /readyz", "GET /auth/verify", "POST /nothing", "POST /webhooks/github"];

  test.each(UNREAD)("that nobody reads is passed over, and cut off when it comes byte for byte: %s", async (line) => {
    assert.match(await raw(Buffer.from(chunked(line, "x".repeat(1_000), 300))), LAST);
    assert.doesNotMatch(await raw(Buffer.from(chunked(line, "x", 40_000))), LAST);
    await isAlive();
  });

  test("whose sender goes away in the middle leaves nothing behind", async () => {
    const body = JSON.stringify(pushPayload());
    const id = randomUUID();
    const head = Object.entries({
      ...headersOf(body, { "x-github-delivery": id }),
      "content-length": body.length,
      host: "x",
    });
    const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await raw(Buffer.from(`POST /webhooks/github HTTP/1.1\r\n${lines}\r\n${body.slice(0, 50)}`));
    await isAlive();
    assert.equal(await db.selectFrom("deliveries").select("id").where("id", "=", id).executeTakeFirst(), undefined);
  });
});

describe("nothing that strangers send takes the server down", () => {
  test("random bytes on the socket", async () => {
    const lines = fc.constantFrom(
      "POST /webhooks/github HTTP/1.1\r\n",
      "GET / HTTP/1.1\r\nhost: x\r\n",
      "",
      "\r\n\r\n",
    );
    await fc.assert(
      fc.asyncProperty(lines, fc.uint8Array({ maxLength: 2_000 }), async (line, bytes) => {
        await raw(Buffer.concat([Buffer.from(line), bytes]));
      }),
      { numRuns: 60, seed: 1 },
    );
    await isAlive();
  });

  test("random bytes, signed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (bytes) => {
        const body = Buffer.from(bytes);
        const { status } = await send(headersOf(body), (out) => out.end(body));
        assert.equal(status, 400);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test("any JSON in any field, signed", async () => {
    const fields = fc.constantFrom(
      "ref",
      "before",
      "after",
      "forced",
      "commits",
      "repository",
      "installation",
      "__proto__",
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.jsonValue({ maxDepth: 3 }), async (field, value) => {
        const body = JSON.stringify({ ...pushPayload(), ...JSON.parse(JSON.stringify({ [field]: value })) });
        const { status } = await send(headersOf(body), (out) => out.end(body));
        assert.ok(status === 202 || status === 400, `${status} for ${field}`);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  test("JSON nested a million deep", async () => {
    for (const body of ["[".repeat(1_000_000), "[".repeat(1_000_000) + "]".repeat(1_000_000)]) {
      const { status } = await send(headersOf(body), (out) => out.end(body));
      assert.equal(status, 400);
    }
    await isAlive();
  });
});

test("a small body may come in chunks, and too large a one is refused", async () => {
  const ask = async (path: string, body: string | ReadableStream) => {
    const headers = { origin: edge.url, "content-type": "application/x-www-form-urlencoded" };
    const init = { method: "POST", headers, body, duplex: "half" } as const;
    return (await fetch(edge.url + path, init)).status;
  };
  const chunked = (text: string) => new Blob([text]).stream();
  for (const path of ["/sign-in", "/api/v1/organizations", "/tokens/verify", "/hooks/bypasses"]) {
    const whole = await ask(path, "token=x");
    assert.ok(whole >= 400 && whole < 500, path);
    assert.equal(await ask(path, chunked("token=x")), whole, path);
    assert.equal(await ask(path, chunked("x".repeat(300_000))), 413, path);
  }
});

test("a field of the body does not stand for the one in the address", async () => {
  const administrator = await createAdministrator(db, "ada");
  const [named, other] = [`${randomUUID()}@acme.example`, `${randomUUID()}@acme.example`];
  for (const email of [named, other]) await createUser(db, { email });
  const answer = await fetch(`${edge.url}/api/v1/users/${named}/disable`, {
    method: "POST",
    headers: { authorization: `Bearer ${administrator.reveal()}` },
    body: JSON.stringify({ email: other }),
  });
  assert.deepEqual([answer.status, await answer.json()], [200, { email: named, disabled: true }]);
  assert.equal((await findUser(db, other))?.disabledAt, undefined);
});
