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

/** Finds matches in objects that lie in its memory: the engine's `Core`, or the plain engine below. */
export interface Matcher {
  readonly memory: LinearMemory;
  /** An address of so many bytes that the matcher never touches by itself. The memory may grow: views must be renewed. */
  reserve(bytes: number): number;
  /**
   * How many matches of a scan of the whole object overlap [from, to). 64 bytes before and behind the object must be the
   * caller's too.
   */
  scan(address: number, length: number, from: number, to: number): number;
  /** The last scan's matches, four words each: rule, start, end, and one that does not matter. */
  readonly matches: Uint32Array;
  /** The last scan met the beginning of something that may end far off: only a scan of the whole object is sure to find it. */
  readonly sawFar: boolean;
  /** The last scan had more matches than it holds. */
  readonly overflowed: boolean;
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
  #all: Rulebook | undefined;
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

  /** The hits of a whole object of two bytes a character, which the matcher does not read. */
  siftAll(bytes: Uint8Array): Hit[] {
    this.#all ??= compileRulebook(this.#rules.filter(({ pattern }) => pattern !== "").map((rule) => lenient(rule)));
    return scan({ bytes, provenance: ANYWHERE }, this.#all).map(({ match, rule, secret }) => {
      return { start: match.start, end: match.end, key: secretKey(rule.id, secret.reveal()) };
    });
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
const WORDS = 4;

/** The rulebook's fast engine where it has one. Rules that it cannot look for are left to the plain one. */
export function matcherFor(rulebook: Rulebook, maxDecodeDepth?: number): Matcher {
  const { engine, rules } = rulebook;
  const core = engine?.core?.();
  if (core === undefined) return plainMatcher(rulebook, maxDecodeDepth);
  const left = rules.filter(({ pattern }, number) => pattern !== "" && !core.covers(number));
  if (left.length === 0) return core;
  const book = compileRulebook(left.map((rule) => lenient(rule)));
  const numbers = new Map(rules.map((rule, number) => [rule.id, number]));
  let matches = core.matches;
  return {
    get memory() {
      return core.memory;
    },
    get matches() {
      return matches;
    },
    get sawFar() {
      return core.sawFar;
    },
    get overflowed() {
      return core.overflowed;
    },
    reserve: (bytes) => core.reserve(bytes),
    scan(address, length, from, to) {
      const count = core.scan(address, length, from, to);
      const words = [...core.matches.subarray(0, count * WORDS)];
      const bytes = Buffer.from(core.memory.buffer, address, length);
      for (const { rule, match } of scan({ bytes, provenance: ANYWHERE }, book)) {
        if (match.start < to && match.end > from) words.push(numbers.get(rule.id) ?? 0, match.start, match.end, 0);
      }
      matches = Uint32Array.from(words);
      return words.length / WORDS;
    },
  };
}

/** A matcher that runs the plain engine over whole objects: slow and exact. */
export function plainMatcher(rulebook: Rulebook, maxDecodeDepth?: number): Matcher {
  const memory = new Memory({ initial: 1 });
  const book = compileRulebook(rulebook.rules.map((rule) => lenient(rule)).filter((rule) => rule.pattern !== ""));
  const numbers = new Map(rulebook.rules.map((rule, number) => [rule.id, number]));
  const options = maxDecodeDepth === undefined ? {} : { maxDecodeDepth };
  let reserved = PAGE_BYTES;
  let matches = new Uint32Array(0);
  return {
    memory,
    sawFar: false,
    overflowed: false,
    get matches() {
      return matches;
    },
    reserve(bytes) {
      const address = reserved;
      reserved += Math.ceil(bytes / 64) * 64;
      const pages = Math.ceil((reserved - memory.buffer.byteLength) / PAGE_BYTES);
      if (pages > 0) memory.grow(pages);
      return address;
    },
    scan(address, length, from, to) {
      const bytes = Buffer.from(memory.buffer, address, length);
      const found = scan({ bytes, provenance: ANYWHERE }, book, options).filter(
        ({ match }) => match.start < to && match.end > from,
      );
      matches = Uint32Array.from(
        found.flatMap(({ rule, match }) => [numbers.get(rule.id) ?? 0, match.start, match.end, 0]),
      );
      return matches.length / WORDS;
    },
  };
}
