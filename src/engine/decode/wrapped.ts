import { CUT_SHARED, LONGEST_RUN, type Decoder } from "./decoder.ts";
import { beginOfWord, endOfWord, nextLine } from "./words.ts";

const BETWEEN = /[ \t\r\n]+/g;

/** The parts of a word between the breaks in it. */
function* partsOf(text: string, from: number, to: number): Generator<readonly [number, number]> {
  let start = from;
  for (const { index, 0: between } of text.slice(from, to).matchAll(BETWEEN)) {
    yield [start, from + index];
    start = from + index + between.length;
  }
  yield [start, to];
}

/** A word over lines, in pieces that overlap where it has more characters than a run may have. */
function* piecesOf(text: string, from: number, to: number): Generator<readonly [number, number]> {
  let length = 0;
  /** Where the next piece begins. */
  let next = -1;
  for (const [first, end] of partsOf(text, from, to)) {
    let at = first;
    while (at < end) {
      const taken = Math.min(end - at, LONGEST_RUN - length);
      if (next < 0 && length + taken > LONGEST_RUN - CUT_SHARED) next = at + LONGEST_RUN - CUT_SHARED - length;
      length += taken;
      at += taken;
      if (length < LONGEST_RUN || at === to) continue;
      yield [from, at];
      // Of what both pieces have, the lines are gone through once more.
      yield* piecesOf(text, next, to);
      return;
    }
  }
  yield [from, to];
}

/**
 * Lines that are one encoded text. What they are joined to is no text that anybody wrote, so that it is only looked for what its digits
 * stand for, as of a decoding that is inside.
 */
export const wrapped: Decoder = {
  name: "wrapped",
  joins: true,
  *runs(text) {
    let done = 0;
    let bytes: Buffer | undefined;
    for (let feed = text.indexOf("\n"); feed >= 0; feed = text.indexOf("\n", feed + 1)) {
      if (feed < done) continue;
      bytes ??= Buffer.from(text, "latin1");
      const end = bytes[feed - 1] === 0x0d ? feed - 1 : feed;
      if (nextLine(bytes, end) === undefined) continue;
      done = endOfWord(bytes, end);
      yield* piecesOf(text, beginOfWord(bytes, end), done);
    }
  },
  decode(text, from, to) {
    const parts = [...partsOf(text, from, to)];
    let length = 0;
    const places = parts.map(([start, end]) => {
      const place = { start, at: length };
      length += end - start;
      return place;
    });
    const sourceOf = (at: number) => {
      let [low, high] = [0, places.length];
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        if (places[middle]!.at <= at) low = middle;
        else high = middle;
      }
      return places[low]!.start + at - places[low]!.at;
    };
    return {
      text: parts.map(([start, end]) => text.slice(start, end)).join(""),
      source: (start, end) => [sourceOf(start), end > start ? sourceOf(end - 1) + 1 : sourceOf(end)],
    };
  },
};
