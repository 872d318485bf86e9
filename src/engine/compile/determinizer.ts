import { ASSERTS, flagsOf, holds, LOOKS_BACK } from "./assertions.ts";
import { BEFORE, splitBytes, type Before, type ByteClasses, type Kind } from "./byte-classes.ts";
import { ClassGroups } from "./class-groups.ts";
import { grown } from "./grown.ts";
import { assertionOf, MATCH_STEP, STEP, type Nfa } from "./nfa.ts";
import { StateList } from "./state-list.ts";

/** In a transition: the text matches up to here, before the byte that was just read. */
export const MATCH_BIT = 0x8000;

/** Steps that are put in order one by one. */
const FEW = 64;

/** A transition that was not made yet; no state has this number. */
export const UNKNOWN = 0xffff;

/**
 * Makes the states of a deterministic automaton, all or one by one. A state is a list of the NFA's steps that are not
 * splits, most preferred first and cut behind a match, and for those that look back also what stands before. Everything
 * is kept in typed arrays: this is where compiling spends its time.
 */
export class Determinizer {
  readonly classes: ByteClasses;
  #work = 0;
  readonly #nfa: Nfa;
  /** Of each step: the index of the set that it reads, or -1. */
  readonly #setOf: Int32Array;
  readonly #flags: Uint8Array;

  readonly #states = new StateList();
  readonly #groups: ClassGroups;
  #rows: Uint16Array;

  /** The leaves that transitions are being made of, and what they lead to. */
  readonly #from: Int32Array;
  readonly #target: Int32Array;
  #targetFlags = 0;
  readonly #stack: Int32Array;
  /** The last round in which a step, a set, a group was met. */
  readonly #seen: Uint32Array;
  readonly #seenSets: Uint32Array;
  readonly #seenGroups: Uint32Array;
  #round = 0;
  /** Of each group met in this round: its transition, four slots by what its class is to an assertion; the first: to none. */
  readonly #known: Uint16Array;

  /** For `anyMatch`: of each family of steps, the round it was met in and the most copies that may follow. */
  readonly #anyMatch: boolean;
  readonly #seenFamilies: Uint32Array;
  readonly #most: Int32Array;

  /**
   * @param anyMatch only whether there is a match is asked, not which one is preferred: a state is a set of steps, of which those are
   * left out that match no more than another of them, and one match ends it. That makes far fewer states.
   */
  constructor(nfa: Nfa, anyMatch = false) {
    this.#nfa = nfa;
    this.#anyMatch = anyMatch;
    const families = anyMatch ? nfa.families.reduce((most, family) => Math.max(most, family), 0) + 1 : 0;
    this.#seenFamilies = new Uint32Array(families);
    this.#most = new Int32Array(families);
    const { size, kinds, args } = nfa;
    this.classes = splitBytes(nfa);
    const { count } = this.classes;
    this.#setOf = new Int32Array(size);
    for (let step = 0; step < size; step++) this.#setOf[step] = kinds[step] === STEP.byte ? args[step]! : -1;
    this.#flags = flagsOf(nfa);
    this.#from = new Int32Array(size);
    this.#target = new Int32Array(size);
    this.#stack = new Int32Array(nfa.branches.length + 1);
    this.#seen = new Uint32Array(size);
    this.#seenSets = new Uint32Array(nfa.sets.length);
    this.#seenGroups = new Uint32Array(count * 4);
    this.#known = new Uint16Array(count * 4);
    this.#groups = new ClassGroups(this.classes, nfa.sets.length);
    this.#rows = new Uint16Array(count * 32).fill(UNKNOWN).fill(0, 0, count);
  }

  /** The first state by what stands before. */
  start(before: Before): number {
    this.#round++;
    this.#targetFlags = 0;
    return this.#intern(this.#follow(this.#nfa.start, 0), before);
  }

