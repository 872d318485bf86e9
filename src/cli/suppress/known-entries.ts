import type { Candidate } from "../../model/candidate.ts";
import type { Secret } from "../../model/secret.ts";
import type { Suppression } from "../../report/row.ts";
import type { IgnoreEntry } from "./ignore-entry.ts";
import { ignoreDigest } from "./ignore-key.ts";

/** A finding that a command works with. */
export interface Gathered {
  readonly candidate: Candidate;
  readonly paths: readonly string[];
  readonly match: Secret;
  /** What a digest of it is made of. */
  readonly content: string;
  readonly reason?: Suppression;
}

/** Entries for findings, one a secret and rule. `says` gives the reason. */
export function entriesFor(
  findings: readonly Gathered[],
  key: Buffer,
  owner: string | undefined,
  says: (finding: Gathered) => string,
): IgnoreEntry[] {
  const entries = new Map<string, IgnoreEntry>();
  for (const finding of findings) {
    const { id } = finding.candidate.rule;
    const known = `${id} ${finding.content}`;
    if (entries.has(known)) continue;
    const digest = ignoreDigest(finding.content, key);
    entries.set(known, { digest, rule: id, ...(owner !== undefined && { owner }), reason: says(finding) });
  }
  return [...entries.values()];
}
