// SHA-256 of what a scan's cache holds. Node's cryptography takes three milliseconds to load, and a second scan needs no more of it.
import { createHash } from "node:crypto";
import { instanceOfItsOwn } from "./git-core.ts";
import { Memory } from "./webassembly.ts";

/** Node is asked for the digest of more. */
const MOST_BYTES = 64 << 10;
const BLOCK_BYTES = 64;
/** What the core needs for a sum, at the memory's beginning; the bytes stand behind it. */
const SUM_BYTES = 576;
/** A bit, and the number of bits. */
const LEAST_END_BYTES = 9;
const DIGEST_BYTES = 32;

interface Sums {
  sha256Begin(at: number): void;
  sha256Blocks(at: number, from: number, end: number): void;
}

let bytes: Buffer | undefined;
let sums: Sums | undefined;

export function sha256(...pieces: readonly Uint8Array[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length <= MOST_BYTES) return inCore(pieces, length);
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
}

function inCore(pieces: readonly Uint8Array[], length: number): Buffer {
  if (bytes === undefined || sums === undefined) {
    const memory = new Memory({ initial: (MOST_BYTES >> 16) + 1 });
    bytes = Buffer.from(memory.buffer);
    sums = instanceOfItsOwn(memory) as Sums;
  }
  let at = SUM_BYTES;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const end = SUM_BYTES + Math.ceil((length + LEAST_END_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  bytes.fill(0, at, end);
  bytes[at] = 0x80;
  bytes.writeUInt32BE(8 * length, end - 4);
  sums.sha256Begin(0);
  sums.sha256Blocks(0, SUM_BYTES, end);
  return Buffer.from(bytes.subarray(0, DIGEST_BYTES)).swap32();
}
