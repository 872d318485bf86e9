// What the git source asks of the engine, and the slow engine that can always answer.
import { createHash } from "node:crypto";
import { compileRulebook, type Rulebook } from "../../engine/rulebook.ts";
import { scan } from "../../engine/scan.ts";
import type { Provenance } from "../../model/fragment.ts";
import type { Rule } from "../../model/rule.ts";
import { Memory, type LinearMemory } from "./core/webassembly.ts";
import type { Hit } from "./hit.ts";

/** A rule's pattern matched; nothing else was looked at. Offsets count from the object's start. */
export interface RawMatch {
  /** The rule's number in the rulebook. */
  readonly rule: number;
  readonly start: number;
  readonly end: number;
}

/** Finds matches in objects that lie in its memory. */
export interface Matcher {
  readonly memory: LinearMemory;
  /** An address of so many bytes that the matcher never touches by itself. The memory may grow: views must be renewed. */
  reserve(bytes: number): number;
  /**
   * The matches of a scan of the whole object that overlap [from, to), whatever lies around it. 64 bytes behind the
   * object may be overwritten.
   */
  scan(address: number, length: number, from: number, to: number): readonly RawMatch[];
}

const ANYWHERE: Provenance = { kind: "file" };

/**
 * The rule without what depends on more than the match's own text: keywords elsewhere in the file, its path, its line,
 * its commit, other rules' matches. Whatever the rule finds anywhere, this one finds.
 */
export function lenient(rule: Rule): Rule {
  const { path: _path, required: _required, ...rest } = rule;
  const allowlists = rule.allowlists.filter(
    (list) =>
      list.target !== "line" && (list.condition === "or" || (list.paths.length === 0 && list.commits.length === 0)),
  );
  return {
    ...rest,
    keywords: [],
    skipReport: false,
    allowlists: allowlists.map((list) => ({ ...list, paths: [], commits: [] })),
  };
}

/** Bytes around a match that its verdict may depend on: boundaries, and the rest of an encoded run. */
const AROUND_BYTES = 64;

/** Turns matches into hits: asks entropy, checksum and allowlists, as far as the match's text alone decides. */
export class Sifter {
  readonly #rules: readonly Rule[];
  readonly #books = new Map<number, Rulebook>();
  readonly #maxDecodeDepth: number | undefined;

  constructor(rulebook: Rulebook, maxDecodeDepth?: number) {
    this.#rules = rulebook.rules;
    this.#maxDecodeDepth = maxDecodeDepth;
  }

  #book(number: number): Rulebook | undefined {
    const rule = this.#rules[number];
    if (rule === undefined) return undefined;
    let book = this.#books.get(number);
    if (book === undefined) this.#books.set(number, (book = compileRulebook([lenient(rule)])));
    return book;
  }

  /** `bytes`: the whole object. */
  sift(bytes: Uint8Array, match: RawMatch): Hit[] {
    const book = this.#book(match.rule);
    if (book === undefined) return [];
    const from = Math.max(0, match.start - AROUND_BYTES);
    const window = Buffer.from(bytes.subarray(from, Math.min(bytes.length, match.end + AROUND_BYTES)));
    const options = this.#maxDecodeDepth === undefined ? {} : { maxDecodeDepth: this.#maxDecodeDepth };
    const hits: Hit[] = [];
    for (const candidate of scan({ bytes: window, provenance: ANYWHERE }, book, options)) {
      const [start, end] = [candidate.match.start + from, candidate.match.end + from];
      if (end <= match.start || start >= match.end) continue;
      hits.push({ start, end, key: secretKey(candidate.rule.id, candidate.secret.reveal()) });
    }
    return hits;
  }
}

/** Tells secrets apart without keeping them. */
export function secretKey(rule: string, secret: string): string {
  return createHash("sha256").update(`${rule}\0${secret}`).digest("base64").slice(0, 24);
}

const PAGE_BYTES = 65536;

/** A matcher that runs the plain engine over whole objects: slow and exact. */
export function plainMatcher(rulebook: Rulebook, maxDecodeDepth?: number): Matcher {
  const memory = new Memory({ initial: 1 });
  const rules = rulebook.rules.map((rule) => lenient(rule)).filter((rule) => rule.pattern !== "");
  const book = compileRulebook(rules);
  const numbers = new Map(rulebook.rules.map((rule, number) => [rule.id, number]));
  const options = maxDecodeDepth === undefined ? {} : { maxDecodeDepth };
  let reserved = PAGE_BYTES;
  return {
    memory,
    reserve(bytes) {
      const address = reserved;
      reserved += Math.ceil(bytes / 64) * 64;
      const pages = Math.ceil((reserved - memory.buffer.byteLength) / PAGE_BYTES);
      if (pages > 0) memory.grow(pages);
      return address;
    },
    scan(address, length, from, to) {
      const bytes = Buffer.from(memory.buffer, address, length);
      return scan({ bytes, provenance: ANYWHERE }, book, options)
        .map(({ rule, match }) => ({ rule: numbers.get(rule.id) ?? -1, start: match.start, end: match.end }))
        .filter(({ start, end }) => start < to && end > from);
    },
  };
}
