import type { IncomingMessage } from "node:http";
import { PatrolError } from "../model/errors.ts";

/** Bytes of a body that any request may hold in memory; the server takes so many connections that more would be much. */
const FREE = 64 * 1024;
/** Bodies up to this share memory of their own, so that a burst of large ones does not turn away the usual push. */
const MIDDLE = 1024 * 1024;

/** Memory that bodies share, so that many at once are refused rather than the process killed. */
export class BodyBudget {
  #middle: number;
  #large: number;

  /** So many bytes for bodies up to a megabyte, and as many for larger ones. */
  constructor(bytes: number) {
    this.#middle = bytes;
    this.#large = bytes;
  }

  /** For a body that has grown. False when there is not so much left; then nothing is taken. */
  take(from: number, to: number): boolean {
    const middle = middleOf(to) - middleOf(from);
    const large = largeOf(to) - largeOf(from);
    if (middle > this.#middle || large > this.#large) return false;
    this.#middle -= middle;
    this.#large -= large;
    return true;
  }

  /** All that a body of this size took. */
  give(size: number): void {
    this.#middle += middleOf(size);
    this.#large += largeOf(size);
  }
}

const middleOf = (size: number) => (size > MIDDLE ? 0 : Math.max(0, size - FREE));
const largeOf = (size: number) => (size > MIDDLE ? size - FREE : 0);

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
  const body = new GrowingBody();
  let taken = 0;
  const onChunk = (chunk: Buffer) => {
    const size = body.size + chunk.length;
    if (size > limit) throw tooLarge(limit);
    if (!budget.take(taken, size)) throw new PatrolError("overloaded", "Too many large bodies at once; send it again.");
    taken = size;
    body.add(chunk);
  };
  try {
    await collect(incoming, onChunk);
    return await use(body.bytes());
  } finally {
    budget.give(taken);
  }
}

/** Bytes as they come, in one piece: kept each for itself, a body of single bytes takes four hundred times its size. */
class GrowingBody {
  #bytes = Buffer.alloc(0);
  size = 0;

  add(chunk: Buffer): void {
    const size = this.size + chunk.length;
    if (size > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.size);
    this.size = size;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }
}

/** Not `for await`: leaving such a loop early destroys the request, and with it the connection that must carry the answer. */
async function collect(incoming: IncomingMessage, onChunk: (chunk: Buffer) => void): Promise<void> {
  return await new Promise((resolve, reject) => {
    const settle = (error?: unknown) => {
      incoming.off("data", onData).off("end", onEnd).off("close", onGone);
      // A later error of the connection has nobody else to hear it.
      incoming.on("error", () => {});
      incoming.off("error", onGone);
      if (error === undefined) return resolve();
      incoming.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        onChunk(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = () => settle();
    const onGone = (why?: unknown) =>
      settle(
        why instanceof PatrolError ? why : new PatrolError("request-invalid", "The body ended before it was complete."),
      );
    incoming.on("data", onData).on("end", onEnd).on("close", onGone).on("error", onGone);
  });
}

function tooLarge(limit: number): PatrolError {
  return new PatrolError("body-too-large", `The body is larger than ${limit} bytes.`);
}
