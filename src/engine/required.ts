import type { Candidate, Span } from "../model/candidate.ts";
import { firstAfter } from "../model/first-after.ts";
import type { RequiredRule } from "../model/rule.ts";

const gap = (aFirst: number, aLast: number, bFirst: number, bLast: number) =>
  Math.max(0, bFirst - aLast, aFirst - bLast);

function isNear(a: Span, b: Span, { withinLines, withinColumns }: RequiredRule): boolean {
  if (withinLines !== undefined && gap(a.startLine, a.endLine, b.startLine, b.endLine) > withinLines) return false;
  return withinColumns === undefined || gap(a.startColumn, a.endColumn, b.startColumn, b.endColumn) <= withinColumns;
}

/** Of what a rule requires so many matches are told, so that a text full of them costs no more than reading it. */
const MOST_TOLD = 10;

/** Candidates in the order of where their matches begin, by line or by column, so that only those near enough are looked at. */
class Along {
  readonly #candidates: readonly Candidate[];
  readonly #first: "startLine" | "startColumn";
  readonly #last: "endLine" | "endColumn";
  readonly #longest: number;

  constructor(candidates: readonly Candidate[], by: "Line" | "Column") {
    this.#first = `start${by}`;
    this.#last = `end${by}`;
    this.#candidates = candidates.toSorted((a, b) => a.match[this.#first] - b.match[this.#first]);
    this.#longest = candidates.reduce((most, { match }) => Math.max(most, match[this.#last] - match[this.#first]), 0);
  }

  /** All that are within a distance of `span`, and perhaps more: from one index up to another. */
  range(span: Span, within: number | undefined): readonly [from: number, to: number] {
    if (within === undefined) return [0, this.#candidates.length];
    return [
      this.#firstFrom(span[this.#first] - within - this.#longest),
      this.#firstFrom(Math.max(span[this.#first], span[this.#last]) + within + 1),
    ];
  }

  /** Those in a range that are near, or the first of them. */
  near([from, to]: readonly [number, number], holds: (span: Span) => boolean): Candidate[] {
    const found: Candidate[] = [];
    for (let i = from; i < to && found.length < MOST_TOLD; i++) {
      const candidate = this.#candidates[i]!;
      if (holds(candidate.match)) found.push(candidate);
    }
    return found;
  }

  #firstFrom(place: number): number {
    return firstAfter(0, this.#candidates.length, (index) => this.#candidates[index]!.match[this.#first] < place);
  }
}

/** Drops candidates whose rule requires others that are not near, and those that only served as such. */
export function keepRequired(candidates: readonly Candidate[]): Candidate[] {
  const known = new Map<string, { readonly lines: Along; readonly columns: Along }>();
  const candidatesOf = (id: string) => {
    let along = known.get(id);
    if (along === undefined) {
      const all = candidates.filter(({ rule }) => rule.id === id);
      known.set(id, (along = { lines: new Along(all, "Line"), columns: new Along(all, "Column") }));
    }
    return along;
  };
  return candidates.flatMap((candidate) => {
    const { rule, match } = candidate;
    if (rule.skipReport === true) return [];
    if (rule.required === undefined) return [candidate];
    const required: Candidate[] = [];
    for (const one of rule.required) {
      const { lines, columns } = candidatesOf(one.id);
      const byLine = lines.range(match, one.withinLines);
      const byColumn = columns.range(match, one.withinColumns);
      const [along, range] = byLine[1] - byLine[0] <= byColumn[1] - byColumn[0] ? [lines, byLine] : [columns, byColumn];
      const near = along.near(range, (other) => isNear(match, other, one));
      if (near.length === 0) return [];
      required.push(...near.sort((a, b) => a.match.start - b.match.start));
    }
    return [{ ...candidate, required }];
  });
}
