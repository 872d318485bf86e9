import { fromBytes, type Decoded, type Decoder } from "./decoder.ts";
import { alphabet, runsOf } from "./runs.ts";

/** Shorter runs are words; a secret of 14 characters takes 20. */
const SHORTEST_RUN = 20;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD = alphabet(`${LETTERS}+/`);
const URL_SAFE = alphabet(`${LETTERS}_-`);

/** Groups of four characters hold three bytes; a place is widened to whole groups, so that it can be decoded alone. */
function decode(text: string, offset: number, runEnd: number): Decoded | undefined {
  const run = text.slice(offset, runEnd);
  const padding = text.startsWith("==", runEnd) ? 2 : text.startsWith("=", runEnd) ? 1 : 0;
  const length = run.length % 4 === 1 ? run.length - 1 : run.length;
  const bytes = Buffer.from(run.slice(0, length), "base64");
  return fromBytes(bytes, (start, end) => [
    offset + Math.floor(start / 3) * 4,
    offset + Math.min(Math.ceil(end / 3) * 4, length + padding),
  ]);
}

/** RFC 4648, section 4, with or without padding. */
export const base64: Decoder = {
  name: "base64",
  runs: (text) => runsOf(text, STANDARD, SHORTEST_RUN),
  decode,
};

/** RFC 4648, section 5; runs that the other alphabet also reads are left to it. */
export const base64url: Decoder = {
  name: "base64url",
  *runs(text) {
    for (const [start, end] of runsOf(text, URL_SAFE, SHORTEST_RUN)) {
      if (/[_-]/.test(text.slice(start, end))) yield [start, end];
    }
  },
  decode,
};
