// Secrets that parts of an object hold in encoded form. An encoded run never goes over white space or a quote, but for the end of a line
// that goes on in the next one; so whatever a change did to runs lies in the words that it touches.
import { follow, outermost, type Step } from "../../../engine/decode/index.ts";
import { beginOfWord, endOfWord, touchedBegin, touchedEnd } from "../../../engine/decode/words.ts";
import { moveHit, type Hit } from "./hit.ts";
import { MATCH_WORDS, type Matcher } from "../core/matcher.ts";
import type { Sifter } from "./sifter.ts";
import { workspaceOf } from "../core/workspace.ts";

/** Words are decoded together up to so many bytes. */
const BATCH_BYTES = 1 << 20;
/** Words whose hits are kept, and the longest of them. */
const MOST_KNOWN = 4096;
const LONGEST_KNOWN = 16384;
/** Room for one decoded run, and around it what the matcher may overwrite. */
const ROOM_BYTES = 2 << 20;
const MARGIN_BYTES = 64;

/** Before a text: what it begins with must not pass for a byte order mark. */
const LINE_FEED = Buffer.from("\n");

const isIn = ({ decoder, start }: Step, way: readonly Step[] | undefined) =>
  way?.[0]?.decoder === decoder && way[0].start === start;

/** A part of an object that begins and ends where words do. */
type Piece = readonly [from: number, to: number];

export class EncodedText {
  readonly #matcher: Matcher;
  readonly #sifter: Sifter;
  readonly #room: number;
  /** Hits by rules and words; offsets count from the first word's beginning. */
  readonly #known = new Map<string, readonly Hit[]>();

  constructor(matcher: Matcher, sifter: Sifter) {
    this.#matcher = matcher;
    this.#sifter = sifter;
    this.#room = workspaceOf(matcher).region("decoded", ROOM_BYTES + 2 * MARGIN_BYTES) + MARGIN_BYTES;
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
      if (runs === undefined) (found ??= []).push(...this.#decode(object, [from, to], this.#sifter.everyRule));
      else if (runs.length > 0) {
        // What looks promising is decoded once more, to know exactly.
        const places = runs.map(([first]): Piece => [first?.start ?? from, first?.end ?? to]);
        const rules = this.#rulesOf(object, runs);
        for (const piece of wordsOf(
          object,
          places.sort((a, b) => a[0] - b[0]),
        )) {
          (found ??= []).push(...this.#decode(object, piece, rules));
        }
      }
    }
    return found;
  }

  /** The rules that match in any of the runs. */
  #rulesOf(object: Buffer, runs: readonly (readonly Step[])[]): Iterable<number> {
    const rules = new Set<number>();
    for (let at = 0; at < runs.length;) {
      const first = runs[at]?.[0];
      if (first === undefined) return this.#sifter.everyRule;
      const ways: (readonly Step[])[] = [];
      // The run alone, and the padding behind it, which base64 looks at.
      const outer = outermost(object.toString("latin1", first.start, first.end + 2));
      for (; isIn(first, runs[at]); at++)
        ways.push([{ ...first, start: 0, end: first.end - first.start }, ...runs[at]!.slice(1)]);
      for (const layer of follow(outer, ways))
        if (layer === undefined || !this.#match(`\n${layer.text}\n`, rules)) return this.#sifter.everyRule;
    }
    return rules;
  }

  /** Adds the rules that match in a text. False: there are too many. */
  #match(text: string, rules: Set<number>): boolean {
    const matcher = this.#matcher;
    if (text.length > ROOM_BYTES) return false;
    Buffer.from(matcher.memory.buffer, this.#room, text.length).write(text, "latin1");
    const count = matcher.scan(this.#room, text.length, 0, text.length);
    const { matches } = matcher;
    for (let i = 0; i < count; i++) rules.add(matches[i * MATCH_WORDS] as number);
    return !matcher.overflowed;
  }

  #decode(object: Buffer, [from, to]: Piece, rules: Iterable<number>): Hit[] {
    if (to - from > LONGEST_KNOWN)
      return this.#decodeWords(object.subarray(from, to), rules).map((hit) => moveHit(hit, from));
    // Versions of a file say the same again and again.
    const key = `${[...rules].join()} ${object.toString("latin1", from, to)}`;
    let hits = this.#known.get(key);
    if (hits === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(key, (hits = this.#decodeWords(object.subarray(from, to), rules)));
    }
    return hits.map((hit) => moveHit(hit, from));
  }

  #decodeWords(words: Buffer, rules: Iterable<number>): Hit[] {
    const text = Buffer.concat([LINE_FEED, words]);
    let [first, last] = [0, 0];
    // Of the word, by rule: it may hold thousands of hits.
    const sure = new Map<number, ReadonlySet<string> | undefined>();
    return this.#sifter.siftEncoded(text, rules).map((hit) => {
      if (hit.start < first || hit.start >= last) {
        [first, last] = [beginOfWord(text, hit.start), endOfWord(text, hit.start)];
        sure.clear();
      }
      if (!sure.has(hit.rule))
        sure.set(hit.rule, this.#sifter.sureOf(hit.rule, Buffer.concat([LINE_FEED, text.subarray(first, last)])));
      const isSure = sure.get(hit.rule)?.has(hit.key) !== false;
      const distance = LINE_FEED.length;
      const place = { start: first - distance, end: last - distance, at: hit.start - distance };
      return { ...hit, ...place, ...(isSure ? {} : ({ asksKeyword: true } as const)) };
    });
  }
}

/** The words that the ranges touch, in parts of a bounded size unless a word is longer. */
function* wordsOf(object: Buffer, ranges: readonly Piece[]): Generator<Piece> {
  let done = 0;
  for (const [first, last] of ranges) {
    if (Math.max(first, done) >= last) continue;
    let from = Math.max(touchedBegin(object, Math.max(first, done)), done);
    while (from < last) {
      const to = touchedEnd(object, Math.min(last, from + BATCH_BYTES));
      yield [from, to];
      from = done = to;
    }
  }
}