  /** Makes all transitions of a state. */
  fill(state: number): void {
    this.#makeRoom(state);
    if ((this.#states.flags(state) & ASSERTS) === 0) {
      this.#fillClasses(state, this.#copyLeaves(state));
      return;
    }
    for (const kind of this.classes.kinds) this.#fillClasses(state, this.#resolve(state, kind), kind);
  }

  /** One entry of `Automaton.transitions`, which is made when it is first asked for. */
  transition(state: number, byteClass: number): number {
    this.#makeRoom(state);
    const at = state * this.classes.count + byteClass;
    if (this.#rows[at] === UNKNOWN) {
      const isPlain = (this.#states.flags(state) & ASSERTS) === 0;
      const kind = this.classes.kinds[this.classes.kindOf[byteClass]!]!;
      this.#rows[at] = this.#transition(isPlain ? this.#copyLeaves(state) : this.#resolve(state, kind), byteClass);
    }
    return this.#rows[at]!;
  }

  /** `Automaton.transitions` as far as they are made, `UNKNOWN` or no entry elsewhere; another array when it has grown. */
  get made(): Uint16Array {
    return this.#rows;
  }

  /** States with the dead one, which is 0. */
  get count(): number {
    return this.#states.count;
  }

  /** Steps that all states hold. */
  get leafCount(): number {
    return this.#states.leafCount;
  }

  /** Steps looked at so far. */
  get work(): number {
    return this.#work + this.#groups.work;
  }

  /** `Automaton.transitions`. */
  rows(): Uint16Array {
    return this.#rows.slice(0, this.count * this.classes.count);
  }

  /** Forgets all states but one, and gives its new number. */
  forgetAllBut(state: number): number {
    const count = this.#copyLeaves(state);
    this.#target.set(this.#from.subarray(0, count));
    this.#targetFlags = this.#states.flags(state);
    const before = this.#states.before(state);
    this.#states.forget();
    this.#rows.fill(UNKNOWN, this.classes.count);
    this.#groups.forget();
    return this.#intern(count, before);
  }

  #makeRoom(state: number): void {
    const size = (state + 1) * this.classes.count;
    if (size > this.#rows.length) this.#rows = grown(this.#rows, size * 2, UNKNOWN);
  }

  #copyLeaves(state: number): number {
    const { leaves } = this.#states;
    const begin = this.#states.begin(state);
    const count = this.#states.end(state) - begin;
    for (let i = 0; i < count; i++) this.#from[i] = leaves[begin + i]!;
    return count;
  }

  /** As `#copyLeaves`, once the assertions among the leaves are decided by the bytes on both sides. */
  #resolve(state: number, kind: Kind): number {
    const { kinds, args, nexts, branches } = this.#nfa;
    const seen = this.#seen;
    const stack = this.#stack;
    const from = this.#from;
    const round = ++this.#round;
    const before = this.#states.before(state);
    const { leaves } = this.#states;
    const end = this.#states.end(state);
    let count = 0;
    for (let i = this.#states.begin(state); i < end; i++) {
      let at = leaves[i]!;
      for (let waiting = 0; ;) {
        this.#work++;
        if (seen[at] !== round) {
          seen[at] = round;
          if (kinds[at] === STEP.split) {
            const first = args[at]!;
            for (let b = nexts[at]! - 1; b > first; b--) stack[waiting++] = branches[b]!;
            at = branches[first]!;
            continue;
          }
          if (kinds[at] !== STEP.assertion) {
            from[count++] = at;
            if (at === MATCH_STEP) {
              if (!this.#anyMatch) return count;
              from[0] = MATCH_STEP;
              return 1;
            }
          } else if (holds(assertionOf(this.#nfa, at), before, kind)) {
            at = nexts[at]!;
            continue;
          }
        }
        if (waiting === 0) break;
        at = stack[--waiting]!;
      }
    }
    return count;
  }

  /**
   * Writes the transitions of the first `leafCount` of `#from`, none of which is an assertion, for all classes or for those
   * of a kind.
   */
  #fillClasses(state: number, leafCount: number, kind?: Kind): void {
    const { before, kindOf, kinds, count: classCount } = this.classes;
    const rows = this.#rows;
    const known = this.#known;
    const seenGroups = this.#seenGroups;
    const row = state * classCount;
    // Where nothing reads a class, nothing follows; a match that is among the leaves is the last of them.
    const nothing = leafCount > 0 && this.#from[leafCount - 1] === MATCH_STEP ? MATCH_BIT : 0;
    if (kind === undefined || kind === kinds[0]) rows.fill(nothing, row, row + classCount);
    else for (const c of kind.classes) rows[row + c] = nothing;
    const grouping = this.#groupingOf(leafCount);
    const { groupOf, taken } = this.#groups;
    const begin = grouping * classCount;
    const end = begin + this.#groups.takenCount(grouping);
    const round = ++this.#round;
    for (let i = begin; i < end; i++) {
      const c = taken[i]!;
      if (kind !== undefined && kinds[kindOf[c]!] !== kind) continue;
      let slot = groupOf[begin + c]! * 4;
      if (seenGroups[slot] !== round) {
        slot += before[c]!;
        if (seenGroups[slot] !== round) {
          const next = this.#transition(leafCount, c);
          if ((this.#targetFlags & LOOKS_BACK) === 0) slot = groupOf[begin + c]! * 4;
          seenGroups[slot] = round;
          known[slot] = next;
        }
      }
      rows[row + c] = known[slot]!;
    }
  }

  /** Classes that the sets of the leaves do not tell apart share a transition. */
  #groupingOf(leafCount: number): number {
    const setOf = this.#setOf;
    const seenSets = this.#seenSets;
    const from = this.#from;
    const round = ++this.#round;
    let grouping = 0;
    for (let i = 0; i < leafCount; i++) {
      const set = setOf[from[i]!]!;
      if (set < 0 || seenSets[set] === round) continue;
      seenSets[set] = round;
      grouping = this.#groups.refine(grouping, set);
    }
    return grouping;
  }

  /** The state that a class leads to from the first `leafCount` of `#from`, perhaps with `MATCH_BIT`. */
  #transition(leafCount: number, c: number): number {
    const { takes, count: classCount } = this.classes;
    const { nexts, closes } = this.#nfa;
    const setOf = this.#setOf;
    const from = this.#from;
    this.#round++;
    this.#targetFlags = 0;
    this.#work += leafCount;
    let count = 0;
    let matched = 0;
    for (let i = 0; i < leafCount; i++) {
      const leaf = from[i]!;
      if (leaf === MATCH_STEP) {
        matched = MATCH_BIT;
        break;
      }
      if (takes[setOf[leaf]! * classCount + c] === 0) continue;
      if (closes[leaf] === 1) {
        matched = MATCH_BIT;
        break;
      }
      count = this.#follow(nexts[leaf]!, count);
      // Nothing behind a match is preferred to it.
      if (count > 0 && this.#target[count - 1] === MATCH_STEP) break;
    }
    return this.#intern(count, this.classes.before[c] as Before) | matched;
  }

  /**
   * Appends to `#target`, which has `count` leaves, what is reached from `first` without a byte and was not met in this
   * round, in order of preference, up to a match. Gives the new count.
   */
  #follow(first: number, count: number): number {
    const { kinds, args, nexts, branches } = this.#nfa;
    const seen = this.#seen;
    const stack = this.#stack;
    const target = this.#target;
    const flags = this.#flags;
    const round = this.#round;
    let at = first;
    let met = 0;
    if (kinds[at] !== STEP.split) {
      this.#work++;
      if (seen[at] === round) return count;
      seen[at] = round;
      this.#targetFlags |= flags[at]!;
      target[count] = at;
      return count + 1;
    }
    for (let waiting = 0; ;) {
      met++;
      if (seen[at] !== round) {
        seen[at] = round;
        if (kinds[at] === STEP.split) {
          const begin = args[at]!;
          for (let b = nexts[at]! - 1; b > begin; b--) stack[waiting++] = branches[b]!;
          at = branches[begin]!;
          continue;
        }
        target[count++] = at;
        this.#targetFlags |= flags[at]!;
        if (at === MATCH_STEP) break;
      }
      if (waiting === 0) break;
      at = stack[--waiting]!;
    }
    this.#work += met;
    return count;
  }

  /** The number of the state of the first `count` of `#target`. */
  #intern(leafCount: number, before: Before): number {
    if (leafCount === 0) return 0;
    const count = this.#anyMatch ? this.#simplify(leafCount) : leafCount;
    const context = (this.#targetFlags & LOOKS_BACK) === 0 ? BEFORE.other : before;
    return this.#states.numberOf(this.#target, count, context, this.#targetFlags);
  }

  /** Makes a set of the first `count` of `#target`: ascending, without those that match no more than another one. */
  #simplify(count: number): number {
    const target = this.#target;
    const seenFamilies = this.#seenFamilies;
    const most = this.#most;
    const round = this.#round;
    const { families, ranks } = this.#nfa;
    if (target[count - 1] === MATCH_STEP) {
      target[0] = MATCH_STEP;
      this.#targetFlags = 0;
      return 1;
    }
    for (let i = 0; i < count; i++) {
      const family = families[target[i]!]!;
      const rank = ranks[target[i]!]!;
      if (seenFamilies[family] === round && most[family]! >= rank) continue;
      seenFamilies[family] = round;
      most[family] = rank;
    }
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const leaf = target[i]!;
      const family = families[leaf]!;
      if (family !== 0 && ranks[leaf]! < most[family]!) continue;
      let at = kept++;
      if (count <= FEW) for (; at > 0 && target[at - 1]! > leaf; at--) target[at] = target[at - 1]!;
      target[at] = leaf;
    }
    // Of optional parts in a row, which may be thousands, each would be moved past all others.
    if (count > FEW) target.subarray(0, kept).sort();
    return kept;
  }
}
