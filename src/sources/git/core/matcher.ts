// What the git source asks of the engine, and the slow engine that can always answer.
import type { Core } from "../../../engine/core/core.ts";
import type { Step } from "../../../engine/decode/index.ts";
import { matchPlain } from "../../../engine/plain.ts";
import { checkedRulebook, type Rulebook } from "../../../engine/rulebook.ts";
import type { Allowlist, Rule } from "../../../model/rule.ts";
import type { Winnow } from "./git-core.ts";
import { Memory, type LinearMemory } from "./webassembly.ts";

/** A rule's pattern matched; nothing else was looked at. Offsets count from the object's start. */
export interface RawMatch {
  /** The rule's number in the rulebook. */
  readonly rule: number;
  readonly start: number;
  /** Where the rule's next match may begin. */
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
  /** The last scan met a match of a rule that reaches far: only a scan of the whole object is sure of it. */
  readonly sawFar: boolean;
  /**
   * How to get to each encoded run that overlaps [from, to) and may hold a match, up to `depth` decodings deep: the first
   * step says where in the object it stands. Undefined: all of them may. Forgets the last scan's matches.
   */
  peel(
    address: number,
    length: number,
    from: number,
    to: number,
    depth: number,
  ): readonly (readonly Step[])[] | undefined;
  /**
   * Of `count` parts of an object, pairs of 32-bit offsets in ascending order at address `parts`, leaves those there, narrower
   * perhaps, in which `scan` or `peel` may find something, and gives their number. What a far rule that begins in none of them
   * matches is not there. Forgets the last scan's matches. -1: only the whole of the object tells. A function of WebAssembly, which the git core calls as it is.
   */
  readonly winnow?: Winnow;
  /** Lets `winnow` keep in mind so many parts, a power of two, that it found clear. `random` gives so many random bytes. */
  remember?(random: (bytes: number) => Uint8Array, places: number): void;
  /**
   * Notes in `openingsBytes` at an address, which begin as zeros, where what reaches far begins and may only match once something is
   * changed further on: of the text whose address stands there, as assembly/openings.ts in the engine says. Otherwise
   * that is as if it matched.
   */
  noteOpenings?(address: number): void;
  readonly openingsBytes?: number;
  /** Of such texts, leaves away the rule's matches where none of these keywords stands in the text: `winnow` minds that. */
  mute?(rule: number, keywords: readonly string[]): void;
  /** Of such texts, leaves away a match of the last one, wherever it stands again between the same two bytes before and behind. */
  refuse?(address: number, length: number, rule: number, start: number, end: number): void;
  /** The last scan had more matches than it holds. */
  readonly overflowed: boolean;
  /** Rules that were given up in what was scanned since this was last asked: their automata read too much. By number. */
  takeExceeded?(): readonly number[];
}

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
  return { ...rest, keywords: [], skipReport: false, allowlists: allowlists.map((list) => withoutPlaces(list)) };
}

/** Rules share their lists, whose patterns are compiled once a list. */
const stripped = new WeakMap<Allowlist, Allowlist>();

function withoutPlaces(list: Allowlist): Allowlist {
  let fresh = stripped.get(list);
  if (fresh === undefined) stripped.set(list, (fresh = { ...list, paths: [], commits: [] }));
  return fresh;
}

const PAGE_BYTES = 65536;
/** Words of a match: rule, start, end, and one that does not matter. */
export const MATCH_WORDS = 4;

/** Matchers of cores that leave some rules to the plain engine: what is reserved for one stays reserved in its core. */
const helped = new WeakMap<Core, { readonly of: readonly Rule[]; readonly matcher: Matcher }>();

/**
 * The rulebook's fast engine where it has one. Rules that it cannot look for are left to the plain one.
 *
 * @param room bytes that will be reserved, where that is known.
 */
export function matcherFor(rulebook: Rulebook, room = 0): Matcher {
  const core = rulebook.engine?.core?.(room);
  if (core === undefined) return plainMatcher(rulebook);
  if (core.coversAll) return core;
  const { rules } = rulebook;
  const known = helped.get(core);
  if (known?.of === rules) return known.matcher;
  const matcher = withPlain(core, rules);
  helped.set(core, { of: rules, matcher });
  return matcher;
}

/** The core, with the plain engine for rules that it does not look for. */
function withPlain(core: Core, rules: readonly Rule[]): Matcher {
  const left = rules.filter(({ pattern }, number) => pattern !== "" && !core.covers(number));
  if (left.length === 0) return core;
  const book = checkedRulebook(left.map((rule) => lenient(rule)));
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
    openingsBytes: core.openingsBytes,
    noteOpenings: (address) => core.noteOpenings(address),
    takeExceeded: () => core.takeExceeded?.() ?? [],
    peel: () => undefined,
    scan(address, length, from, to) {
      const count = core.scan(address, length, from, to);
      const words = [...core.matches.subarray(0, count * MATCH_WORDS)];
      const bytes = Buffer.from(core.memory.buffer, address, length);
      for (const { rule, start, next } of matchPlain(bytes.toString("latin1"), book)) {
        if (start < to && next > from) words.push(numbers.get(rule.id) ?? 0, start, next, 0);
      }
      matches = Uint32Array.from(words);
      return words.length / MATCH_WORDS;
    },
  };
}

/** A matcher that runs the plain engine over whole objects: slow and exact. */
export function plainMatcher(rulebook: Rulebook): Matcher {
  const memory = new Memory({ initial: 1 });
  const book = checkedRulebook(rulebook.rules.map((rule) => lenient(rule)).filter((rule) => rule.pattern !== ""));
  const numbers = new Map(rulebook.rules.map((rule, number) => [rule.id, number]));
  let reserved = PAGE_BYTES;
  let matches = new Uint32Array(0);
  return {
    memory,
    peel: () => undefined,
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
      const found = matchPlain(bytes.toString("latin1"), book).filter(({ start, next }) => start < to && next > from);
      matches = Uint32Array.from(found.flatMap(({ rule, start, next }) => [numbers.get(rule.id) ?? 0, start, next, 0]));
      return matches.length / MATCH_WORDS;
    },
  };
}
