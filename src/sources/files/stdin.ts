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
    if (bytes.length > room) return { bytes: Buffer.concat(chunks), isCut: true };
  }
  return { bytes: Buffer.concat(chunks), isCut: false };
}
