import type { LeakPlace } from "../db/leaks.ts";
import { mask } from "../engine/mask.ts";
import type { Rulebook } from "../engine/rulebook.ts";
import type { Candidate } from "../model/candidate.ts";

const MAX_LENGTH = 1_024;

/** Where the candidate stands, fit to be stored: every text of a stranger's masked, storable and of bounded length. */
export function leakPlace(candidate: Candidate, rulebook: Rulebook): LeakPlace {
  const { provenance, rule, secret, span, decoded } = candidate;
  const clean = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const masked = mask(text, rulebook).replaceAll(secret.reveal() || "\0", `[${rule.id}]`);
    // PostgreSQL stores no NUL, and the audit log hashes no half characters.
    const storable = masked.replace(/[\0\p{Surrogate}]/gu, "\ufffd");
    return storable.length <= MAX_LENGTH ? storable : `${[...storable].slice(0, MAX_LENGTH - 1).join("")}…`;
  };
  const { author } = provenance;
  return {
    kind: provenance.kind,
    repositoryId: provenance.repositoryId,
    repository: clean(provenance.repository),
    exposure: provenance.exposure,
    commit: provenance.commit,
    object: provenance.object,
    path: clean(provenance.path ?? provenance.ref),
    line: span.startLine,
    column: span.startColumn,
    decoded,
    author: author && clean(`${author.name} <${author.email}>`),
    authoredAt: isTime(provenance.authoredAt) ? provenance.authoredAt : undefined,
  };
}

/** A commit may claim any time at all; what PostgreSQL cannot hold is not worth failing for. */
const isTime = (at: Date | undefined) => at !== undefined && at.getTime() > 0 && at.getUTCFullYear() < 10_000;
