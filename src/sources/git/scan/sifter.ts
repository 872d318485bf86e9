// From matches of patterns to hits: asks entropy, checksum and allowlists, as far as the match's text alone decides.
import { sha256 } from "../../../disk/sha256.ts";
import { confirm } from "../../../engine/confirm.ts";
import type { Core } from "../../../engine/core/core.ts";
import { CoreEngine } from "../../../engine/core/core-engine.ts";
import { matchAt, type Match } from "../../../engine/plain.ts";
import { asksForBeginning, asksForEdges } from "../../../engine/regex/edges.ts";
import { checkedRulebook, type Engine, type Rulebook } from "../../../engine/rulebook.ts";
import { DEFAULT_DECODE_DEPTH, scanEach, type Read } from "../../../engine/scan.ts";
import { Within } from "../../../engine/within.ts";
import type { Provenance } from "../../../model/fragment.ts";
import type { Rule } from "../../../model/rule.ts";
import { moveHit, type Hit } from "./hit.ts";
import { lenient, type RawMatch } from "../core/matcher.ts";

const ANYWHERE: Provenance = { kind: "file" };

/** Bytes before and behind a match that tell which of the ways through its pattern was gone, mostly. */
const BYTES_AROUND = 2;

/** Matches, with what stands around them, whose verdict is kept. */
const MOST_KNOWN = 4096;

const ASKS_KEYWORD = { asksKeyword: true } as const;
const IS_CLOSED = { isClosed: true } as const;

/** What comes of a match that was refused wherever the same bytes stand with the same neighbours, and that keeps none from its place. */
export const REFUSED: readonly Hit[] = [];

/** What stands between two places of an object. */
type Part = (from: number, to: number) => string;

/** Whether entropy, a checksum or an allowlist refuses it, as far as its own text decides. */
function isRefused({ rule, start, end, secretStart, secretEnd }: Match, part: Part): boolean {
  const subject = { secret: part(secretStart, secretEnd), match: part(start, end), line: "", provenance: ANYWHERE };
  return confirm(rule, subject).kind === "refused";
}

export class Sifter {
  readonly maxDecodeDepth: number;
  /** Whether a rule may match where a text begins, or ends, and not where it goes on: a message is part of its object. */
  readonly asksForEdges: boolean;
  /** Whether one does where it begins. */
  readonly asksForBeginning: boolean;
  readonly #rulebook: Rulebook;
  #everyRule: readonly number[] | undefined;
  readonly #books = new Map<number, Rulebook>();
  readonly #insides = new Map<number, Within | undefined>();
  readonly #known = new Map<string, readonly Hit[]>();
  #all: Rulebook | undefined;

  constructor(rulebook: Rulebook, maxDecodeDepth = DEFAULT_DECODE_DEPTH) {
    this.maxDecodeDepth = maxDecodeDepth;
    this.#rulebook = rulebook;
    this.asksForEdges = rulebook.isSimple !== true && asksForEdges(rulebook.rules);
    this.asksForBeginning = this.asksForEdges && asksForBeginning(rulebook.rules);
  }

