import { hasByte, rangeSet, setKey, WORD, type ByteSet } from "../regex/byte-set.ts";
import type { Assertion, Node } from "../regex/node.ts";
import { buildNfa, type Nfa } from "./nfa.ts";

/** What stands before the first byte; indexes `Automaton.starts`. */
export const BEFORE = { textStart: 0, word: 1, newline: 2, other: 3 } as const;
export type Before = (typeof BEFORE)[keyof typeof BEFORE];

/** In a transition: the text matches up to here, before the byte that was just read. */
export const MATCH_BIT = 0x8000;

/** In the image a state's row is so many bytes or a multiple of it. */
export const ROW_UNIT = 16;

/** Such units a row of two-byte transitions takes. The last state's row must begin before unit `MATCH_BIT`. */
export const rowUnits = (classCount: number): number => Math.ceil((classCount * 2) / ROW_UNIT);

/**
 * A deterministic automaton that is anchored at its first byte and prefers what Perl prefers: run it until state 0, and
 * the last match seen is the end that a backtracking matcher would report. One more class than bytes need stands for the
 * end of the text, so `$` and `\b` are decided in the table.
 */
export interface Automaton {
  /** Byte to class. */
  readonly classes: Uint8Array;
  /** Classes with the end of text, which is the last one. */
  readonly classCount: number;
  /** `transitions[state * classCount + class]`: the next state, perhaps with `MATCH_BIT`. State 0 is dead. */
  readonly transitions: Uint16Array;
  readonly stateCount: number;
  /** First state by what stands before. */
  readonly starts: readonly [number, number, number, number];
}

/**
 * Places in the pattern that may be looked at for each state that is allowed. Where counted repeats stand within each other
 * a state holds thousands; of all rules of gitleaks and ours, the one for web tokens needs most, 1,340.
 */
const MOST_WORK = 3000;

const NEWLINE = rangeSet([10, 10]);
/** The number of the one step that is a match; the NFA makes it first. */
const MATCH_STEP = 0;
/** Which assertions look at the byte before. */
const LOOKS_BACK: readonly Assertion[] = ["text-start", "line-start", "word-boundary", "not-word-boundary"];

/** Undefined when it would need more than `maxStates` states. */
export function buildAutomaton(node: Node, maxStates: number): Automaton | undefined {
  const nfa = buildNfa(node);
  return nfa === undefined ? undefined : new Builder(nfa, maxStates).build();
}

/** A number for each byte, equal for bytes that no set tells apart, given in the order of the bytes. */
function splitBytes(sets: readonly ByteSet[]): Uint8Array {
  const classes = new Uint8Array(256);
  let count = 1;
  for (const set of sets) {
    const renamed = new Map<number, number>();
    count = 0;
    for (let byte = 0; byte < 256; byte++) {
      const key = classes[byte]! * 2 + (hasByte(set, byte) ? 1 : 0);
      let id = renamed.get(key);
      if (id === undefined) renamed.set(key, (id = count++));
      classes[byte] = id;
    }
    if (count === 256) break;
  }
  return classes;
}

interface ByteClass {
  /** One byte of the class; undefined for the end of the text. */
  readonly byte: number | undefined;
  readonly isWord: boolean;
  readonly before: Before;
}

/** Classes that lead to the same states, from states that read the same sets. */
interface ClassGroups {
  readonly representatives: number[];
  /** Of each class: the index of its representative. */
  readonly groupOf: Uint16Array;
}

