import type { Node } from "../regex/node.ts";
import { BEFORE, BEFORE_BYTE, type Before } from "./byte-classes.ts";
import { Determinizer, MATCH_BIT, UNKNOWN } from "./determinizer.ts";
import { buildNfa } from "./nfa.ts";

/** States that are kept; behind them all are forgotten and made again as they are met. */
const MOST_STATES = 20_000;
/** And steps of the pattern in all of them, which is what they take in memory: four bytes each. */
const MOST_LEAVES = 4 << 20;

/**
 * Making states counts too: so much of the work on them costs about what reading a byte does where V8 has optimised it. A private key
 * that is all that a file holds must stay below the budget: with eight it would not.
 */
const WORK_A_BYTE = 16;

/**
 * The automaton of a pattern whose whole table would be too large: a state is made when a text leads to it, so reading is
 * still one step a byte, whatever the pattern and the text.
 */
export class LazyAutomaton {
  /** Bytes read so far, over all calls, with what states cost that had to be made. */
  steps = 0;
  readonly #states: Determinizer;
  readonly #starts = new Uint16Array(4).fill(UNKNOWN);
  /** Whether the last reading ended before the automaton did. */
  #isOpen = false;

  private constructor(states: Determinizer) {
    this.#states = states;
  }

  /** Undefined for a pattern that is too large even for that. `anyMatch` as in `buildAutomaton`. */
  static of(node: Node, anyMatch = false): LazyAutomaton | undefined {
    const nfa = buildNfa(node);
    return nfa && new LazyAutomaton(new Determinizer(nfa, anyMatch));
  }

  /** The end of the preferred match that begins at `start`, or with `anyMatch` of the shortest one, or -1. Reads about `most` bytes at most. */
  matchEnd(text: Uint8Array, start: number, most: number): number {
    return this.#read(text, start, start + most, true);
  }

  /** The same in the beginning of a text, or with `isEnd` in all of it; undefined where what stands behind it has a say. */
  endIn(text: Uint8Array, start: number, isEnd: boolean): number | undefined {
    const end = this.#read(text, start, text.length + (isEnd ? 1 : 0), false);
    return this.#isOpen ? undefined : end;
  }

  /** Up to `most`, or with `isDear` so much less as states cost that had to be made. */
  #read(text: Uint8Array, start: number, most: number, isDear: boolean): number {
    const states = this.#states;
    const { ofByte, count } = states.classes;
    let state = this.#first(start === 0 ? BEFORE.textStart : (BEFORE_BYTE[text[start - 1]!] as Before));
    let made = states.made;
    let limit = most;
    let end = -1;
    let at = start;
    for (; state !== 0 && at < limit; at++) {
      const byteClass = at < text.length ? ofByte[text[at]!]! : count - 1;
      const place = state * count + byteClass;
      let next = place < made.length ? made[place]! : UNKNOWN;
      if (next === UNKNOWN) {
        const workBefore = states.work;
        if (states.count > MOST_STATES || states.leafCount > MOST_LEAVES) {
          state = states.forgetAllBut(state);
          this.#starts.fill(UNKNOWN);
        }
        next = states.transition(state, byteClass);
        made = states.made;
        const cost = Math.floor((states.work - workBefore) / WORK_A_BYTE);
        this.steps += cost;
        if (isDear) limit -= cost;
      }
      if ((next & MATCH_BIT) !== 0) end = at;
      state = next & ~MATCH_BIT;
    }
    this.steps += at - start;
    this.#isOpen = state !== 0;
    return end;
  }

  /** The first state by what stands before. */
  #first(before: Before): number {
    if (this.#starts[before] === UNKNOWN) this.#starts[before] = this.#states.start(before);
    return this.#starts[before]!;
  }
}
