import type { Automaton } from "../../src/engine/compile/automaton.ts";
import { BEFORE, BEFORE_BYTE } from "../../src/engine/compile/byte-classes.ts";
import type { WorstCase } from "../../src/engine/compile/compile-rules.ts";
import { MATCH_BIT } from "../../src/engine/compile/determinizer.ts";
import { bytesLeft } from "../../src/engine/compile/work.ts";
import { bytesOf, setsKey, type ByteSet } from "../../src/engine/regex/byte-set.ts";

/** A try that may go on for ever is worth so many bytes. */
const LONGEST = 4096;
/** Bytes from a fingerprint's first on that are looked at before an automaton is asked. */
const SEEN_BYTES = 8;
/** Sequences of one rule that texts are made from. */
const MOST_SEQUENCES = 2;
/** Tries that are followed at once. */
const MOST_ALIVE = 32;
/** States that are looked at for one that a restart does not end. */
const MOST_VISITED = 3000;

/** Sets of bytes that have to stand in a row. */
type Row = readonly ByteSet[];

/**
 * Texts of `length` bytes that make the automata of a rule read much, made from the automata themselves; the worst of them is what
 * a test asks for. A try begins at every byte, and each that is alive is worth the bytes that it may still read. Appended is what
 * leaves the most worth alive: a restart (what the rule's sequences ask for), or where that ends more than it begins, single
 * bytes. A text each for the restart as it is, for a shorter one, for one that tries go on over, and for those with what leads a try to a state that the next
 * restart does not end, so that tries pile up. None for a rule without any table.
 */
export function worstTexts(worst: WorstCase, length: number): Buffer[] {
  const automaton = worst.plan.automaton ?? worst.plan.sequences[0]?.filter;
  if (automaton === undefined) return [];
  const maker = new Worst(automaton);
  return restartsOf(worst).flatMap((row) => {
    const restarts = [row, maker.goOn(row), maker.overItself(row)].filter((restart) => restart !== undefined);
    return restarts.map((restart) => maker.text(restart, length));
  });
}

/** What must stand in a text for the rule's automata to be asked, that up to the last place for few bytes, and all that is known. */
function restartsOf({ founds }: WorstCase): Row[] {
  const shortest = founds.toSorted((a, b) => a.sets.length - b.sets.length).slice(0, MOST_SEQUENCES);
  const rows = shortest.flatMap(({ sets, at, runLength }) => {
    const seen = sets.slice(0, at + (runLength ?? SEEN_BYTES));
    const narrow = seen.slice(0, Math.max(3, seen.findLastIndex((set) => bytesOf(set).length <= 16) + 1));
    return [seen, narrow, sets.slice(0, -1)];
  });
  return rows.filter((row, i) => row.length > 0 && rows.findIndex((other) => setsKey(other) === setsKey(row)) === i);
}

