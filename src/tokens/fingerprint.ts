import type { Candidate } from "../model/candidate.ts";
import type { Peppers } from "./peppers.ts";

/**
 * Equal when the same rule finds the same token again at the same place: same repository, commit, path, line and
 * column. Keyed, so that it says nothing of the token; the key is derived (HKDF-SHA256, info `patrol fingerprint`) from
 * the last of the peppers. When that one is taken away, a push delivered again is recorded once more, and nothing else.
 */
export function fingerprintOf(candidate: Candidate, peppers: Peppers): string {
  const { rule, provenance, span, decoded, secret } = candidate;
  const place = [
    rule.id,
    provenance.repositoryId ?? provenance.repository ?? "",
    provenance.commit ?? provenance.object ?? "",
    provenance.kind,
    provenance.path ?? provenance.ref ?? "",
    span.startLine,
    span.startColumn,
    decoded.length,
  ];
  return peppers.fingerprint(JSON.stringify(place), secret);
}
