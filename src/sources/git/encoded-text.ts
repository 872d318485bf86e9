// Secrets that parts of an object hold in encoded form. An encoded run never goes over white space or a quote, so whatever
// a change did to runs lies in the words that it touches: those are decoded, alone.
import { outermost, peel, type Layer } from "../../engine/decode/index.ts";
import type { Hit } from "./hit.ts";
import { MATCH_WORDS, type Matcher } from "./matcher.ts";
import type { Sifter } from "./sifter.ts";
import { workspaceOf } from "./workspace.ts";

/** Bytes that end every encoded run. A word is what stands between two of them. */
const ENDS = new Uint8Array(256);
for (const char of " \t\r\n\"'`<>\0") ENDS[char.charCodeAt(0)] = 1;

/** Text without any of these decodes to nothing. */
const LOOKS_ENCODED = /[A-Za-z0-9+/_-]{20}|%[0-9A-Fa-f]{2}|\\[uxnrt/]|&[#a-z]/;

/** Words are decoded together up to so many bytes. */
const BATCH_BYTES = 1 << 20;
/** Bytes around a text that the matcher may overwrite. */
const MARGIN = 64;

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
   * Adds what rules find in encoded words that overlap the ranges. Such a hit covers its whole word, because all of that
   * decides what it decodes to. The matcher's memory may grow.
   *
   * @param ranges ascending, in offsets from the object's first byte.
   */
  find(address: number, length: number, ranges: readonly Piece[], hits: Hit[] | undefined): Hit[] | undefined {
    if (this.#sifter.maxDecodeDepth <= 0) return hits;
    let found = hits;
    let batch: Piece[] = [];
    let bytes = 0;
    const flush = () => {
      const object = Buffer.from(this.#matcher.memory.buffer, address, length);
      const text = batch.map(([from, to]) => `\n${object.toString("latin1", from, to)}`).join("");
      if (LOOKS_ENCODED.test(text)) found = this.#decode(text, batch, found);
      batch = [];
      bytes = 0;
    };
    for (const piece of wordsOf(Buffer.from(this.#matcher.memory.buffer, address, length), ranges)) {
      batch.push(piece);
      bytes += piece[1] - piece[0];
      if (bytes >= BATCH_BYTES) flush();
    }
    if (batch.length > 0) flush();
    return found;
  }

  #decode(text: string, pieces: readonly Piece[], hits: Hit[] | undefined): Hit[] | undefined {
    const rules = new Set<number>();
    let layer: Layer | undefined = outermost(text);
    for (let depth = 0; depth < this.#sifter.maxDecodeDepth; depth++) {
      layer = peel(layer, text.length);
      if (layer === undefined) break;
      this.#match(layer.text, rules);
    }
    if (rules.size === 0) return hits;
    let found = hits;
    const starts: number[] = [];
    let at = 1;
    for (const [from, to] of pieces) {
      starts.push(at);
      at += to - from + 1;
    }
    const bytes = Buffer.from(text, "latin1");
    for (const rule of rules) {
      for (const hit of this.#sifter.siftEncoded(bytes, rule)) {
        const { start } = hit;
        const number = starts.findLastIndex((from) => from <= start);
        const distance = (pieces[number]?.[0] ?? 0) - (starts[number] ?? 0);
        let [first, last] = [start, start];
        while (ENDS[bytes[first - 1] as number] === 0) first--;
        while (last < bytes.length && ENDS[bytes[last] as number] === 0) last++;
        const isSure = this.#sifter.isSure(hit, Buffer.concat([LINE_FEED, bytes.subarray(first, last)]));
        const place = { start: first + distance, end: last + distance, at: start + distance };
        (found ??= []).push({ ...hit, ...place, ...(isSure ? {} : { asksKeyword: true }) });
      }
    }
    return found;
  }

  /** Collects the rules whose patterns match. */
  #match(text: string, rules: Set<number>): void {
    const matcher = this.#matcher;
    const room = Math.ceil(text.length / BATCH_BYTES) * BATCH_BYTES;
    const address = workspaceOf(matcher).region("decoded", room + 2 * MARGIN) + MARGIN;
    Buffer.from(matcher.memory.buffer, address, text.length).write(text, "latin1");
    const count = matcher.scan(address, text.length, 0, text.length);
    const { matches } = matcher;
    for (let i = 0; i < count; i++) rules.add(matches[i * MATCH_WORDS] as number);
    if (matcher.overflowed) this.#sifter.everyRule().forEach((rule) => rules.add(rule));
  }
}

/** The words that overlap the ranges, neighbours together, in parts of a bounded size unless a word is longer. */
function* wordsOf(object: Buffer, ranges: readonly Piece[]): Generator<Piece> {
  const isEnd = (at: number) => ENDS[object[at] as number] === 1;
  let done = 0;
  for (const [first, last] of ranges) {
    let from = Math.max(first, done);
    if (from >= last) continue;
    while (from > done && !isEnd(from) && !isEnd(from - 1)) from--;
    for (let to = from; to < last;) {
      to = Math.min(last, from + BATCH_BYTES);
      while (to < object.length && !isEnd(to - 1) && !isEnd(to)) to++;
      yield [from, to];
      done = to;
      from = to;
    }
  }
}
