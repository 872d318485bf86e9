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
  readonly #exactly: (blob: string, path: string) => readonly string[];
  readonly #rules = new Map<number, { readonly lists: readonly Allowlist[]; readonly needsContent: boolean }>();
  readonly #refused = new Map<string, boolean>();
  readonly #counted = new Map<string, ReadonlyMap<string, number>>();

  /** @param exactly scans a blob whole; it gives the key of each candidate. */
  constructor(
    rulebook: Rulebook,
    hitsOf: (blob: string) => readonly Hit[],
    exactly: (blob: string, path: string) => readonly string[],
  ) {
    this.#rulebook = rulebook;
    this.#hitsOf = hitsOf;
    this.#exactly = exactly;
  }

  /** How often each secret counts in the blob when it stands at the path (bytes, one character each). */
  counts(blob: string, path: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    let exact: ReadonlyMap<string, number> | undefined;
    for (const { key, rule } of this.#hitsOf(blob)) {
      if (this.#isRefused(rule, path)) continue;
      if (!this.#rule(rule).needsContent) counts.set(key, (counts.get(key) ?? 0) + 1);
      else if (!counts.has(key)) {
        exact ??= this.#exact(blob, path);
        const count = exact.get(key);
        if (count !== undefined) counts.set(key, count);
      }
    }
    return counts;
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

  #exact(blob: string, path: string): ReadonlyMap<string, number> {
    const key = `${blob} ${path}`;
    let counts = this.#counted.get(key);
    if (counts === undefined) {
      const fresh = new Map<string, number>();
      for (const secret of this.#exactly(blob, path)) fresh.set(secret, (fresh.get(secret) ?? 0) + 1);
      this.#counted.set(key, (counts = fresh));
    }
    return counts;
  }
}