class Worst {
  readonly #automaton: Automaton;
  readonly #left: Float64Array;
  /** One byte of each class. */
  readonly #bytes: readonly number[];
  readonly #bytesIn = new Map<ByteSet, readonly number[]>();

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.#left = bytesLeft(automaton).map((bytes) => Math.min(bytes, LONGEST));
    const byClass = new Map<number, number>();
    for (let byte = 255; byte >= 0; byte--) byClass.set(automaton.classes[byte]!, byte);
    this.#bytes = [...byClass.values()];
  }

  text(restart: Row, length: number): Buffer {
    const text: number[] = [];
    let tries = new Tries(this.#automaton, this.#left, [], BEFORE.textStart);
    while (text.length < length) {
      let best = this.#append(tries, restart);
      const gainOf = ({ appended, after }: typeof best) =>
        (after.worth() + after.spent - tries.worth()) / appended.length;
      if (gainOf(best) < 0) {
        const bytes = this.#bytes.map((byte) => ({ appended: [byte], after: tries.next(byte) }));
        best = [best, ...bytes].reduce((a, b) => (gainOf(b) > gainOf(a) ? b : a));
      }
      text.push(...best.appended);
      tries = best.after;
      tries.spent = 0;
    }
    return Buffer.from(text.slice(0, length));
  }

  #choices(set: ByteSet): readonly number[] {
    let chosen = this.#bytesIn.get(set);
    if (chosen === undefined) {
      const all = new Set(bytesOf(set));
      const own = this.#bytes.filter((byte) => all.has(byte));
      // A sequence's set may tell bytes apart that the automaton does not.
      this.#bytesIn.set(set, (chosen = own.length > 0 ? own : [bytesOf(set)[0]!]));
    }
    return chosen;
  }

  #append(tries: Tries, row: Row): { appended: number[]; after: Tries } {
    const appended: number[] = [];
    let after = tries;
    for (const set of row) {
      const options = this.#choices(set).map((byte) => ({ byte, after: after.next(byte) }));
      const best = options.reduce((a, b) => (b.after.worth() > a.after.worth() ? b : a));
      appended.push(best.byte);
      after = best.after;
    }
    return { appended, after };
  }

  #next(state: number, byte: number): number {
    const { transitions, classes, classCount } = this.#automaton;
    return transitions[state * classCount + classes[byte]!]! & ~MATCH_BIT;
  }

  /** Whether a try in this state can outlive the row. */
  #outlives(state: number, row: Row): boolean {
    let states = new Set([state]);
    for (const set of row) {
      const after = new Set<number>();
      for (const each of states) for (const byte of this.#choices(set)) after.add(this.#next(each, byte));
      after.delete(0);
      states = after;
    }
    return states.size > 0;
  }

  /** The row with a first byte that a try goes on over which has read the row; undefined where there is none. */
  overItself(row: Row): Row | undefined {
    const [first, ...rest] = row;
    const states = this.#automaton.starts.map((start) => {
      let state = start;
      for (const set of rest) {
        const next = this.#choices(set).map((byte) => this.#next(state, byte));
        state = next.reduce((a, b) => (this.#left[b]! > this.#left[a]! ? b : a));
      }
      return state;
    });
    for (const byte of this.#choices(first!)) {
      const again = [setOf(byte), ...rest];
      if (states.some((state) => state !== 0 && this.#outlives(state, again))) return again;
    }
    return undefined;
  }

  /** The row with the fewest bytes more that lead a try to where it outlives a restart; undefined where nothing does. */
  goOn(row: Row): Row | undefined {
    const begin = [...this.#automaton.starts].flatMap((start) => {
      let state = start;
      for (const set of row) {
        const next = this.#choices(set).map((byte) => this.#next(state, byte));
        state = next.reduce((a, b) => (this.#left[b]! > this.#left[a]! ? b : a));
      }
      return state === 0 ? [] : [state];
    });
    const cameBy = new Map<number, { from: number; byte: number } | undefined>(
      begin.map((state) => [state, undefined]),
    );
    for (const state of cameBy.keys()) {
      if (this.#outlives(state, row)) {
        const more: ByteSet[] = [];
        for (let way = cameBy.get(state); way !== undefined; way = cameBy.get(way.from)) more.push(setOf(way.byte));
        return more.length === 0 ? undefined : [...row, ...more.reverse()];
      }
      if (cameBy.size > MOST_VISITED) return undefined;
      for (const byte of this.#bytes) {
        const next = this.#next(state, byte);
        if (next !== 0 && !cameBy.has(next)) cameBy.set(next, { from: state, byte });
      }
    }
    return undefined;
  }
}

const setOf = (byte: number): ByteSet => new Uint32Array(8).fill(1 << (byte & 31), byte >> 5, (byte >> 5) + 1);

/** The tries that are alive, by the states that they are in. */
class Tries {
  /** Bytes read since this was last set to 0. */
  spent = 0;
  readonly #automaton: Automaton;
  readonly #left: Float64Array;
  readonly #states: readonly number[];
  readonly #before: number;
  #worth: number | undefined;

  constructor(automaton: Automaton, left: Float64Array, states: readonly number[], before: number) {
    this.#automaton = automaton;
    this.#left = left;
    this.#states = states;
    this.#before = before;
  }

  worth(): number {
    return (this.#worth ??= this.#states.reduce((sum, state) => sum + this.#left[state]!, 0));
  }

  /** Behind one more byte; a try begins at it. */
  next(byte: number): Tries {
    const { transitions, classes, classCount, starts } = this.#automaton;
    const class_ = classes[byte]!;
    const begun = this.#states.length < MOST_ALIVE ? [...this.#states, starts[this.#before]!] : this.#states;
    const states = begun.map((state) => transitions[state * classCount + class_]! & ~MATCH_BIT);
    const alive = states.filter((state) => state !== 0);
    const after = new Tries(this.#automaton, this.#left, alive, BEFORE_BYTE[byte]!);
    after.spent = this.spent + begun.length;
    return after;
  }
}
