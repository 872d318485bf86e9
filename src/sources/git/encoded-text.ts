// Secrets that parts of an object hold in encoded form. An encoded run never goes over white space or a quote, so whatever
// a change did to runs lies in the words that it touches.
import type { Hit } from "./hit.ts";
import type { Matcher } from "./matcher.ts";
import type { Sifter } from "./sifter.ts";

/** Bytes that end every encoded run. A word is what stands between two of them. */
const ENDS = new Uint8Array(256);
for (const char of " \t\r\n\"'`<>\0") ENDS[char.charCodeAt(0)] = 1;

/** Words are decoded together up to so many bytes. */
const BATCH_BYTES = 1 << 20;

/** Before a text: what it begins with must not pass for a byte order mark. */
const LINE_FEED = Buffer.from("\n");

/** A part of an object that begins and ends where words do. */
type Piece = readonly [from: number, to: number];

export class EncodedText {
  readonly #matcher: Matcher;
  readonly #sifter: Sifter;

  constructor(matcher: Matcher, sifter: Sifter) {
    this.#matcher = matcher;
    this.#sifter = sifter;
  }

  /**
   * Adds what rules find in encoded runs that overlap the ranges. Such a hit covers its whole word: while that stays, so does
   * what it decodes to. Forgets the matcher's matches.
   *
   * @param ranges ascending, in offsets from the object's first byte.
   */
  find(address: number, length: number, ranges: readonly Piece[], hits: Hit[] | undefined): Hit[] | undefined {
    const depth = this.#sifter.maxDecodeDepth;
    if (depth <= 0) return hits;
    const object = Buffer.from(this.#matcher.memory.buffer, address, length);
    let found = hits;
    for (const [from, to] of wordsOf(object, ranges)) {
      const runs = this.#matcher.peel(address, length, from, to, depth);
      if (runs?.length === 0) continue;
      // What looks promising is decoded once more, to know exactly.
      const promising = runs?.map(([first]): Piece => [first?.start ?? from, first?.end ?? to]) ?? [
        [from, to] as const,
      ];
      const sorted = promising.sort((a, b) => a[0] - b[0]);
      for (const piece of wordsOf(object, sorted)) (found ??= []).push(...this.#decode(object, piece));
    }
    return found;
  }

  #decode(object: Buffer, [from, to]: Piece): Hit[] {
    const text = Buffer.concat([LINE_FEED, object.subarray(from, to)]);
    return this.#sifter.siftEncoded(text).map((hit) => {
      let [first, last] = [hit.start, hit.start];
      while (ENDS[text[first - 1] as number] === 0) first--;
      while (last < text.length && ENDS[text[last] as number] === 0) last++;
      const isSure = this.#sifter.isSure(hit, Buffer.concat([LINE_FEED, text.subarray(first, last)]));
      const distance = from - LINE_FEED.length;
      const place = { start: first + distance, end: last + distance, at: hit.start + distance };
      return { ...hit, ...place, ...(isSure ? {} : ({ asksKeyword: true } as const)) };
    });
  }
}

/** The words that overlap the ranges, in parts of a bounded size unless a word is longer. */
function* wordsOf(object: Buffer, ranges: readonly Piece[]): Generator<Piece> {
  const isEnd = (at: number) => ENDS[object[at] as number] === 1;
  let done = 0;
  for (const [first, last] of ranges) {
    let from = Math.max(first, done);
    if (from >= last) continue;
    while (from > done && !isEnd(from) && !isEnd(from - 1)) from--;
    for (let to = from; to < last; from = to) {
      to = Math.min(last, from + BATCH_BYTES);
      while (to < object.length && !isEnd(to - 1) && !isEnd(to)) to++;
      yield [from, to];
      done = to;
    }
  }
}
