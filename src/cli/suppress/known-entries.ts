import type { Gathered } from "../scan/gather.ts";
import type { IgnoreEntry } from "./ignore-entry.ts";
import { ignoreDigest } from "./ignore-key.ts";

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
