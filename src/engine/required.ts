import type { Candidate, Span } from "../model/candidate.ts";
import type { RequiredRule } from "../model/rule.ts";

const gap = (aFirst: number, aLast: number, bFirst: number, bLast: number) =>
  Math.max(0, bFirst - aLast, aFirst - bLast);

function isNear(a: Span, b: Span, { withinLines, withinColumns }: RequiredRule): boolean {
  if (withinLines !== undefined && gap(a.startLine, a.endLine, b.startLine, b.endLine) > withinLines) return false;
  return withinColumns === undefined || gap(a.startColumn, a.endColumn, b.startColumn, b.endColumn) <= withinColumns;
}

/** Drops candidates whose rule requires others that are not near, and those that only served as such. */
export function keepRequired(candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ rule, match }) => {
    if (rule.skipReport === true) return false;
    return (rule.required ?? []).every((required) =>
      candidates.some((other) => other.rule.id === required.id && isNear(match, other.match, required)),
    );
  });
}
