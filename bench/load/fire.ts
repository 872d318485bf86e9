import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

export interface Shot {
  readonly guid: string;
  readonly body: Buffer;
  readonly signature: string;
}

export const shot = (body: string, secret: string, guid: string = randomUUID()): Shot => ({
  guid,
  body: Buffer.from(body),
  signature: `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
});

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Sends one delivery; resolves with the status. */
export async function send(url: string, { guid, body, signature }: Shot): Promise<number> {
  return await new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": body.length,
      "x-github-event": "push",
      "x-github-delivery": guid,
      "x-hub-signature-256": signature,
    };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export interface Fired {
  /** When the delivery was due, on the clock of `performance`. Waiting to be sent is part of every figure. */
  readonly dueAt: number;
  readonly ackMs: number;
}

/** Sends at a steady rate whatever comes back, as strangers do. */
export async function fire(url: string, shots: readonly Shot[], perSecond: number): Promise<Fired[]> {
  const start = performance.now();
  const all: Promise<Fired>[] = [];
  for (const [index, each] of shots.entries()) {
    const dueAt = start + (index * 1000) / perSecond;
    const early = dueAt - performance.now();
    if (early > 1) await sleep(early);
    const acked = send(url, each).then((status) => {
      if (status !== 202) throw new Error(`a delivery was answered ${status}`);
      return { dueAt, ackMs: performance.now() - dueAt };
    });
    acked.catch(() => {});
    all.push(acked);
  }
  return await Promise.all(all);
}

/** Answers a second when `lanes` senders wait for nothing but the answer. */
export async function fastest(url: string, next: () => Shot, lanes: number, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let answers = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      while (performance.now() < end) {
        if ((await send(url, next())) !== 202) throw new Error("a delivery was refused");
        answers += 1;
      }
    }),
  );
  return answers / ((performance.now() - start) / 1000);
}

/** The value that a part of the values (0 to 1) does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
