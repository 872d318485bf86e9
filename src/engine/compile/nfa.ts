import { setId, type ByteSet } from "../regex/byte-set.ts";
import type { Assertion, Node } from "../regex/node.ts";

/** Patterns that unroll to more steps than this are not made into automata. */
const MAX_STEPS = 60_000;

/** What a step does. */
export const STEP = { match: 0, byte: 1, split: 2, assertion: 3 } as const;

/** The step that is a match; there is one, made first. */
export const MATCH_STEP = 0;

const ASSERTIONS = ["text-start", "text-end", "line-start", "line-end", "word-boundary", "not-word-boundary"] as const;

/** A Thompson automaton, counted repeats unrolled. Steps are numbers, columns say what each of them is. */
export interface Nfa {
  readonly start: number;
  /** How many steps there are. */
  readonly size: number;
  /** One of `STEP`. */
  readonly kinds: Uint8Array;
  /** Of a byte step, the index of its set in `sets`; of an assertion, its index; of a split, where its branches begin. */
  readonly args: Int32Array;
  /** The step after it; of a split, where its branches end. */
  readonly nexts: Int32Array;
  /** Steps that splits go on at without a byte; earlier ones are preferred. */
  readonly branches: Int32Array;
  /** The sets that are read, each once. */
  readonly sets: readonly ByteSet[];
  /**
   * Of a step in one of the copies that an optional counted repeat unrolls to: a number that it shares with the same step of the
   * other copies, else 0; and how many further copies may follow. What matches from one with more to follow matches all that
   * one with fewer does.
   */
  readonly families: Int32Array;
  readonly ranks: Int32Array;
  /** The steps at which groups begin and end, splits of one, where they are kept: twice the group's index, and one more for its end. */
  readonly edges: ReadonlyMap<number, number>;
  /** 1 for the byte steps before whose byte the match ends. */
  readonly closes: Uint8Array;
}

export const assertionOf = (nfa: Nfa, step: number): Assertion => ASSERTIONS[nfa.args[step]!]!;

const built = new WeakMap<Node, Nfa | undefined>();

/** Undefined when the pattern unrolls to too many steps. A pattern's automaton is made once: several ask for it. */
export function buildNfa(node: Node): Nfa | undefined {
  if (!built.has(node)) built.set(node, unroll(node, false));
  return built.get(node);
}

/** The same with the steps at which groups begin and end. */
export const buildNfaWithGroups = (node: Node): Nfa | undefined => unroll(node, true);

function unroll(node: Node, keepsGroups: boolean): Nfa | undefined {
  const kinds: number[] = [STEP.match];
  const args: number[] = [0];
  const nexts: number[] = [0];
  const branches: number[] = [];
  const sets: ByteSet[] = [];
  const idOfSet = new Map<number, number>();
  const edges = new Map<number, number>();
  const closing: number[] = [];
  const copies: { readonly begin: number; readonly end: number; readonly family: number; readonly rank: number }[] = [];
  let families = 1;

  const add = (kind: number, arg: number, next: number): number => {
    kinds.push(kind);
    args.push(arg);
    return nexts.push(next) - 1;
  };
  const addByte = ({ set, closes }: Node & { kind: "set" }, next: number): number => {
    const step = add(STEP.byte, setIndex(set), next);
    if (closes) closing.push(step);
    return step;
  };
  const setIndex = (set: ByteSet): number => {
    const key = setId(set);
    let id = idOfSet.get(key);
    if (id === undefined) {
      id = sets.push(set) - 1;
      idOfSet.set(key, id);
    }
    return id;
  };

  /** The number of a step that matches `part` and goes on at `next`. Built from the end to the beginning. */
  const build = (part: Node, next: number): number => {
    if (kinds.length > MAX_STEPS) return next;
    switch (part.kind) {
      case "set":
        return addByte(part, next);
      case "assertion":
        return add(STEP.assertion, ASSERTIONS.indexOf(part.assertion), next);
      case "group":
        return keepsGroups ? buildGroup(part, next) : build(part.node, next);
      case "sequence": {
        let after = next;
        for (let i = part.nodes.length - 1; i >= 0; i--) after = build(part.nodes[i]!, after);
        return after;
      }
      case "choice": {
        const firsts = part.nodes.map((branch) => build(branch, next));
        const begin = branches.length;
        for (const first of firsts) branches.push(first);
        return add(STEP.split, begin, branches.length);
      }
      case "repeat":
        return buildRepeat(part, next);
    }
  };

  const edge = (slot: number, next: number): number => {
    const begin = branches.push(next) - 1;
    const step = add(STEP.split, begin, begin + 1);
    edges.set(step, slot);
    return step;
  };

  const buildGroup = ({ node: inner, index }: Node & { kind: "group" }, next: number): number =>
    edge(2 * index, build(inner, edge(2 * index + 1, next)));

  const split = (lazy: boolean, more: number, leave: number): number => {
    const begin = branches.push(lazy ? leave : more, lazy ? more : leave) - 2;
    return add(STEP.split, begin, begin + 2);
  };

  const buildRepeat = ({ node: inner, min, max, lazy }: Node & { kind: "repeat" }, next: number): number => {
    let after = next;
    if (max === Infinity) {
      after = split(lazy, next, next);
      // Where a round goes on is known once the split is there.
      const begin = args[after]!;
      branches[begin + (lazy ? 1 : 0)] = build(inner, after);
    } else {
      const family = families;
      const copy = (rank: number): void => {
        const begin = kinds.length;
        after = build(inner, after);
        copies.push({ begin, end: kinds.length, family, rank });
        families = Math.max(families, family + kinds.length - begin);
      };
      for (let i = min; i < max; i++) {
        copy(i - min);
        after = split(lazy, after, next);
      }
      // The last copy that must be there goes on as those do that may.
      if (min > 0 && max > min) copy(max - min);
      else if (min > 0) after = build(inner, after);
      for (let i = 1; i < min; i++) after = build(inner, after);
      return after;
    }
    for (let i = 0; i < min; i++) after = build(inner, after);
    return after;
  };

  const start = build(node, MATCH_STEP);
  if (kinds.length > MAX_STEPS) return undefined;
  const familyOf = new Int32Array(kinds.length);
  const ranks = new Int32Array(kinds.length);
  // Copies within copies were noted first: the outermost repeat decides.
  for (const { begin, end, family, rank } of copies) {
    for (let step = begin; step < end; step++) familyOf[step] = family + step - begin;
    ranks.fill(rank, begin, end);
  }
  const closes = new Uint8Array(kinds.length);
  for (const step of closing) closes[step] = 1;
  return {
    start,
    size: kinds.length,
    kinds: new Uint8Array(kinds),
    args: new Int32Array(args),
    nexts: new Int32Array(nexts),
    branches: new Int32Array(branches),
    sets,
    families: familyOf,
    ranks,
    edges,
    closes,
  };
}
