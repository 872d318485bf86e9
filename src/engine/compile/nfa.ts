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
  if (!built.has(node)) built.set(node, new Unrolling(false).of(node));
  return built.get(node);
}

/** The same with the steps at which groups begin and end. */
export const buildNfaWithGroups = (node: Node): Nfa | undefined => new Unrolling(true).of(node);

/** One of the copies of what an optional counted repeat holds: its steps, the number that the first of them shares, and how many copies may follow. */
interface Copy {
  readonly begin: number;
  readonly end: number;
  readonly family: number;
  readonly rank: number;
}

/** The steps of a pattern as they are made, from its end to its beginning. */
class Unrolling {
  readonly #keepsGroups: boolean;
  readonly #kinds: number[] = [STEP.match];
  readonly #args: number[] = [0];
  readonly #nexts: number[] = [0];
  readonly #branches: number[] = [];
  readonly #sets: ByteSet[] = [];
  readonly #idOfSet = new Map<number, number>();
  readonly #edges = new Map<number, number>();
  readonly #closing: number[] = [];
  readonly #copies: Copy[] = [];
  #families = 1;

  constructor(keepsGroups: boolean) {
    this.#keepsGroups = keepsGroups;
  }

  of(node: Node): Nfa | undefined {
    const start = this.#build(node, MATCH_STEP);
    const size = this.#kinds.length;
    if (size > MAX_STEPS) return undefined;
    const closes = new Uint8Array(size);
    for (const step of this.#closing) closes[step] = 1;
    return {
      start,
      size,
      kinds: new Uint8Array(this.#kinds),
      args: new Int32Array(this.#args),
      nexts: new Int32Array(this.#nexts),
      branches: new Int32Array(this.#branches),
      sets: this.#sets,
      ...this.#familiesOf(size),
      edges: this.#edges,
      closes,
    };
  }

  #familiesOf(size: number): Pick<Nfa, "families" | "ranks"> {
    const families = new Int32Array(size);
    const ranks = new Int32Array(size);
    // Copies within copies were noted first: the outermost repeat decides.
    for (const { begin, end, family, rank } of this.#copies) {
      for (let step = begin; step < end; step++) families[step] = family + step - begin;
      ranks.fill(rank, begin, end);
    }
    return { families, ranks };
  }

  /** The number of a step that matches `part` and goes on at `next`. */
  #build(part: Node, next: number): number {
    if (this.#kinds.length > MAX_STEPS) return next;
    switch (part.kind) {
      case "set":
        return this.#byte(part, next);
      case "assertion":
        return this.#add(STEP.assertion, ASSERTIONS.indexOf(part.assertion), next);
      case "group":
        return this.#keepsGroups ? this.#group(part, next) : this.#build(part.node, next);
      case "sequence": {
        let after = next;
        for (let i = part.nodes.length - 1; i >= 0; i--) after = this.#build(part.nodes[i]!, after);
        return after;
      }
      case "choice": {
        const firsts = part.nodes.map((branch) => this.#build(branch, next));
        const begin = this.#branches.length;
        for (const first of firsts) this.#branches.push(first);
        return this.#add(STEP.split, begin, this.#branches.length);
      }
      case "repeat":
        return part.max === Infinity ? this.#endless(part, next) : this.#counted(part, next);
    }
  }

  #add(kind: number, arg: number, next: number): number {
    this.#kinds.push(kind);
    this.#args.push(arg);
    return this.#nexts.push(next) - 1;
  }

  #byte({ set, closes }: Node & { kind: "set" }, next: number): number {
    const step = this.#add(STEP.byte, this.#setIndex(set), next);
    if (closes) this.#closing.push(step);
    return step;
  }

  #setIndex(set: ByteSet): number {
    const key = setId(set);
    let id = this.#idOfSet.get(key);
    if (id === undefined) {
      id = this.#sets.push(set) - 1;
      this.#idOfSet.set(key, id);
    }
    return id;
  }

  #group({ node, index }: Node & { kind: "group" }, next: number): number {
    return this.#edge(2 * index, this.#build(node, this.#edge(2 * index + 1, next)));
  }

  #edge(slot: number, next: number): number {
    const begin = this.#branches.push(next) - 1;
    const step = this.#add(STEP.split, begin, begin + 1);
    this.#edges.set(step, slot);
    return step;
  }

  #split(lazy: boolean, more: number, leave: number): number {
    const begin = this.#branches.push(lazy ? leave : more, lazy ? more : leave) - 2;
    return this.#add(STEP.split, begin, begin + 2);
  }

  #endless({ node, min, lazy }: Node & { kind: "repeat" }, next: number): number {
    let after = this.#split(lazy, next, next);
    // Where a round goes on is known once the split is there.
    const begin = this.#args[after]!;
    this.#branches[begin + (lazy ? 1 : 0)] = this.#build(node, after);
    for (let i = 0; i < min; i++) after = this.#build(node, after);
    return after;
  }

  #counted({ node, min, max, lazy }: Node & { kind: "repeat" }, next: number): number {
    const family = this.#families;
    let after = next;
    for (let i = min; i < max; i++) after = this.#split(lazy, this.#copy(node, after, family, i - min), next);
    // The last copy that must be there goes on as those do that may.
    if (min > 0) after = max > min ? this.#copy(node, after, family, max - min) : this.#build(node, after);
    for (let i = 1; i < min; i++) after = this.#build(node, after);
    return after;
  }

  #copy(node: Node, next: number, family: number, rank: number): number {
    const begin = this.#kinds.length;
    const step = this.#build(node, next);
    const end = this.#kinds.length;
    this.#copies.push({ begin, end, family, rank });
    this.#families = Math.max(this.#families, family + end - begin);
    return step;
  }
}