/** Makes the states of an automaton, all at once or one by one. */
export class Builder {
  readonly #nfa: Nfa;
  readonly #maxStates: number;
  /** Byte to class. */
  readonly classes = new Uint8Array(256);
  readonly #byteClasses: ByteClass[] = [];
  /** 1 where a set holds a class: `set * classCount + class`. */
  #takes = new Uint8Array(0);
  /** Of each step: the number of the set that it reads, or -1. */
  readonly #setOfStep: Int32Array;
  readonly #nextOfStep: Int32Array;
  readonly #closures: (readonly number[] | undefined)[] = [];
  readonly #groups = new Map<string | number, ClassGroups>();
  readonly #ids = new Map<string, number>();
  readonly #anyLooksBack: boolean;
  /** Of each state: whether `transition` has made its row. */
  readonly #made: boolean[] = [];
  readonly #states: { readonly leaves: readonly number[]; readonly before: Before }[] = [];
  readonly #seen: Uint32Array;
  #seenSets = new Uint32Array(0);
  #round = 0;
  /** Transitions of the states so far; state 0 has none. Grows by doubling. */
  #rows = new Uint16Array(1 << 14);
  /** Classes by what an assertion can tell of the byte that follows. */
  readonly #kinds: { readonly next: ByteClass; readonly classes: number[] }[] = [];
  /** Leaves looked at so far. */
  #work = 0;
  readonly #backLooks: (boolean | undefined)[] = [];

  constructor(nfa: Nfa, maxStates: number) {
    this.#nfa = nfa;
    this.#maxStates = maxStates;
    this.#seen = new Uint32Array(nfa.steps.length);
    this.#anyLooksBack = nfa.steps.some((step) => step.kind === "assertion" && LOOKS_BACK.includes(step.assertion));
    this.#setOfStep = new Int32Array(nfa.steps.length).fill(-1);
    this.#nextOfStep = Int32Array.from(nfa.steps, (step) => (step.kind === "byte" ? step.next : -1));
    this.#splitClasses();
  }

