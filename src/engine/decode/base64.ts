import { fromBytes, type Decoded, type Decoder } from "./decoder.ts";
import { alphabet, runsOf } from "./runs.ts";

/** Shorter runs are words; a secret of 14 characters takes 20. */
const SHORTEST_RUN = 20;

/** Groups of four characters hold three bytes; a place is widened to whole groups, so that it can be decoded alone. */
function decodeRun(run: string, offset: number, padding: number): Decoded | undefined {
  const length = run.length % 4 === 1 ? run.length - 1 : run.length;
  const bytes = Buffer.from(run.slice(0, length), "base64");
  return fromBytes(bytes, (start, end) => [
    offset + Math.floor(start / 3) * 4,
    offset + Math.min(Math.ceil(end / 3) * 4, length + padding),
  ]);
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD = alphabet(`${LETTERS}+/`);
const URL_SAFE = alphabet(`${LETTERS}_-`);

function* decodeRuns(text: string, table: Uint8Array, mustHold?: RegExp): Generator<Decoded> {
  for (const [start, end] of runsOf(text, table, SHORTEST_RUN)) {
    const run = text.slice(start, end);
    if (mustHold !== undefined && !mustHold.test(run)) continue;
    const padding = text.startsWith("==", end) ? 2 : text.startsWith("=", end) ? 1 : 0;
    const decoded = decodeRun(run, start, padding);
    if (decoded !== undefined) yield decoded;
  }
}

/** RFC 4648, section 4, with or without padding. */
export const base64: Decoder = { name: "base64", decode: (text) => decodeRuns(text, STANDARD) };

/** RFC 4648, section 5; runs that the other alphabet also reads are left to it. */
export const base64url: Decoder = { name: "base64url", decode: (text) => decodeRuns(text, URL_SAFE, /[_-]/) };
