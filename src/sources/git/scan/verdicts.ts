// What rules say of the hits of a blob at a path, without reading it again where that can be told.
import { allows } from "../../../engine/allowlist.ts";
import { appliesToPath } from "../../../engine/path.ts";
import type { Rulebook } from "../../../engine/rulebook.ts";
import type { Allowlist, Rule } from "../../../model/rule.ts";
import { withoutCut, type Hit } from "./hit.ts";
import { natureOf } from "./object-scan.ts";

const LINE_FEED = 10;

const isEmpty = (...lists: readonly (readonly unknown[])[]) => lists.every(({ length }) => length === 0);

/** A list whose verdict takes no more than the path and the line. */
const isOfLine = ({ target, commits, stopWords }: Allowlist) => target === "line" && isEmpty(commits, stopWords);

/** Whether more than the match itself, its line, the file's path and its keywords decides. */
function needsAll({ required = [], allowlists }: Rule): boolean {
  if (required.length > 0) return true;
  return allowlists.some((list) => {
    if (isOfLine(list)) return false;
    return (
      (list.target === "line" && !isEmpty(list.regexes)) ||
      (list.condition === "and" && !isEmpty(list.paths, list.commits))
    );
  });
}

/** The part of the rule's allowlists that a path alone decides. */
function pathLists({ allowlists }: Rule): Allowlist[] {
  return allowlists
    .filter(({ condition, paths }) => condition === "or" && paths.length > 0)
    .map((list) => ({ ...list, commits: [], regexes: [], stopWords: [] }));
}

function lineLists({ allowlists }: Rule): Allowlist[] {
  return allowlists
    .filter((list) => isOfLine(list) && !isEmpty(list.regexes))
    .map((list) => (list.condition === "or" ? { ...list, paths: [] } : list));
}

interface RuleNeeds {
  readonly ofPath: readonly Allowlist[];
  readonly ofLine: readonly Allowlist[];
  readonly needsAll: boolean;
}
const NO_NEEDS: RuleNeeds = { ofPath: [], ofLine: [], needsAll: false };

export class Verdicts {
  readonly #rulebook: Rulebook;
  readonly #hitsOf: (blob: string) => readonly Hit[];
  readonly #read: (blob: string) => Buffer | undefined;
  readonly #exactly: (bytes: Buffer, path: string) => readonly Hit[];
  readonly #rules = new Map<number, RuleNeeds>();
  readonly #refused = new Map<string, boolean>();
  readonly #known = new Map<string, readonly Hit[]>();

  /** @param exactly scans a file whole; it gives each candidate as a hit. */
  constructor(
    rulebook: Rulebook,
    hitsOf: (blob: string) => readonly Hit[],
    read: (blob: string) => Buffer | undefined,
    exactly: (bytes: Buffer, path: string) => readonly Hit[],
  ) {
    this.#rulebook = rulebook;
    this.#hitsOf = hitsOf;
    this.#read = read;
    this.#exactly = exactly;
  }

  /** The blob's hits that count when it stands at the path (bytes, one character each). */
  standing(blob: string, path: string): readonly Hit[] {
    return withoutCut(this.#allowed(blob, path));
  }

  #allowed(blob: string, path: string): readonly Hit[] {
    const hits = this.#hitsOf(blob);
    if (hits.length === 0) return hits;
    const wanted = new Map<number, RuleNeeds | undefined>();
    for (const { rule } of hits) {
      if (!wanted.has(rule)) wanted.set(rule, this.#isRefused(rule, path) ? undefined : this.#rule(rule));
    }
    const needs = [...wanted.values()];
    const left = needs.includes(undefined) ? hits.filter(({ rule }) => wanted.get(rule) !== undefined) : hits;
    if (!needs.some((need) => need !== undefined && (need.needsAll || need.ofLine.length > 0))) return left;
    const place = `${blob} ${path}`;
    let standing = this.#known.get(place);
    if (standing === undefined) this.#known.set(place, (standing = this.#readFor(left, blob, path)));
    return standing;
  }

  #readFor(hits: readonly Hit[], blob: string, path: string): readonly Hit[] {
    const bytes = this.#read(blob);
    if (bytes === undefined) return [];
    // Lines of what is UTF-16 are found by a scan only.
    const isWide = natureOf(bytes, 0, bytes.length) === "wide";
    const asksAll = ({ rule, start, end, at }: Hit) => {
      const { needsAll, ofLine } = this.#rule(rule);
      if (needsAll || ofLine.length === 0) return needsAll;
      // Of a word over lines only some are the secret's.
      return isWide || (at !== undefined && bytes.subarray(start, end).includes(LINE_FEED));
    };
    const rules = new Set(hits.filter(asksAll).map(({ rule }) => rule));
    const standing = hits.filter((hit) => {
      if (rules.has(hit.rule)) return false;
      const { ofLine } = this.#rule(hit.rule);
      return ofLine.length === 0 || !isAllowed(ofLine, lineOf(bytes, hit.start, hit.end), path);
    });
    if (rules.size === 0) return standing;
    const asked = this.#exactly(bytes, path).filter(({ rule }) => rules.has(rule));
    return [...standing, ...asked].sort((a, b) => a.start - b.start);
  }

  #rule(number: number): RuleNeeds {
    let known = this.#rules.get(number);
    if (known === undefined) {
      const rule = this.#rulebook.rules[number];
      known = rule ? { ofPath: pathLists(rule), ofLine: lineLists(rule), needsAll: needsAll(rule) } : NO_NEEDS;
      this.#rules.set(number, known);
    }
    return known;
  }

  #isRefused(number: number, path: string): boolean {
    const key = `${number} ${path}`;
    let refused = this.#refused.get(key);
    if (refused === undefined) {
      const rule = this.#rulebook.rules[number];
      const text = Buffer.from(path, "latin1").toString("utf8");
      const subject = { secret: "", match: "", line: "", provenance: { kind: "file", path: text } } as const;
      refused =
        rule === undefined ||
        !appliesToPath(rule, text) ||
        this.#rule(number).ofPath.some((list) => allows(list, subject));
      this.#refused.set(key, refused);
    }
    return refused;
  }
}

/** The lines from `start` to `end`. */
function lineOf(bytes: Buffer, start: number, end: number): string {
  const from = start === 0 ? 0 : bytes.lastIndexOf(10, start - 1) + 1;
  const to = bytes.indexOf(10, Math.max(start, end - 1));
  return bytes.toString("latin1", from, to < 0 ? bytes.length : to);
}

function isAllowed(lists: readonly Allowlist[], line: string, path: string): boolean {
  const provenance = { kind: "file", path: Buffer.from(path, "latin1").toString("utf8") } as const;
  return lists.some((list) => allows(list, { secret: "", match: "", line, provenance }));
}
