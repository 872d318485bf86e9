import { fromBytes, LONGEST_RUN, type Decoded, type Decoder } from "./decoder.ts";

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

function* decodeRuns(text: string, runs: RegExp, mustHold?: RegExp): Generator<Decoded> {
  for (const match of text.matchAll(runs)) {
    const run = match[0];
    if (mustHold !== undefined && !mustHold.test(run)) continue;
    const end = match.index + run.length;
    const padding = text.startsWith("==", end) ? 2 : text.startsWith("=", end) ? 1 : 0;
    const decoded = decodeRun(run, match.index, padding);
    if (decoded !== undefined) yield decoded;
  }
}

/** RFC 4648, section 4, with or without padding. */
export const base64: Decoder = {
  name: "base64",
  decode: (text) => decodeRuns(text, new RegExp(`[A-Za-z0-9+/]{${SHORTEST_RUN},${LONGEST_RUN}}`, "g")),
};

/** RFC 4648, section 5; runs that the other alphabet also reads are left to it. */
export const base64url: Decoder = {
  name: "base64url",
  decode: (text) => decodeRuns(text, new RegExp(`[A-Za-z0-9_-]{${SHORTEST_RUN},${LONGEST_RUN}}`, "g"), /[_-]/),
};
