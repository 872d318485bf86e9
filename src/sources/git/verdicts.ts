// What rules say of the hits of a blob at a path, without reading it again where that can be told.
import { allows } from "../../engine/allowlist.ts";
import { appliesToPath } from "../../engine/path.ts";
import type { Rulebook } from "../../engine/rulebook.ts";
import type { Allowlist, Rule } from "../../model/rule.ts";
import type { Hit } from "./hit.ts";

/** Whether more than the match itself, the file's path and its keywords decides. */
function needsContent({ required, allowlists }: Rule): boolean {
  if (required !== undefined) return true;
  return allowlists.some(
    ({ target, condition, regexes, paths, commits }) =>
      (target === "line" && regexes.length > 0) || (condition === "and" && (paths.length > 0 || commits.length > 0)),
  );
}

/** The part of the rule's allowlists that a path alone decides. */
function pathLists({ allowlists }: Rule): Allowlist[] {
  return allowlists
    .filter(({ condition, paths }) => condition === "or" && paths.length > 0)
    .map((list) => ({ ...list, commits: [], regexes: [], stopWords: [] }));
}

export class Verdicts {
  readonly #rulebook: Rulebook;
  readonly #hitsOf: (blob: string) => readonly Hit[];
  readonly #exactly: (blob: string, path: string) => readonly Hit[];
  readonly #rules = new Map<number, { readonly lists: readonly Allowlist[]; readonly needsContent: boolean }>();
  readonly #refused = new Map<string, boolean>();
  readonly #read = new Map<string, readonly Hit[]>();

  /** @param exactly scans a blob whole; it gives each candidate as a hit. */
  constructor(
    rulebook: Rulebook,
    hitsOf: (blob: string) => readonly Hit[],
    exactly: (blob: string, path: string) => readonly Hit[],
  ) {
    this.#rulebook = rulebook;
    this.#hitsOf = hitsOf;
    this.#exactly = exactly;
  }

  /** The blob's hits that count when it stands at the path (bytes, one character each). */
  standing(blob: string, path: string): readonly Hit[] {
    const hits = this.#hitsOf(blob);
    if (hits.length === 0) return hits;
    const verdicts = new Map<number, "stands" | "refused" | "asks">();
    for (const { rule } of hits) {
      if (verdicts.has(rule)) continue;
      const verdict = this.#isRefused(rule, path) ? "refused" : this.#rule(rule).needsContent ? "asks" : "stands";
      verdicts.set(rule, verdict);
    }
    const all = new Set(verdicts.values());
    if (all.size === 1 && all.has("stands")) return hits;
    const standing = hits.filter(({ rule }) => verdicts.get(rule) === "stands");
    if (!all.has("asks")) return standing;
    const asked = this.#exact(blob, path).filter(({ rule }) => verdicts.get(rule) === "asks");
    return [...standing, ...asked].sort((a, b) => a.start - b.start);
  }

  #rule(number: number) {
    let known = this.#rules.get(number);
    if (known === undefined) {
      const rule = this.#rulebook.rules[number];
      known = { lists: rule ? pathLists(rule) : [], needsContent: rule !== undefined && needsContent(rule) };
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
        this.#rule(number).lists.some((list) => allows(list, subject));
      this.#refused.set(key, refused);
    }
    return refused;
  }

  #exact(blob: string, path: string): readonly Hit[] {
    const key = `${blob} ${path}`;
    let hits = this.#read.get(key);
    if (hits === undefined) this.#read.set(key, (hits = this.#exactly(blob, path)));
    return hits;
  }
}
