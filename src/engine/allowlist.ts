import type { Provenance } from "../model/fragment.ts";
import type { Allowlist, Rule } from "../model/rule.ts";
import { withoutFeeds } from "./line-feeds.ts";
import { pathBytes } from "./path.ts";
import { digestOf, isPublished } from "./published.ts";
import { compileRe2, type Re2 } from "./re2.ts";
import { holdsStopWord } from "./stop-words.ts";
import { ManyPatterns } from "./many-patterns.ts";

/** What an allowlist is held against. Texts are latin1. */
export interface AllowlistSubject {
  readonly secret: string;
  readonly match: string;
  readonly line: string;
  readonly provenance: Provenance;
}

interface Compiled {
  readonly paths: readonly Re2[];
  /** Lower case. */
  readonly commits: ReadonlySet<string>;
  readonly regexes: readonly Re2[];
  /** The same, where they are so many that they are asked together. */
  readonly many?: ManyPatterns;
}

/** So few are asked one by one. */
const FEW_PATTERNS = 64;

const compiled = new WeakMap<Allowlist, Compiled>();

/** Throws `rule-invalid`; `where` names the rule. */
export function compileAllowlist(allowlist: Allowlist, where: string): Compiled {
  const known = compiled.get(allowlist);
  if (known !== undefined) return known;
  const regexes = allowlist.regexes.map((regex) => compileRe2(regex, `${where}, allowlist regex`));
  const fresh = {
    paths: allowlist.paths.map((path) => compileRe2(path, `${where}, allowlist path`)),
    commits: new Set(allowlist.commits.map((commit) => commit.toLowerCase())),
    regexes,
    ...(regexes.length > FEW_PATTERNS && { many: new ManyPatterns(allowlist.regexes, regexes) }),
  };
  compiled.set(allowlist, fresh);
  return fresh;
}

/** What patterns said of the text that was asked about last. */
class Answers {
  #text = "";
  #known = new WeakMap<Re2, boolean>();

  holds(pattern: Re2, text: string): boolean {
    if (this.#text !== text) [this.#text, this.#known] = [text, new WeakMap()];
    let answer = this.#known.get(pattern);
    if (answer === undefined) this.#known.set(pattern, (answer = pattern.test(text)));
    return answer;
  }
}

/** One part of an allowlist that holds for a subject: its kind, and the pattern, commit, word or digest itself. */
export interface HeldPart {
  readonly kind: "path" | "commit" | "regex" | "stop word" | "digest";
  readonly what: string;
}

/** What the regexes are held against: of a match not the line feeds at its edges, as in gitleaks. */
const targetOf = ({ target }: Allowlist, subject: AllowlistSubject): string =>
  target === "match" ? subject.match.slice(...withoutFeeds(subject.match, 0, subject.match.length)) : subject[target];

/** Which parts of the allowlist hold. For people; whether they are enough is what `allows` says. */
export function heldParts(allowlist: Allowlist, subject: AllowlistSubject): HeldPart[] {
  const { paths, regexes } = compileAllowlist(allowlist, "allowlist");
  const path = pathBytes(subject.provenance.path ?? "");
  const commit = subject.provenance.commit?.toLowerCase();
  const folded = subject.secret.toLowerCase();
  const digests = allowlist.digests ?? [];
  const own = digests.length > 0 ? digestOf(subject.secret) : undefined;
  const of = (kind: HeldPart["kind"], list: readonly string[], holds: (what: string, index: number) => boolean) =>
    list.filter(holds).map((what) => ({ kind, what }));
  return [
    ...of("path", allowlist.paths, (_, index) => paths[index]?.test(path) ?? false),
    ...of("commit", allowlist.commits, (allowed) => allowed.toLowerCase() === commit),
    ...of("regex", allowlist.regexes, (_, index) => regexes[index]?.test(targetOf(allowlist, subject)) ?? false),
    ...of("stop word", allowlist.stopWords, (word) => folded.includes(word)),
    ...of("digest", digests, (digest) => digest === own),
  ];
}

/** Whether the allowlist says that the subject is not to be reported. An allowlist without any part allows nothing. */
export function allows(allowlist: Allowlist, subject: AllowlistSubject): boolean {
  const { paths, commits, regexes, many } = compileAllowlist(allowlist, "allowlist");
  const parts: boolean[] = [];
  if (paths.length > 0) {
    const path = pathBytes(subject.provenance.path ?? "");
    parts.push(paths.some((pattern) => ofPath.holds(pattern, path)));
  }
  if (commits.size > 0) {
    const { commit } = subject.provenance;
    parts.push(commit !== undefined && commits.has(commit.toLowerCase()));
  }
  if (regexes.length > 0) {
    const text = targetOf(allowlist, subject);
    parts.push(
      text.length >= LONG
        ? regexes.some((pattern) => ofText.holds(pattern, text))
        : many === undefined
          ? regexes.some((pattern) => pattern.test(text))
          : many.hold(text),
    );
  }
  if (allowlist.stopWords.length > 0) parts.push(holdsStopWord(subject.secret, allowlist.stopWords));
  if (allowlist.digests) parts.push(isPublished(subject.secret, allowlist.digests));
  if (parts.length === 0) return false;
  return allowlist.condition === "and" ? parts.every(Boolean) : parts.some(Boolean);
}

/** Longer texts are asked once, however many matches there are on a line. */
const LONG = 1024;
const ofText = new Answers();
/** A file is asked about once, however many matches it has. */
const ofPath = new Answers();

const shared = new WeakMap<readonly Rule[], readonly string[]>();

/** Paths that an allowlist of every rule names and that are enough by themselves. */
function sharedPaths(rules: readonly Rule[]): readonly string[] {
  let paths = shared.get(rules);
  if (paths === undefined) {
    const enough = ({ allowlists }: Rule) =>
      new Set(allowlists.flatMap((list) => (list.condition === "or" || isPathsOnly(list) ? list.paths : [])));
    const [first, ...others] = rules.map(enough);
    paths = [...(first ?? [])].filter((path) => others.every((of) => of.has(path)));
    shared.set(rules, paths);
  }
  return paths;
}

const isPathsOnly = ({ commits, regexes, stopWords }: Allowlist) =>
  commits.length + regexes.length + stopWords.length === 0;

/** Whether no rule reports anything of this path, whatever stands there. */
export function allowsWholePath(rules: readonly Rule[], { path }: Provenance): boolean {
  if (path === undefined) return false;
  const bytes = pathBytes(path);
  return sharedPaths(rules).some((pattern) => wholePath(pattern).test(bytes));
}

const wholePaths = new Map<string, Re2>();

function wholePath(pattern: string): Re2 {
  let compiledPath = wholePaths.get(pattern);
  if (compiledPath === undefined)
    wholePaths.set(pattern, (compiledPath = compileRe2(pattern, "allowlist of every rule, path")));
  return compiledPath;
}