  build(): Automaton | undefined {
    const starts: Automaton["starts"] = [this.start(0), this.start(1), this.start(2), this.start(3)];
    const { classCount } = this;
    const maxStates = Math.min(this.#maxStates, Math.floor((MATCH_BIT - 1) / rowUnits(classCount)));
    for (let i = 0; i < this.#states.length; i++) {
      if (this.#states.length >= maxStates || this.#work > MOST_WORK * this.#maxStates) return undefined;
      this.#addRow(this.#states[i]!.leaves, this.#states[i]!.before, (i + 1) * classCount);
    }
    const { stateCount } = this;
    const transitions = this.#rows.slice(0, stateCount * classCount);
    return { classes: this.classes, classCount, transitions, stateCount, starts };
  }

  /** The first state by what stands before. */
  start(before: Before): number {
    return this.#idOf(this.#closure(this.#nfa.start), before);
  }

  /** One entry of `Automaton.transitions`; the state's row is made when it is first asked for. */
  transition(state: number, byteClass: number): number {
    const at = state * this.classCount;
    if (this.#made[state] !== true) {
      this.#made[state] = true;
      this.#addRow(this.#states[state - 1]!.leaves, this.#states[state - 1]!.before, at);
    }
    return this.#rows[at + byteClass]!;
  }

  /** Forgets all states but one, and gives its new number. */
  forgetAllBut(state: number): number {
    const { leaves, before } = this.#states[state - 1]!;
    this.#states.length = 0;
    this.#made.length = 0;
    this.#ids.clear();
    return this.#idOf(leaves, before);
  }

  get classCount(): number {
    return this.#byteClasses.length;
  }

  /** With the dead one. */
  get stateCount(): number {
    return this.#states.length + 1;
  }

  /** Groups bytes that no step and no assertion tells apart. */
  #splitClasses(): void {
    const sets: ByteSet[] = [];
    const idOfSet = new Map<string, number>();
    let looksAtWords = false;
    let looksAtLines = false;
    this.#nfa.steps.forEach((step, i) => {
      if (step.kind === "byte") {
        const key = setKey(step.set);
        const id = idOfSet.get(key) ?? sets.push(step.set) - 1;
        idOfSet.set(key, id);
        this.#setOfStep[i] = id;
      } else if (step.kind === "assertion") {
        looksAtWords ||= step.assertion === "word-boundary" || step.assertion === "not-word-boundary";
        looksAtLines ||= step.assertion === "line-start" || step.assertion === "line-end";
      }
    });
    const setCount = sets.length;
    this.#seenSets = new Uint32Array(setCount);
    if (looksAtWords) sets.push(WORD);
    if (looksAtLines) sets.push(NEWLINE);
    const split = splitBytes(sets);
    split.forEach((id, byte) => {
      this.classes[byte] = id;
      if (id < this.#byteClasses.length) return;
      const isWord = hasByte(WORD, byte);
      const before = isWord ? BEFORE.word : byte === 10 ? BEFORE.newline : BEFORE.other;
      this.#byteClasses.push({ byte, isWord, before });
    });
    this.#byteClasses.push({ byte: undefined, isWord: false, before: BEFORE.other });
    const classCount = this.#byteClasses.length;
    this.#byteClasses.forEach((next, c) => {
      const kind = this.#kinds.find(({ next: { byte, isWord } }) =>
        byte === undefined || next.byte === undefined
          ? byte === next.byte
          : isWord === next.isWord && (byte === 10) === (next.byte === 10),
      );
      if (kind === undefined) this.#kinds.push({ next, classes: [c] });
      else kind.classes.push(c);
    });
    this.#takes = new Uint8Array(setCount * classCount);
    for (let id = 0; id < setCount; id++) {
      for (let c = 0; c < classCount - 1; c++) {
        if (hasByte(sets[id]!, this.#byteClasses[c]!.byte!)) this.#takes[id * classCount + c] = 1;
      }
    }
  }

  /** Steps reached without a byte, in order of preference, up to a certain match. Assertions stay unresolved. */
  #closure(from: number): readonly number[] {
    const known = this.#closures[from];
    if (known !== undefined) return known;
    const leaves: number[] = [];
    const seen = new Set<number>();
    const stack = [from];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      const step = this.#nfa.steps[at]!;
      if (step.kind === "split") for (let i = step.next.length - 1; i >= 0; i--) stack.push(step.next[i]!);
      else leaves.push(at);
      if (step.kind === "match") break;
    }
    this.#closures[from] = leaves;
    return leaves;
  }

  #idOf(leaves: readonly number[], before: Before): number {
    if (leaves.length === 0) return 0;
    const context = this.#anyLooksBack && leaves.some((leaf) => this.#looksBack(leaf)) ? before : BEFORE.other;
    const key = String.fromCharCode(context, ...leaves);
    let id = this.#ids.get(key);
    if (id === undefined) {
      this.#states.push({ leaves, before: context });
      id = this.#states.length;
      this.#ids.set(key, id);
    }
    return id;
  }

  #looksBack(leaf: number): boolean {
    const step = this.#nfa.steps[leaf]!;
    if (step.kind !== "assertion") return false;
    // What follows an assertion is not expanded yet, and may look back itself.
    this.#backLooks[leaf] ??=
      LOOKS_BACK.includes(step.assertion) || this.#closure(step.next).some((next) => this.#looksBack(next));
    return this.#backLooks[leaf];
  }

  #addRow(leaves: readonly number[], before: Before, at: number): void {
    const classCount = this.#byteClasses.length;
    if (at + classCount > this.#rows.length) {
      const grown = new Uint16Array((at + classCount) * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    if (!leaves.some((leaf) => this.#nfa.steps[leaf]!.kind === "assertion")) {
      this.#addTransitions(leaves, undefined, at);
      return;
    }
    for (const { next, classes } of this.#kinds) this.#addTransitions(this.#resolve(leaves, before, next), classes, at);
  }

  /** Writes the transitions of leaves without assertions, for all classes or for those given. */
  #addTransitions(leaves: readonly number[], classes: readonly number[] | undefined, at: number): void {
    const { representatives, groupOf } = this.#groupsOf(leaves);
    const known: (number | undefined)[] = [];
    const count = classes?.length ?? groupOf.length;
    for (let i = 0; i < count; i++) {
      const c = classes === undefined ? i : classes[i]!;
      const group = groupOf[c]!;
      this.#rows[at + c] = known[group] ??= this.#transition(leaves, representatives[group]!);
    }
  }

  /** Classes that the sets of the leaves do not tell apart share one transition; most states have two or three sets. */
  #groupsOf(leaves: readonly number[]): ClassGroups {
    const ids: number[] = [];
    const round = ++this.#round;
    for (const leaf of leaves) {
      const id = this.#setOfStep[leaf]!;
      if (id < 0 || this.#seenSets[id] === round) continue;
      this.#seenSets[id] = round;
      ids.push(id);
    }
    // Most states read one or two sets.
    const key = ids.length <= 2 ? (ids[0] ?? -1) * 65_536 + (ids[1] ?? 65_535) : String.fromCharCode(...ids);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const classCount = this.#byteClasses.length;
    const groups: ClassGroups = { representatives: [], groupOf: new Uint16Array(classCount) };
    const bySignature = new Map<string, number>();
    for (let c = 0; c < classCount; c++) {
      // What stands before the next byte matters too, where an assertion may look back at it.
      const signature = `${this.#byteClasses[c]!.before}${ids.map((id) => this.#takes[id * classCount + c]).join("")}`;
      const group = bySignature.get(signature) ?? groups.representatives.push(c) - 1;
      bySignature.set(signature, group);
      groups.groupOf[c] = group;
    }
    this.#groups.set(key, groups);
    return groups;
  }

  #transition(leaves: readonly number[], c: number): number {
    const classCount = this.#byteClasses.length;
    const targets: number[] = [];
    const round = ++this.#round;
    let matched = 0;
    this.#work += leaves.length;
    for (const leaf of leaves) {
      if (leaf === MATCH_STEP) {
        matched = MATCH_BIT;
        break;
      }
      const set = this.#setOfStep[leaf]!;
      if (set < 0 || this.#takes[set * classCount + c] === 0) continue;
      if (!this.#follow(this.#nextOfStep[leaf]!, round, targets)) break;
    }
    return this.#idOf(targets, this.#byteClasses[c]!.before) | matched;
  }

  /** Appends what is reached from `from`; false once a match is among it, since nothing after that is preferred. */
  #follow(from: number, round: number, targets: number[]): boolean {
    const closure = this.#closure(from);
    this.#work += closure.length;
    for (const leaf of closure) {
      if (this.#seen[leaf] === round) continue;
      this.#seen[leaf] = round;
      targets.push(leaf);
      if (leaf === MATCH_STEP) return false;
    }
    return true;
  }

  /** The leaves once the assertions among them are decided by the bytes on both sides. */
  #resolve(leaves: readonly number[], before: Before, next: ByteClass): readonly number[] {
    this.#work += leaves.length;
    const resolved: number[] = [];
    const seen = new Set<number>();
    const stack = leaves.toReversed();
    while (stack.length > 0) {
      const leaf = stack.pop()!;
      if (seen.has(leaf)) continue;
      seen.add(leaf);
      const step = this.#nfa.steps[leaf]!;
      if (step.kind !== "assertion") resolved.push(leaf);
      else if (holds(step.assertion, before, next)) stack.push(...this.#closure(step.next).toReversed());
      if (step.kind === "match") break;
    }
    return resolved;
  }
}

function holds(assertion: Assertion, before: Before, next: ByteClass): boolean {
  const atBoundary = (before === BEFORE.word) !== next.isWord;
  switch (assertion) {
    case "text-start":
      return before === BEFORE.textStart;
    case "text-end":
      return next.byte === undefined;
    case "line-start":
      return before === BEFORE.textStart || before === BEFORE.newline;
    case "line-end":
      return next.byte === undefined || next.byte === 10;
    case "word-boundary":
      return atBoundary;
    case "not-word-boundary":
      return !atBoundary;
  }
}