  get #rules(): readonly Rule[] {
    return this.#rulebook.rules;
  }

  /** Numbers of all rules with a pattern. */
  get everyRule(): readonly number[] {
    return (this.#everyRule ??= this.#rules.flatMap(({ pattern }, number) => (pattern === "" ? [] : [number])));
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
    const numbers = new Map(this.#rules.map(({ id }, number) => [id, number]));
    return scanEach(fragment, (this.#all ??= this.#lenientBook()), { maxDecodeDepth }).map((read) => {
      const { match, span, rule, decoded } = read.candidate;
      const at = decoded.length === 0 ? {} : { at: span.start };
      return { start: match.start, end: match.end, ...at, rule: numbers.get(rule.id) ?? 0, ...keysOf(read) };
    });
  }

  /** All rules with a pattern, which ask for nothing but keywords; with the core where there is one. */
  #lenientBook(): Rulebook {
    const core = this.#rulebook.engine?.core?.();
    const known = core && lenientBooks.get(core);
    if (known?.of === this.#rules) return known.book;
    const rules = this.#rules.map((rule) => ({ ...lenient(rule), keywords: rule.keywords }));
    const book = checkedRulebook(rules.filter(({ pattern }) => pattern !== ""));
    if (core === undefined) return book;
    const fast = withCore(book, new CoreEngine(core, { rules }));
    lenientBooks.set(core, { of: this.#rules, book: fast });
    return fast;
  }

  /** What rules find in the text's encoded words only, whatever their keywords say; where the secrets stand in it. */
  siftEncoded(bytes: Uint8Array, rules: Iterable<number>): Pick<Hit, "start" | "rule" | "key" | "cut">[] {
    const { maxDecodeDepth } = this;
    return [...rules].flatMap((rule) => {
      const book = this.#book(rule);
      if (book === undefined) return [];
      const found = scanEach({ bytes, provenance: ANYWHERE }, book, { maxDecodeDepth });
      return found
        .filter(({ candidate }) => candidate.decoded.length > 0)
        .map((read) => ({ start: read.candidate.span.start, rule, ...keysOf(read) }));
    });
  }

  /** What the rule finds in an encoded word, by its key, where that or the word holds one of its keywords. Undefined: it asks for none. */
  sureOf(number: number, word: Uint8Array): ReadonlySet<string> | undefined {
    const rule = this.#rules[number];
    if (rule === undefined || rule.keywords.length === 0) return undefined;
    const book = checkedRulebook([{ ...lenient(rule), keywords: rule.keywords }]);
    const { maxDecodeDepth } = this;
    const found = scanEach({ bytes: word, provenance: ANYWHERE }, book, { maxDecodeDepth });
    return new Set(found.map(({ candidate }) => secretKey(rule.id, candidate.secret.reveal())));
  }

  /** `bytes`: the whole object. */
  sift(bytes: Buffer, match: RawMatch): readonly Hit[] {
    const from = Math.max(0, match.start - BYTES_AROUND);
    const to = Math.min(bytes.length, match.end + BYTES_AROUND);
    // Versions of a file say the same again and again.
    const text = `${match.rule} ${match.start - from} ${match.end - from} ${to - match.end} ${bytes.toString("latin1", from, to)}`;
    let hits = this.#known.get(text);
    if (hits === undefined) {
      let farthest = 0;
      const part: Part = (start, end) => {
        farthest = Math.max(farthest, end);
        return bytes.toString("latin1", start, end);
      };
      const found = this.#siftMatch(match, part);
      hits = found.map((hit) => moveHit(hit, -from));
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      // Else it hangs on more than this text.
      if (farthest <= match.end + BYTES_AROUND) {
        if (hits.length === 0) hits = REFUSED;
        this.#known.set(text, hits);
      }
    }
    return hits.length === 0 ? hits : hits.map((hit) => moveHit(hit, from));
  }

  #siftMatch(raw: RawMatch, part: Part): Hit[] {
    const { rule: number, start, end } = raw;
    const book = this.#book(number);
    const rule = book?.rules[0];
    if (book === undefined || rule === undefined) return [];
    const match = matchAt(part, book, rule, start, end);
    if (match === undefined || isRefused(match, part)) {
      const keepsOthers = this.#within(raw, part).some((other) => other === undefined || !isRefused(other, part));
      return keepsOthers ? [{ start, end, rule: number, key: "", isRefused: true }] : [];
    }
    const asks = this.#holdsKeyword(number, part(match.start, match.end).toLowerCase()) ? {} : ASKS_KEYWORD;
    const closed = match.next < match.end ? IS_CLOSED : {};
    const key = secretKey(rule.id, part(match.secretStart, match.secretEnd));
    return [{ start: match.start, end: match.end, rule: number, key, ...asks, ...closed }];
  }

  /**
   * The matches that would stand within this one if it did not, as long as its bytes and their neighbours stay as they are; undefined
   * among them: something that hangs on more than those.
   */
  #within({ rule: number, start, end }: RawMatch, part: Part): readonly (Match | undefined)[] {
    const book = this.#book(number)!;
    const rule = book.rules[0]!;
    if (!this.#insides.has(number)) this.#insides.set(number, Within.of(rule.pattern));
    const found = this.#insides.get(number)?.find(part(start, end + 1), end - start);
    if (found === undefined) return [undefined];
    return found.flatMap(([from, to]) => matchAt(part, book, rule, start + from, start + to) ?? []);
  }

  /** The keywords of a rule, small letters. */
  keywordsOf(rule: number): readonly string[] {
    return this.#rules[rule]?.keywords ?? [];
  }

  /** `folded`: a text in small letters. */
  #holdsKeyword(rule: number, folded: string): boolean {
    const keywords = this.keywordsOf(rule);
    return keywords.length === 0 || keywords.some((keyword) => folded.includes(keyword));
  }

  /** Whether a rule's hits count in a file or message with this content: one of the keywords stands in it. */
  gate(content: () => string): Gate {
    // Made for every object, and asked about few.
    let known: Map<number, boolean> | undefined;
    let folded: string | undefined;
    return (rule, own) => {
      let holds = known?.get(rule);
      if (holds === undefined) {
        // Most patterns hold their own keyword, so that the whole content is seldom asked.
        holds = own !== undefined && this.#holdsKeyword(rule, own().toLowerCase());
        holds ||= this.#holdsKeyword(rule, (folded ??= content().toLowerCase()));
        (known ??= new Map()).set(rule, holds);
      }
      return holds;
    };
  }
}

/** Whether a rule's hits count. `own`: what one of them matched, which is part of the content. */
export type Gate = (rule: number, own?: () => string) => boolean;

/** What a core's rules are without what hangs on places: to make it takes room in the core each time. */
const lenientBooks = new WeakMap<Core, { readonly of: readonly Rule[]; readonly book: Rulebook }>();

const withCore = (book: Rulebook, engine: Engine): Rulebook => ({
  rules: book.rules,
  engine,
  get hash() {
    return book.hash;
  },
});

/** Those of a file's hits that count in it. */
export function counting(hits: readonly Hit[], gate: Gate): readonly Hit[] {
  if (hits.every(({ asksKeyword, isRefused }) => asksKeyword !== true && isRefused !== true)) return hits;
  return hits.filter(({ rule, asksKeyword, isRefused }) => isRefused !== true && (asksKeyword !== true || gate(rule)));
}

/** The keys of a candidate and of what it stands for. */
function keysOf({ candidate: { rule, secret }, cut }: Read): Pick<Hit, "key" | "cut"> {
  const key = secretKey(rule.id, secret.reveal());
  return cut.size === 0 ? { key } : { key, cut: [...cut].map((text) => secretKey(rule.id, text)) };
}

/** Tells secrets apart without keeping them. */
export function secretKey(rule: string, secret: string): string {
  return sha256(Buffer.from(`${rule}\0${secret}`))
    .toString("base64")
    .slice(0, 24);
}
