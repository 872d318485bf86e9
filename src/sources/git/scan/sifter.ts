// From matches of patterns to hits: asks entropy, checksum and allowlists, as far as the match's text alone decides.
import { createHash } from "node:crypto";
import { CoreEngine } from "../../../engine/core/core-engine.ts";
import { checkedRulebook, type Engine, type Rulebook } from "../../../engine/rulebook.ts";
import { DEFAULT_DECODE_DEPTH, scan } from "../../../engine/scan.ts";
import type { Provenance } from "../../../model/fragment.ts";
import type { Rule } from "../../../model/rule.ts";
import { moveHit, type Hit } from "./hit.ts";
import { IN_CLEAR, lenient, type RawMatch } from "./matcher.ts";

const ANYWHERE: Provenance = { kind: "file" };

/** The byte before tells of a boundary; with more of them another match could begin, and take this one's place. */
const BYTES_BEFORE = 1;
/** Bytes behind a match that its verdict may depend on. */
const BYTES_BEHIND = 64;

/** Windows around matches whose verdict is kept. */
const MOST_KNOWN = 4096;

const ASKS_KEYWORD = { asksKeyword: true } as const;

export class Sifter {
  readonly maxDecodeDepth: number;
  /** Numbers of all rules with a pattern. */
  readonly everyRule: readonly number[];
  readonly #rules: readonly Rule[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #books = new Map<number, Rulebook>();
  readonly #known = new Map<string, readonly Hit[]>();
  readonly #engine: Engine | undefined;
  #all: Rulebook | undefined;

  constructor({ rules, engine }: Rulebook, maxDecodeDepth = DEFAULT_DECODE_DEPTH) {
    this.maxDecodeDepth = maxDecodeDepth;
    this.#engine = engine;
    this.everyRule = rules.flatMap(({ pattern }, number) => (pattern === "" ? [] : [number]));
    this.#rules = rules;
    this.#numbers = new Map(rules.map(({ id }, number) => [id, number]));
  }

  #book(number: number): Rulebook | undefined {
    const rule = this.#rules[number];
    if (rule === undefined) return undefined;
    let book = this.#books.get(number);
    if (book === undefined) this.#books.set(number, (book = checkedRulebook([lenient(rule)])));
    return book;
  }

  /** The hits of a whole object of two bytes a character, which the matcher does not read. */
  siftAll(bytes: Uint8Array): Hit[] {
    const { maxDecodeDepth } = this;
    // A copy: the bytes may lie in the core's memory, which may grow.
    const fragment = { bytes: Buffer.from(bytes), provenance: ANYWHERE };
    return scan(fragment, (this.#all ??= this.#lenientBook()), { maxDecodeDepth }).map(
      ({ match, rule: { id }, secret }) => {
        const rule = this.#numbers.get(id) ?? 0;
        return { start: match.start, end: match.end, rule, key: secretKey(id, secret.reveal()) };
      },
    );
  }

  /** All rules with a pattern, which ask for nothing but keywords; with the core where there is one. */
  #lenientBook(): Rulebook {
    const rules = this.#rules.map((rule) => ({ ...lenient(rule), keywords: rule.keywords }));
    const book = checkedRulebook(rules.filter(({ pattern }) => pattern !== ""));
    const core = this.#engine?.core?.();
    return core === undefined ? book : withCore(book, new CoreEngine(core, rules));
  }

  /** What rules find in the text's encoded words only, whatever their keywords say; where the secrets stand in it. */
  siftEncoded(bytes: Uint8Array, rules: Iterable<number>): Pick<Hit, "start" | "rule" | "key">[] {
    const { maxDecodeDepth } = this;
    return [...rules].flatMap((rule) => {
      const book = this.#book(rule);
      if (book === undefined) return [];
      const found = scan({ bytes, provenance: ANYWHERE }, book, { maxDecodeDepth });
      return found
        .filter(({ decoded }) => decoded.length > 0)
        .map(({ span, secret, rule: { id } }) => ({ start: span.start, rule, key: secretKey(id, secret.reveal()) }));
    });
  }

  /** Whether what the rule finds in an encoded word holds one of its keywords, or the word does. */
  isSure({ rule: number, key }: Pick<Hit, "rule" | "key">, word: Uint8Array): boolean {
    const rule = this.#rules[number];
    if (rule === undefined || rule.keywords.length === 0) return true;
    const book = checkedRulebook([{ ...lenient(rule), keywords: rule.keywords }]);
    const { maxDecodeDepth } = this;
    const found = scan({ bytes: word, provenance: ANYWHERE }, book, { maxDecodeDepth });
    return found.some(({ secret }) => secretKey(rule.id, secret.reveal()) === key);
  }

  /** `bytes`: the whole object. */
  sift(bytes: Uint8Array, match: RawMatch): readonly Hit[] {
    const from = Math.max(0, match.start - BYTES_BEFORE);
    const window = Buffer.from(bytes.subarray(from, Math.min(bytes.length, match.end + BYTES_BEHIND)));
    // Versions of a file say the same again and again.
    const text = `${match.rule} ${match.start - from} ${match.end - from} ${window.toString("latin1")}`;
    let hits = this.#known.get(text);
    if (hits === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      hits = this.#siftWindow(window, { ...match, start: match.start - from, end: match.end - from });
      this.#known.set(text, hits);
    }
    return hits.length === 0 ? hits : hits.map((hit) => moveHit(hit, from));
  }

  #siftWindow(window: Buffer, match: RawMatch): readonly Hit[] {
    const book = this.#book(match.rule);
    if (book === undefined) return [];
    const hits: Hit[] = [];
    for (const candidate of scan({ bytes: window, provenance: ANYWHERE }, book, IN_CLEAR)) {
      const { start, end } = candidate.match;
      if (end <= match.start || start >= match.end) continue;
      const key = secretKey(candidate.rule.id, candidate.secret.reveal());
      const asks = this.#holdsKeyword(match.rule, window.toString("latin1", start, end)) ? {} : ASKS_KEYWORD;
      hits.push({ start, end, rule: match.rule, key, ...asks });
    }
    return hits;
  }

  #holdsKeyword(rule: number, text: string): boolean {
    const keywords = this.#rules[rule]?.keywords ?? [];
    if (keywords.length === 0) return true;
    const folded = text.toLowerCase();
    return keywords.some((keyword) => folded.includes(keyword));
  }

  /** Whether a rule's hits count in a file or message with this content: one of the keywords stands in it. */
  gate(content: () => string): (rule: number) => boolean {
    // Made for every object, and asked about few.
    let known: Map<number, boolean> | undefined;
    let text: string | undefined;
    return (rule) => {
      let holds = known?.get(rule);
      if (holds === undefined)
        (known ??= new Map()).set(rule, (holds = this.#holdsKeyword(rule, (text ??= content()))));
      return holds;
    };
  }
}

const withCore = (book: Rulebook, engine: Engine): Rulebook => ({
  rules: book.rules,
  engine,
  get hash() {
    return book.hash;
  },
});

/** Those of a file's hits that count in it. */
export function counting(hits: readonly Hit[], gate: (rule: number) => boolean): readonly Hit[] {
  if (hits.every(({ asksKeyword }) => asksKeyword !== true)) return hits;
  return hits.filter(({ rule, asksKeyword }) => asksKeyword !== true || gate(rule));
}

/** Tells secrets apart without keeping them. */
export function secretKey(rule: string, secret: string): string {
  return createHash("sha256").update(`${rule}\0${secret}`).digest("base64").slice(0, 24);
}
