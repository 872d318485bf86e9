import type { Readable } from "node:stream";

/** Reads a stream to its end, but at most `maxBytes`; `isCut` says that there was more. */
export async function readAll(stream: Readable, maxBytes: number): Promise<{ bytes: Buffer; isCut: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const room = maxBytes - length;
    chunks.push(bytes.subarray(0, room));
    length += Math.min(bytes.length, room);
    if (bytes.length > room) return { bytes: joined(chunks, length), isCut: true };
  }
  return { bytes: joined(chunks, length), isCut: false };
}

/** The chunks as one; each is let go of once it is copied, so that a large input is not held twice. */
function joined(chunks: Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(length);
  for (let at = length; at > 0;) {
    const last = chunks.pop() as Buffer;
    at -= last.length;
    last.copy(whole, at);
  }
  return whole;
}
