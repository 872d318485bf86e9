import type { Link } from "./chain.ts";

/**
 * One line of the JSONL export: the event with its hashes (hex). `record` is kept as text, since the hash is over its
 * bytes; a reader need not know how to make canonical JSON to check it.
 */
export function exportLine(link: Link): string {
  return JSON.stringify({ seq: link.seq, prev: hex(link.prevHash), hash: hex(link.hash), record: link.record });
}

/** A line of the export as a link again. Throws `SyntaxError` or `TypeError` on anything else. */
export function parseLine(line: string): Link {
  const { seq, prev, hash, record } = JSON.parse(line) as Record<string, unknown>;
  if (typeof seq !== "number" || typeof record !== "string") throw new TypeError("not a line of an audit export");
  return { seq, record, prevHash: bytes(prev), hash: bytes(hash) };
}

const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

function bytes(text: unknown): Uint8Array {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) throw new TypeError("a hash is 64 hex digits");
  return Buffer.from(text, "hex");
}
