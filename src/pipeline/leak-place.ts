import type { LeakPlace } from "../db/leaks.ts";
import type { Rulebook } from "../engine/rulebook.ts";
import type { Candidate } from "../model/candidate.ts";
import { storable } from "./storable.ts";

/** Where the candidate stands, fit to be stored: every text of a stranger's masked. */
export function leakPlace(candidate: Candidate, rulebook: Rulebook): LeakPlace {
  const { provenance, rule, secret, span, decoded } = candidate;
  const clean = (text: string | undefined): string | undefined =>
    text === undefined
      ? undefined
      : storable(
          text.replaceAll(secret.reveal() || "\0", () => `[${rule.id}]`),
          rulebook,
        );
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
