import type { Candidate } from "../../model/candidate.ts";

const isGeneric = ({ rule }: Candidate) => rule.id.toLowerCase().includes("generic");

/** The secrets in a line that rules found which know their issuer: to ask whether one of them holds another text. */
class Known {
  readonly #secrets = new Set<string>();
  #all: string | undefined;

  add(secret: string): void {
    this.#secrets.add(secret);
    this.#all = undefined;
  }

  hold(text: string): boolean {
    // A line may have thousands on either side, and mostly they are the same.
    if (this.#secrets.has(text)) return true;
    this.#all ??= [...this.#secrets].join("\0");
    if (!this.#all.includes(text)) return false;
    return !text.includes("\0") || [...this.#secrets].some((secret) => secret.includes(text));
  }
}

/**
 * Without the findings of generic rules where a rule that knows the issuer has found the same secret. gitleaks does the
 * same, by the word in the rule's id.
 */
export function withoutShadowed(candidates: readonly Candidate[]): readonly Candidate[] {
  if (!candidates.some(isGeneric)) return candidates;
  const byLine = new Map<number, Known>();
  for (const candidate of candidates) {
    if (isGeneric(candidate)) continue;
    const { startLine } = candidate.span;
    const known = byLine.get(startLine) ?? new Known();
    byLine.set(startLine, known);
    known.add(candidate.secret.reveal());
  }
  return candidates.filter(
    (candidate) =>
      !isGeneric(candidate) || byLine.get(candidate.span.startLine)?.hold(candidate.secret.reveal()) !== true,
  );
}
