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

const MARKS = alphabet("+/-_");

/**
 * What begins behind a mark in a run, where that ends before `last`: what stands before it (a folder, `Basic-`) is seldom a multiple
 * of four digits, so that its groups are others than the run's. Of each of the three other ways to form groups the first such place
 * is enough: behind any later mark of that way stands whole groups of it as well.
 */
function* phasesOf(
  text: string,
  [start, end]: readonly [number, number],
  last: number,
): Generator<readonly [number, number]> {
  const seen = [true, false, false, false];
  for (let at = start; seen.includes(false) && at + 1 + SHORTEST_RUN <= end && at < last; at++) {
    if (MARKS[text.charCodeAt(at)] !== 1) continue;
    const phase = (at + 1 - start) % 4;
    if (seen[phase]) continue;
    seen[phase] = true;
    yield [at + 1, end];
  }
}

/** RFC 4648, section 4, with or without padding. */
export const base64: Decoder = {
  name: "base64",
  *runs(text) {
    for (const run of runsOf(text, STANDARD, SHORTEST_RUN)) {
      yield run;
      yield* phasesOf(text, run, run[1]);
    }
  },
  decode,
};

/** RFC 4648, section 5; runs that the other alphabet also reads are left to it. */
export const base64url: Decoder = {
  name: "base64url",
  *runs(text) {
    for (const run of runsOf(text, URL_SAFE, SHORTEST_RUN)) {
      const [start, end] = run;
      const last = start + lastUrlSafe(text.slice(start, end));
      if (last < start) continue;
      yield run;
      yield* phasesOf(text, run, last);
    }
  },
  decode,
};

const lastUrlSafe = (run: string) => Math.max(run.lastIndexOf("-"), run.lastIndexOf("_"));
