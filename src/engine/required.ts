import type { Candidate, Span } from "../model/candidate.ts";
import type { RequiredRule } from "../model/rule.ts";

const gap = (aFirst: number, aLast: number, bFirst: number, bLast: number) =>
  Math.max(0, bFirst - aLast, aFirst - bLast);

function isNear(a: Span, b: Span, { withinLines, withinColumns }: RequiredRule): boolean {
  if (withinLines !== undefined && gap(a.startLine, a.endLine, b.startLine, b.endLine) > withinLines) return false;
  return withinColumns === undefined || gap(a.startColumn, a.endColumn, b.startColumn, b.endColumn) <= withinColumns;
}

/** Spans in the order of where they begin, by line or by column, so that only those near enough are looked at. */
class Along {
  readonly #spans: readonly Span[];
  readonly #first: "startLine" | "startColumn";
  readonly #last: "endLine" | "endColumn";
  readonly #longest: number;

  constructor(spans: readonly Span[], by: "Line" | "Column") {
    this.#first = `start${by}`;
    this.#last = `end${by}`;
    this.#spans = spans.toSorted((a, b) => a[this.#first] - b[this.#first]);
    this.#longest = spans.reduce((most, span) => Math.max(most, span[this.#last] - span[this.#first]), 0);
  }

  /** All that are within a distance of `span`, and perhaps more: from one index up to another. */
  range(span: Span, within: number | undefined): readonly [from: number, to: number] {
    if (within === undefined) return [0, this.#spans.length];
    return [
      this.#firstFrom(span[this.#first] - within - this.#longest),
      this.#firstFrom(Math.max(span[this.#first], span[this.#last]) + within + 1),
    ];
  }

  some([from, to]: readonly [number, number], holds: (span: Span) => boolean): boolean {
    for (let i = from; i < to; i++) if (holds(this.#spans[i]!)) return true;
    return false;
  }

  #firstFrom(place: number): number {
    let [low, high] = [0, this.#spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#spans[middle]![this.#first] < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Drops candidates whose rule requires others that are not near, and those that only served as such. */
export function keepRequired(candidates: readonly Candidate[]): Candidate[] {
  const known = new Map<string, { readonly lines: Along; readonly columns: Along }>();
  const spansOf = (id: string) => {
    let along = known.get(id);
    if (along === undefined) {
      const spans = candidates.filter(({ rule }) => rule.id === id).map(({ match }) => match);
      known.set(id, (along = { lines: new Along(spans, "Line"), columns: new Along(spans, "Column") }));
    }
    return along;
  };
  return candidates.filter(({ rule, match }) => {
    if (rule.skipReport === true) return false;
    return (rule.required ?? []).every((required) => {
      const { lines, columns } = spansOf(required.id);
      const byLine = lines.range(match, required.withinLines);
      const byColumn = columns.range(match, required.withinColumns);
      const [along, range] = byLine[1] - byLine[0] <= byColumn[1] - byColumn[0] ? [lines, byLine] : [columns, byColumn];
      return along.some(range, (other) => isNear(match, other, required));
    });
  });
}
