import { PatrolError } from "../../model/errors.ts";
import { setId, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, repeatsNothing, type Node } from "../regex/node.ts";
import { buildAutomaton, type Automaton } from "./automaton.ts";
import { beyondOf, type Beyond } from "./beyond.ts";
import { gapOf, type Gap } from "./gap.ts";
import { LEAST_NEAR, reachOf, type Reach } from "./reach.ts";
import { relax } from "./relax.ts";
import { costOf, sequenceChoices, type Sequence } from "./sequences.ts";
import { LEAST_RUN, tokenRunsOf, type TokenRun } from "./token-run.ts";

/** Above this many states a table is too large to bake; about 200 KB. */
const MAX_STATES = 6000;
/**
 * Least bytes of a pattern that a filter asks for, the most optional copies of a repeat that it counts, and how many states it may
 * have.
 */
const FILTERS = [
  [16, Infinity, 700],
  [11, Infinity, 2000],
  [40, undefined, 1500],
  [12, undefined, 1500],
] as const;
/**
 * A larger table than this, in states, lies in the second-level cache, and nearly all texts that lead into it leave it soon. A
 * small one that asks for the first bytes only stands before it.
 */
const LARGE = 700;
const GUARD_DEPTH = 12;
const MAX_GUARD_STATES = 400;
/** Where a range has no more starts than this, the rule's own automaton tries them at once, and no filter is needed. */
const NARROW = 4;
/** A sequence that stops the scan at more than this share of positions is refused. */
const MAX_COST = 0.05;
/** What it is worth, as a share of positions, that the anchor stands at a known distance from the start. */
const FIXED_BONUS = 0.0005;

/**
 * How exact spans are found once a sequence stands somewhere. The anchor is a place at a known distance from it.
 * - `start`: the anchor is the start of the match; the automaton of the whole pattern gives the end.
 * - `run-back`: before the anchor only `[set]{0,max}?` may stand, so the start is the run of that set before it.
 * - `range`: the start is `before.min` to `before.max` bytes before the anchor; each is tried from the left.
 * - `confirm`: the automaton would be too large; one whose states are made as a text needs them decides on the range.
 */
export type SpanKind = "start" | "run-back" | "range" | "confirm";

export interface PlannedSequence {
  readonly sets: readonly ByteSet[];
  /** Where the first set stands, counted from the anchor; negative before it. */
  readonly offset: number;
  /** Must accept from the anchor on; a superset of the truth, undefined where none fits or none is needed. */
  readonly filter: Automaton | undefined;
  /** What must stand behind the sequence, from `gapAt` on, counted from the anchor; asked for before any automaton. */
  readonly gap: Gap | undefined;
  /** Where there is no such gap: what must stand behind a wide one that begins at `gapAt`. */
  readonly beyond: Beyond | undefined;
  readonly gapAt: number;
  /** Runs of token bytes that are sure to stand in and behind the sequence. */
  readonly tokenRuns: readonly TokenRun[];
}

export interface Plan {
  readonly kind: SpanKind;
  readonly pattern: Node;
  readonly sequences: readonly PlannedSequence[];
  /** Of the whole pattern, or for `run-back` of what follows the run. Undefined for `confirm`. */
  readonly automaton: Automaton | undefined;
  /** Must accept from the anchor on before `automaton` is asked; undefined where that is small enough itself. */
  readonly guard: Automaton | undefined;
  /** `run-back` only: the set of the run. */
  readonly run: ByteSet | undefined;
  /** Bytes between the start of a match and its anchor. */
  readonly before: { readonly min: number; readonly max: number };
  readonly length: { readonly min: number; readonly max: number };
  readonly reach: Reach;
}

