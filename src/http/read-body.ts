import type { IncomingMessage } from "node:http";
import { PatrolError } from "../model/errors.ts";

/** Bytes of a body that any request may hold in memory. What is above comes out of the budget that all share. */
const FREE = 1024 * 1024;

/** Memory that large bodies share, so that many at once are refused rather than the process killed. */
export class BodyBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** False when there is not so much left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * Runs `use` with the body's raw bytes. Counts what arrives, whatever Content-Length says, and stops reading at the first
 * byte too many.
 *
 * @throws PatrolError `body-too-large`, `overloaded`, or `request-invalid` when the sender goes away.
 */
export async function withBody<T>(
  incoming: IncomingMessage,
  limit: number,
  budget: BodyBudget,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  if (Number(incoming.headers["content-length"] ?? 0) > limit) throw tooLarge(limit);
  let size = 0;
  let taken = 0;
  const onChunk = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    const more = Math.max(0, size - FREE) - taken;
    if (!budget.take(more)) throw new PatrolError("overloaded", "Too many large bodies at once; send it again.");
    taken += more;
  };
  try {
    return await use(await collect(incoming, onChunk));
  } finally {
    budget.give(taken);
  }
}

/** Not `for await`: leaving such a loop early destroys the request, and with it the connection that must carry the answer. */
async function collect(incoming: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return await new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      incoming.off("data", onData).off("end", onEnd).off("close", onGone);
      // A later error of the connection has nobody else to hear it.
      incoming.on("error", () => {});
      incoming.off("error", onGone);
      if (error === undefined) return resolve(Buffer.concat(chunks));
      incoming.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        onChunk(chunk);
        chunks.push(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = () => settle();
    const onGone = () => settle(new PatrolError("request-invalid", "The body ended before it was complete."));
    incoming.on("data", onData).on("end", onEnd).on("close", onGone).on("error", onGone);
  });
}

function tooLarge(limit: number): PatrolError {
  return new PatrolError("body-too-large", `The body is larger than ${limit} bytes.`);
}
