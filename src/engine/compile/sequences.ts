import { complement, intersect, isSubset, setId, union, WORD, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import { flatten, type Element } from "./elements.ts";

/** Sets of a sequence that are kept: more than the fingerprint and the verify table look at, enough to see a run. */
const MAX_SETS = 96;
const MAX_SEQUENCES = 64;
const NOT_WORD = complement(WORD);

/** Consecutive byte sets that every match of a branch of the rule holds at a known distance from its anchor. */
export interface Sequence {
  readonly sets: readonly ByteSet[];
  /** Sets that stand before the anchor: 1 when a word boundary became "no word byte before", else 0. */
  readonly lead: number;
  /** Bytes from the start of the match to the anchor. */
  readonly before: { readonly min: number; readonly max: number };
  /** What matches from the anchor on. */
  readonly suffix: Node;
  /** Sets that stand for bytes of the match; behind them at most one says what may follow a word boundary. */
  readonly end: number;
  /** What of the suffix follows those sets; undefined where they are cut short. */
  readonly rest: readonly Node[] | undefined;
}

/**
 * The ways to look for a pattern: each a list of sequences of which every match holds at least one. The caller takes the
 * cheapest by measured frequency. `cost` is the share of positions at which a sequence would be taken for present.
 */
export function sequenceChoices(pattern: Node, cost: (sets: readonly ByteSet[]) => number): Sequence[][] {
  const elements = flatten(pattern);
  if (elements.length === 1 && elements[0]!.kind === "gap") {
    const inner = branchesOf(elements[0]!.node, cost, NO_BOUNDARIES);
    return inner === undefined ? [] : [inner];
  }
  const choices: Sequence[][] = [];
  let before = { min: 0, max: 0 };
  elements.forEach((element, i) => {
    // Behind a part without a bound nothing tells where the match began.
    if (before.max === Infinity) return;
    if (element.kind === "gap") {
      const inner = branchesOf(element.node, cost, boundariesAround(elements, i));
      if (inner !== undefined) {
        const rest = suffixFrom(elements, i + 1);
        choices.push(
          inner.map((sequence) => ({
            ...sequence,
            before: { min: sequence.before.min + before.min, max: sequence.before.max + before.max },
            suffix: { kind: "sequence", nodes: [sequence.suffix, rest] },
            rest: sequence.rest && [...sequence.rest, rest],
          })),
        );
      }
    } else if (i === 0 || elements[i - 1]!.kind === "gap") {
      const expanded = expand(elements, i, i === 0 ? undefined : elements[i - 1]!.node);
      if (expanded !== undefined) {
        const suffix = suffixFrom(elements, i);
        choices.push(expanded.map((sequence) => ({ ...sequence, before, suffix })));
      }
    }
    const { min, max } = lengthOf(element.node);
    before = { min: before.min + min, max: before.max + max };
  });
  return choices;
}

export const costOf = (choice: readonly Sequence[], cost: (sets: readonly ByteSet[]) => number): number =>
  choice.reduce((sum, sequence) => sum + cost(sequence.sets), 0);

/** Word boundaries that stand before and behind a part, so that what is found of it is preceded or followed by no word byte. */
interface Boundaries {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
}

const NO_BOUNDARIES: Boundaries = { before: [], after: [] };

function boundariesAround(elements: readonly Element[], i: number): Boundaries {
  const at = (index: number): Node[] => (elements[index]?.kind === "boundary" ? [elements[index].node] : []);
  return { before: at(i - 1), after: at(i + 1) };
}

/** The best sequences of every branch of a choice together, or undefined when a branch has none. */
function branchesOf(
  node: Node,
  cost: (sets: readonly ByteSet[]) => number,
  boundaries: Boundaries,
): Sequence[] | undefined {
  if (node.kind === "group") return branchesOf(node.node, cost, boundaries);
  if (node.kind !== "choice") return undefined;
  const { before, after } = boundaries;
  const all: Sequence[] = [];
  for (const branch of node.nodes) {
    const choices = sequenceChoices({ kind: "sequence", nodes: [...before, branch, ...after] }, cost);
    if (choices.length === 0) return undefined;
    all.push(...choices.reduce((best, choice) => (costOf(choice, cost) < costOf(best, cost) ? choice : best)));
  }
  return all.length <= MAX_SEQUENCES ? all : undefined;
}

function suffixFrom(elements: readonly Element[], first: number): Node {
  return { kind: "sequence", nodes: elements.slice(first).map((element) => element.node) };
}

/** A sequence that is being put together. */
interface Partial {
  readonly sets: ByteSet[];
  lead: number;
  /** A word boundary stands here and the next set is not known yet. */
  atBoundary: boolean;
}

const copyOf = ({ sets, lead, atBoundary }: Partial): Partial => ({ sets: [...sets], lead, atBoundary });

type Expanded = Pick<Sequence, "sets" | "lead" | "end" | "rest">;

/** The sequences of the elements from `first` up to the next gap; `gap` stands before them. */
function expand(elements: readonly Element[], first: number, gap: Node | undefined): Expanded[] | undefined {
  const next = elements[first]!;
  const before = gap && bytesAtEnd(gap, next.kind === "set" && isSubset(next.set, WORD));
  let partials: Partial[] = [
    before === undefined ? { sets: [], lead: 0, atBoundary: false } : { sets: [before], lead: 1, atBoundary: false },
  ];
  let i = first;
  for (; i < elements.length; i++) {
    const element = elements[i]!;
    if (element.kind === "gap") break;
    if (element.kind === "set") for (const partial of partials) append(partial, element.set);
    if (element.kind === "boundary") for (const partial of partials) partial.atBoundary = true;
    if (element.kind === "branches") {
      if (partials.length * element.branches.length > MAX_SEQUENCES) break;
      partials = partials.flatMap((partial) =>
        element.branches.map((branch) => {
          const longer = copyOf(partial);
          for (const set of branch) append(longer, set);
          return longer;
        }),
      );
    }
    if (partials.every(({ sets }) => sets.length >= MAX_SETS)) break;
  }
  const isCut = partials.some(({ sets }) => sets.length >= MAX_SETS);
  const rest = isCut ? undefined : elements.slice(i).map(({ node }) => node);
  const finished = partials.map((partial) => {
    const last = partial.sets.at(-1);
    const closed = partial.atBoundary && last !== undefined && isSubset(last, WORD) && partial.sets.length < MAX_SETS;
    const { sets, lead } = partial;
    return { sets: closed ? [...sets, NOT_WORD] : sets, lead, end: sets.length, rest };
  });
  return finished.some(({ sets }) => sets.length < 2) ? undefined : mergeAlike(finished);
}

/**
 * The bytes that can stand last in what the node matches, or before it where it is a word boundary and a word byte follows.
 * Undefined when that may be any byte.
 */
function bytesAtEnd(node: Node, wordFollows: boolean): ByteSet | undefined {
  switch (node.kind) {
    case "set":
      return node.set;
    case "group":
      return bytesAtEnd(node.node, wordFollows);
    case "sequence":
      return node.nodes.length === 0 ? undefined : bytesAtEnd(node.nodes.at(-1)!, wordFollows);
    case "choice": {
      const branches = node.nodes.map((branch) => bytesAtEnd(branch, wordFollows));
      return branches.reduce((all, set) => all && set && union(all, set));
    }
    case "repeat":
      return node.min > 0 ? bytesAtEnd(node.node, wordFollows) : undefined;
    case "assertion":
      return node.assertion === "word-boundary" && wordFollows ? NOT_WORD : undefined;
  }
}

/** One set more. A word boundary before it narrows the set before, or adds one at the very beginning. */
function append(partial: Partial, set: ByteSet): void {
  const { sets } = partial;
  if (sets.length >= MAX_SETS) return;
  if (partial.atBoundary && sets.length > 0) {
    const other = isSubset(set, WORD) ? NOT_WORD : isSubset(set, NOT_WORD) ? WORD : undefined;
    if (other !== undefined) sets[sets.length - 1] = intersect(sets.at(-1)!, other);
  } else if (partial.atBoundary && isSubset(set, WORD)) {
    sets.push(NOT_WORD);
    partial.lead = 1;
  }
  sets.push(set);
  partial.atBoundary = false;
}

/** Joins sequences that differ in one place only: `sk_live` and `pk_live` become one with a wider first set. */
function mergeAlike(sequences: readonly Expanded[]): Expanded[] {
  const merged = [...sequences];
  for (let a = 0; a < merged.length; a++) {
    for (let b = a + 1; b < merged.length; b++) {
      const x = merged[a]!;
      const y = merged[b]!;
      if (x.sets.length !== y.sets.length || x.lead !== y.lead || x.end !== y.end) continue;
      const at = x.sets.findIndex((set, i) => setId(set) !== setId(y.sets[i]!));
      if (x.sets.some((set, i) => i > at && at >= 0 && setId(set) !== setId(y.sets[i]!))) continue;
      const sets = x.sets.map((set, i) => (i === at ? union(set, y.sets[i]!) : set));
      merged[a] = { ...x, sets };
      merged.splice(b, 1);
      // The joined sequence may now be joined with one that was looked at before.
      a = -1;
      break;
    }
  }
  return merged;
}
