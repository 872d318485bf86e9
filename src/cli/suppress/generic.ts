import type { Candidate } from "../../model/candidate.ts";

const isGeneric = ({ rule }: Candidate) => rule.id.toLowerCase().includes("generic");

/**
 * Without the findings of generic rules where a rule that knows the issuer has found the same secret. gitleaks does the
 * same, by the word in the rule's id.
 */
export function withoutShadowed(candidates: readonly Candidate[]): readonly Candidate[] {
  if (!candidates.some(isGeneric)) return candidates;
  const specific = candidates.filter((candidate) => !isGeneric(candidate));
  return candidates.filter(
    (candidate) =>
      !isGeneric(candidate) ||
      !specific.some(
        (other) =>
          other.span.startLine === candidate.span.startLine &&
          other.secret.reveal().includes(candidate.secret.reveal()),
      ),
  );
}
