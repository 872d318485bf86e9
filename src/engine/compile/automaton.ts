import type { Node } from "../regex/node.ts";
import type { Before } from "./byte-classes.ts";
import { Determinizer, MATCH_BIT } from "./determinizer.ts";
import { buildNfa } from "./nfa.ts";

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
 * Steps of the pattern that may be looked at for each state that is allowed. Where counted repeats stand within each other
 * a state holds thousands.
 */
const MOST_WORK = 3000;

/**
 * A pattern whose states multiply shows early: from a sixteenth of the states that are allowed to an eighth, those
 * that are met and not made yet grow as fast as those that are made. Where counts stand side by side they grow by the root
 * of it, and where words do, not at all.
 */
const MOST_GROWTH = 1.6;
const MOST_OPEN = 60;

/**
 * Undefined when it would need more than `maxStates` states, or looks as if. With `anyMatch` the table says where some match ends,
 * which need not be the preferred one.
 */
export function buildAutomaton(node: Node, maxStates: number, anyMatch = false): Automaton | undefined {
  const nfa = buildNfa(node);
  if (nfa === undefined) return undefined;
  const states = new Determinizer(nfa, anyMatch);
  const starts = ([0, 1, 2, 3] satisfies Before[]).map((before) => states.start(before)) as [
    number,
    number,
    number,
    number,
  ];
  const classCount = states.classes.count;
  const most = Math.min(maxStates, Math.floor((MATCH_BIT - 1) / rowUnits(classCount)));
  const early = Math.max(maxStates >> 4, 150);
  let openEarly = 0;
  for (let state = 1; state < states.count; state++) {
    if (states.count > most || states.work > MOST_WORK * maxStates) return undefined;
    const open = states.count - state;
    if (state === early) openEarly = open;
    if (state === early * 2 && open > MOST_OPEN && open > MOST_GROWTH * openEarly) return undefined;
    states.fill(state);
  }
  return { classes: states.classes.ofByte, classCount, transitions: states.rows(), stateCount: states.count, starts };
}
