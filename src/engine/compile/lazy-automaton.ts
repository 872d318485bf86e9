import { hasByte, WORD } from "../regex/byte-set.ts";
import type { Node } from "../regex/node.ts";
import { BEFORE, Builder, MATCH_BIT, type Before } from "./automaton.ts";
import { buildNfa } from "./nfa.ts";

/** States that are kept; behind them all are forgotten and made again as they are met. */
const MOST_STATES = 20_000;

const BEFORE_BYTE: readonly Before[] = Array.from({ length: 256 }, (_, byte) =>
  hasByte(WORD, byte) ? BEFORE.word : byte === 10 ? BEFORE.newline : BEFORE.other,
);

/**
 * The automaton of a pattern whose whole table would be too large: a state is made when a text leads to it, so reading is
 * still one step a byte, whatever the pattern and the text.
 */
export class LazyAutomaton {
  /** Bytes read so far, over all calls. */
  steps = 0;
  readonly #builder: Builder;

  private constructor(builder: Builder) {
    this.#builder = builder;
  }

  /** Undefined for a pattern that is too large even for that. */
  static of(node: Node): LazyAutomaton | undefined {
    const nfa = buildNfa(node);
    return nfa && new LazyAutomaton(new Builder(nfa, Infinity));
  }

  /** The end of the preferred match that begins at `start`, or -1. Reads at most `most` bytes. */
  matchEnd(text: Uint8Array, start: number, most: number): number {
    const builder = this.#builder;
    const { classes } = builder;
    const endOfText = builder.classCount - 1;
    let state = builder.start(start === 0 ? BEFORE.textStart : BEFORE_BYTE[text[start - 1]!]!);
    let end = -1;
    let at = start;
    for (; state !== 0 && at - start < most; at++) {
      if (builder.stateCount > MOST_STATES) state = builder.forgetAllBut(state);
      const next = builder.transition(state, at < text.length ? classes[text[at]!]! : endOfText);
      if ((next & MATCH_BIT) !== 0) end = at;
      state = next & ~MATCH_BIT;
    }
    this.steps += at - start;
    return end;
  }
}