/** Throws `rule-invalid` when the pattern has nothing that a scan could look for. */
export function planRule(ruleId: string, pattern: Node, cost: (sets: readonly ByteSet[]) => number): Plan {
  const length = lengthOf(pattern);
  if (length.min === 0) {
    throw new PatrolError(
      "rule-invalid",
      `rule ${ruleId}: the pattern can match nothing at all; give it a part that must be there`,
    );
  }
  if (repeatsNothing(pattern)) {
    throw new PatrolError(
      "rule-invalid",
      `rule ${ruleId}: the pattern repeats a part that can match nothing; let each round take something`,
    );
  }
  const { run, max: runLength, rest } = peelRun(pattern);
  const sequences = cheapest(ruleId, rest, cost);
  const fixed = sequences.every(({ before }) => before.min === before.max);
  const automaton = buildAutomaton(fixed ? rest : pattern, MAX_STATES);
  const reach = reachOf(rest, sequences);
  if (fixed && automaton !== undefined) {
    return {
      kind: run === undefined ? "start" : "run-back",
      pattern,
      sequences: sequences.map((sequence) => ({
        ...placed(sequence, sequence.before.min - sequence.lead, reach, cost),
        filter: undefined,
      })),
      automaton,
      guard:
        automaton.stateCount > LARGE ? buildAutomaton(relax(rest, GUARD_DEPTH), MAX_GUARD_STATES, true) : undefined,
      run,
      before: { min: 0, max: runLength },
      length,
      reach,
    };
  }
  const before = {
    min: Math.min(...sequences.map((sequence) => sequence.before.min)),
    max: Math.max(...sequences.map((sequence) => sequence.before.max)) + runLength,
  };
  const isRange = automaton !== undefined && !fixed;
  const isNarrow = isRange && before.max - before.min <= NARROW;
  return {
    kind: isRange ? "range" : "confirm",
    pattern,
    sequences: sequences.map((sequence) => ({
      ...placed(sequence, -sequence.lead, reach, cost),
      filter: isNarrow ? undefined : filterFor(sequence.suffix),
    })),
    automaton: isRange ? automaton : undefined,
    guard: undefined,
    run: undefined,
    before,
    length,
    reach,
  };
}

function placed(
  { sets, end, rest }: Sequence,
  offset: number,
  reach: Reach,
  cost: (sets: readonly ByteSet[]) => number,
): Omit<PlannedSequence, "filter"> {
  const gap = rest && gapOf(rest);
  const beyond =
    gap === undefined && rest !== undefined
      ? beyondOf(rest, cost, (tail) => buildAutomaton(relax(tail, GUARD_DEPTH), MAX_GUARD_STATES, true))
      : undefined;
  // A run that comes in far behind the anchor of a far rule must not be what the rule is looked for by.
  const tokenRuns = tokenRunsOf(sets, end, rest).filter(
    ({ most }) => reach.kind !== "far" || offset + most + LEAST_RUN <= LEAST_NEAR,
  );
  return { sets, offset, gap, beyond, gapAt: offset + end, tokenRuns };
}

/**
 * A filter that sees far into the pattern and counts as it does, or one that does less and so needs fewer states. What is cut
 * off early but counts goes first: what only opens up reads on and on.
 */
function filterFor(suffix: Node): Automaton | undefined {
  for (const [depth, spread, states] of FILTERS) {
    const filter = buildAutomaton(relax(suffix, depth, spread), states, true);
    if (filter !== undefined) return filter;
  }
  return undefined;
}

function cheapest(ruleId: string, pattern: Node, cost: (sets: readonly ByteSet[]) => number): Sequence[] {
  let best: Sequence[] | undefined;
  let bestCost = Infinity;
  for (const choice of sequenceChoices(pattern, cost)) {
    const isFixed = choice.every(({ before }) => before.min === before.max);
    const total = costOf(choice, cost) + (isFixed ? 0 : FIXED_BONUS);
    if (total < bestCost) [best, bestCost] = [choice, total];
  }
  if (best === undefined || bestCost > MAX_COST) {
    throw new PatrolError(
      "rule-invalid",
      `rule ${ruleId}: the pattern has no part rare enough to look for; add a fixed prefix, a keyword, or a longer run of one class`,
    );
  }
  return best;
}

/** Splits `[set]{0,n}?` (once or several times with the same set) from the front of a pattern. */
function peelRun(pattern: Node): { run: ByteSet | undefined; max: number; rest: Node } {
  const nodes = topLevel(pattern);
  let run: ByteSet | undefined;
  let max = 0;
  let taken = 0;
  for (const node of nodes) {
    if (node.kind !== "repeat" || !node.lazy || node.min !== 0 || node.max > 1000 || node.node.kind !== "set") break;
    if (run !== undefined && setId(run) !== setId(node.node.set)) break;
    run = node.node.set;
    max += node.max;
    taken++;
  }
  return { run, max, rest: taken === 0 ? pattern : { kind: "sequence", nodes: nodes.slice(taken) } };
}

/** The parts of a pattern, seen through groups and nested sequences; groups at the top lose their number. */
function topLevel(node: Node): readonly Node[] {
  if (node.kind === "sequence")
    return node.nodes.flatMap((part, i) =>
      i === 0 ? topLevel(part) : part.kind === "sequence" ? topLevel(part) : [part],
    );
  if (node.kind === "group") return topLevel(node.node);
  return [node];
}
