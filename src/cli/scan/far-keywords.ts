// A stream that comes in several blocks, and rules whose keyword may stand anywhere in it.
import { withEngine } from "../../config/engine.ts";
import { impliesKeyword } from "../../engine/compile/implied.ts";
import { parseRegex } from "../../engine/regex/parse.ts";
import { checkedRulebook, givenUp, type Rulebook } from "../../engine/rulebook.ts";
import { scan, type ScanOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import { firstAfter } from "../../model/first-after.ts";
import type { Fragment } from "../../model/fragment.ts";
import type { Rule } from "../../model/rule.ts";
import type { Block } from "../../sources/files/blocks.ts";

/** Of the lines of a match that waits for its keyword so much is kept on either side: as much as every block holds of it. */
const AROUND_BYTES = 1 << 20;
/** What is kept at the most. */
const MOST_KEPT_BYTES = 64 << 20;

const LINE_FEED = 10;

/** A candidate that counts if its rule's keyword stands somewhere, with the lines it is told with. */
export interface Waiting {
  readonly fragment: Fragment;
  readonly candidate: Candidate;
  /** What else was found in these lines. */
  readonly others: readonly Candidate[];
  /** And what waits likewise, and may wait in vain. */
  readonly hidden: readonly Candidate[];
}

/** Of candidates in their order those that begin between two places. */
function startingIn(all: readonly Candidate[], from: number, to: number): readonly Candidate[] {
  const first = firstAfter(0, all.length, (index) => all[index]!.span.start < from);
  return all.slice(
    first,
    firstAfter(first, all.length, (index) => all[index]!.span.start < to),
  );
}

/** The rules of which a match need not hold a keyword. */
const askingFor = ({ rules }: Rulebook): Rule[] =>
  rules.filter(
    ({ id, pattern, keywords, skipReport }) =>
      pattern !== "" &&
      skipReport !== true &&
      keywords.length > 0 &&
      !impliesKeyword(parseRegex(pattern, id), keywords),
  );

/** Whether a match may need a keyword from another block. */
export const asksFarKeywords = (rulebook: Rulebook): boolean => askingFor(rulebook).length > 0;

/**
 * Finds the matches of a stream whose rule's keyword stands in another block than they do. A rule whose every match holds a
 * keyword needs nothing of this, as is so with all built-in ones.
 */
export class FarKeywords {
  /** Why something was not looked at, if so. */
  readonly skipped = new Set<string>();
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #gateless: Rulebook | undefined;
  readonly #options: ScanOptions;
  readonly #unseen: Set<string>;
  readonly #waiting: Waiting[] = [];
  #keptBytes = 0;

  constructor(rulebook: Rulebook, options: ScanOptions) {
    const asking = askingFor(rulebook);
    this.#rules = new Map(asking.map((rule) => [rule.id, rule]));
    this.#options = options;
    this.#unseen = new Set(asking.flatMap(({ keywords }) => keywords));
    if (asking.length === 0) return;
    const helping = new Set(asking.flatMap(({ required }) => (required ?? []).map(({ id }) => id)));
    const helpers = rulebook.rules.filter(({ id }) => helping.has(id) && !this.#rules.has(id));
    this.#gateless = withEngine(checkedRulebook([...asking.map((rule) => ({ ...rule, keywords: [] })), ...helpers]));
  }

  /**
   * @param candidates those that were found in the block.
   * @returns what waits for a keyword now, and is not to be shown until then.
   */
  take({ from, to }: Block, fragment: Fragment, candidates: readonly Candidate[]): Candidate[] {
    if (this.#gateless === undefined) return [];
    const bytes = Buffer.from(fragment.bytes.buffer, fragment.bytes.byteOffset, fragment.bytes.length);
    if (this.#unseen.size > 0) {
      const text = bytes.toString("latin1").toLowerCase();
      for (const keyword of this.#unseen) if (text.includes(keyword)) this.#unseen.delete(keyword);
    }
    const keyOf = ({ rule, match, span }: Candidate) => `${rule.id} ${match.start} ${span.start}`;
    const found = new Set(candidates.map(keyOf));
    const waiting = scan(fragment, this.#gateless, this.#options).flatMap((candidate) => {
      const rule = this.#rules.get(candidate.rule.id);
      return rule === undefined || found.has(keyOf(candidate)) ? [] : [{ ...candidate, rule }];
    });
    for (const candidate of waiting) {
      const { match, rule } = candidate;
      if (match.start < from || match.start >= to) continue;
      if (this.#keptBytes < MOST_KEPT_BYTES)
        this.#waiting.push(this.#linesOf(fragment, bytes, candidate, candidates, waiting));
      else this.skipped.add(`too many matches of the rule ${rule.id} wait for its keyword; some were passed over`);
    }
    const exceeded = this.#gateless.engine?.takeExceeded?.() ?? [];
    if (exceeded.length > 0) this.skipped.add(givenUp(exceeded.map(({ id }) => id)));
    return waiting;
  }

  #linesOf(
    { provenance }: Fragment,
    bytes: Buffer,
    candidate: Candidate,
    candidates: readonly Candidate[],
    waiting: readonly Candidate[],
  ): Waiting {
    const { match, span } = candidate;
    const [first, last] = [Math.min(match.start, span.start), Math.max(match.end, span.end)];
    const least = Math.max(0, first - AROUND_BYTES);
    const most = Math.min(bytes.length, last + AROUND_BYTES);
    // The line above may hold a comment that allows this one.
    const above = bytes.subarray(least, first).lastIndexOf(LINE_FEED);
    const feed = above < 0 ? -1 : bytes.subarray(least, least + above).lastIndexOf(LINE_FEED);
    const from = feed < 0 ? least : least + feed + 1;
    const end = bytes.subarray(last, most).indexOf(LINE_FEED);
    const to = end < 0 ? most : last + end;
    this.#keptBytes += to - from;
    const moved = (one: Candidate): Candidate => ({
      ...one,
      span: { ...one.span, start: one.span.start - from, end: one.span.end - from },
      match: { ...one.match, start: one.match.start - from, end: one.match.end - from },
    });
    const inside = (all: readonly Candidate[]) =>
      startingIn(all, from, to)
        .filter((one) => one.span.end <= to && one !== candidate)
        .map(moved);
    return {
      fragment: { bytes: Buffer.from(bytes.subarray(from, to)), provenance },
      candidate: moved(candidate),
      others: inside(candidates),
      hidden: inside(waiting),
    };
  }

  /** Those whose keyword stood in one of the blocks. To be asked behind the last one. */
  found(): Waiting[] {
    return this.#waiting.filter(({ candidate }) => candidate.rule.keywords.some((word) => !this.#unseen.has(word)));
  }
}
