import type { Provenance } from "../model/fragment.ts";
import type { Allowlist } from "../model/rule.ts";
import { compileRe2, type Re2 } from "./re2.ts";
import { holdsStopWord } from "./stop-words.ts";

/** What an allowlist is held against. Texts are latin1. */
export interface AllowlistSubject {
  readonly secret: string;
  readonly match: string;
  readonly line: string;
  readonly provenance: Provenance;
}

interface Compiled {
  readonly paths: readonly Re2[];
  readonly regexes: readonly Re2[];
}

const compiled = new WeakMap<Allowlist, Compiled>();

/** Throws `rule-invalid`; `where` names the rule. */
export function compileAllowlist(allowlist: Allowlist, where: string): Compiled {
  const known = compiled.get(allowlist);
  if (known !== undefined) return known;
  const fresh = {
    paths: allowlist.paths.map((path) => compileRe2(path, `${where}, allowlist path`)),
    regexes: allowlist.regexes.map((regex) => compileRe2(regex, `${where}, allowlist regex`)),
  };
  compiled.set(allowlist, fresh);
  return fresh;
}

const bytesOf = (text: string) => Buffer.from(text, "utf8").toString("latin1");

/** One part of an allowlist that holds for a subject: its kind, and the pattern, commit or word itself. */
export interface HeldPart {
  readonly kind: "path" | "commit" | "regex" | "stop word";
  readonly what: string;
}

/** Which parts of the allowlist hold. For people; whether they are enough is what `allows` says. */
export function heldParts(allowlist: Allowlist, subject: AllowlistSubject): HeldPart[] {
  const { paths, regexes } = compileAllowlist(allowlist, "allowlist");
  const path = bytesOf(subject.provenance.path ?? "");
  const commit = subject.provenance.commit?.toLowerCase();
  const folded = subject.secret.toLowerCase();
  const of = (kind: HeldPart["kind"], list: readonly string[], holds: (what: string, index: number) => boolean) =>
    list.filter(holds).map((what) => ({ kind, what }));
  return [
    ...of("path", allowlist.paths, (_, index) => paths[index]?.test(path) ?? false),
    ...of("commit", allowlist.commits, (allowed) => allowed.toLowerCase() === commit),
    ...of("regex", allowlist.regexes, (_, index) => regexes[index]?.test(subject[allowlist.target]) ?? false),
    ...of("stop word", allowlist.stopWords, (word) => folded.includes(word)),
  ];
}

/** Whether the allowlist says that the subject is not to be reported. An allowlist without any part allows nothing. */
export function allows(allowlist: Allowlist, subject: AllowlistSubject): boolean {
  const { paths, regexes } = compileAllowlist(allowlist, "allowlist");
  const parts: boolean[] = [];
  if (paths.length > 0) {
    const path = bytesOf(subject.provenance.path ?? "");
    parts.push(paths.some((pattern) => pattern.test(path)));
  }
  if (allowlist.commits.length > 0) {
    const commit = subject.provenance.commit?.toLowerCase();
    parts.push(allowlist.commits.some((allowed) => allowed.toLowerCase() === commit));
  }
  if (regexes.length > 0) parts.push(regexes.some((pattern) => pattern.test(subject[allowlist.target])));
  if (allowlist.stopWords.length > 0) parts.push(holdsStopWord(subject.secret, allowlist.stopWords));
  if (parts.length === 0) return false;
  return allowlist.condition === "and" ? parts.every(Boolean) : parts.some(Boolean);
}
