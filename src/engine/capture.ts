import { assertionOf, buildNfaWithGroups, STEP, type Nfa } from "./compile/nfa.ts";
import { hasByte, WORD } from "./regex/byte-set.ts";
import type { Assertion, Node } from "./regex/node.ts";

/** More pairs of a step and a place are not remembered: half a megabyte of bits where a match is known to begin, 16 in a search. */
const MOST_PAIRS = 1 << 22;
const MOST_SEARCHED = 1 << 27;

/** Beginnings that share what is known of pairs. */
const BEGINNINGS = 4096;

/** Pairs of a step and a place that were gone through, from one place of a text on. */
interface Seen {
  readonly bits: Uint8Array;
  readonly from: number;
  readonly width: number;
}

/**
 * Where matches and their groups stand. Goes the ways through the pattern in the order that RE2 prefers, and no pair of a step and a
 * place twice, since what follows from it is the same: so it takes linear time whatever the pattern, and starts sooner than
 * RE2, which compiles the pattern first.
 */
export class Capture {
  readonly #nfa: Nfa;
  readonly #slots: number;

  private constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#slots = Math.max(1, ...nfa.edges.values()) + 1;
  }

  /** Undefined for a pattern that unrolls to too many steps. */
  static of(node: Node): Capture | undefined {
    const nfa = buildNfaWithGroups(node);
    return nfa && new Capture(nfa);
  }

  /** Whether a text of so many bytes can be looked at. */
  fits(length: number): boolean {
    return this.#nfa.size * (length + 1) <= MOST_PAIRS;
  }

  /** Whether a text of so many bytes can be searched, when no match is longer than `reach`. */
  canSearch(length: number, reach: number): boolean {
    return this.#nfa.size * this.#width(length, reach) <= MOST_SEARCHED;
  }

  #width(length: number, reach: number): number {
    return Math.min(length, Math.max(BEGINNINGS, reach) + reach) + 1;
  }

  #seenFrom(from: number, width: number): Seen {
    return { bits: new Uint8Array((this.#nfa.size * width + 7) >> 3), from, width };
  }

  /**
   * All matches from `first` on, leftmost-first and without overlap, each as `match` gives it. A pair from which no match was reached
   * is not tried again from a later beginning, so that the search is linear too.
   *
   * @param reach the most bytes of a match.
   * @param marks see `nextOf`.
   */
  *find(text: string, first: number, reach: number, marks: readonly number[] = []): Generator<Int32Array> {
    const beginnings = Math.max(BEGINNINGS, reach);
    for (let at = first; at <= text.length;) {
      const seen = this.#seenFrom(at, this.#width(text.length - at, reach));
      const stop = Math.min(text.length + 1, at + beginnings);
      while (at < stop) {
        const slots = this.#from(text, at, seen);
        if (slots === undefined) {
          at++;
          continue;
        }
        yield slots;
        at = Math.max(at + 1, nextOf(slots, marks));
        for (let place = at; place <= Math.max(at, slots[1]!); place++) this.#forget(seen, place);
      }
    }
  }

  /** A way that led to a match went through pairs up to its end: those of such a place say nothing of what may begin before it. */
  #forget({ bits, from, width }: Seen, at: number): void {
    for (let pair = at - from, end = this.#nfa.size * width; pair < end && at - from < width; pair += width)
      bits[pair >> 3]! &= ~(1 << (pair & 7));
  }

  /** Start and end of the preferred match that begins at `start`, then those of its groups, -1 for none. `text` is latin1. */
  match(text: string, start: number): Int32Array | undefined {
    return this.#from(text, start, this.#seenFrom(start, text.length - start + 1));
  }

  #from(text: string, start: number, { bits: seen, from, width }: Seen): Int32Array | undefined {
    const nfa = this.#nfa;
    const { kinds, args, nexts, branches, sets, edges } = nfa;
    const slots = new Int32Array(this.#slots).fill(-1);
    slots[0] = start;
    // Ways that were left for later, two words each: a step and a place, or below zero a slot and what it held before.
    const later = [nfa.start, start];
    while (later.length > 0) {
      let at = later.pop()!;
      let number = later.pop()!;
      if (number < 0) {
        slots[~number] = at;
        continue;
      }
      for (;;) {
        const pair = number * width + at - from;
        if ((seen[pair >> 3]! >> (pair & 7)) & 1) break;
        seen[pair >> 3]! |= 1 << (pair & 7);
        const kind = kinds[number];
        if (kind === STEP.match) {
          slots[1] = at;
          return slots;
        }
        if (kind === STEP.byte) {
          if (at >= text.length || !hasByte(sets[args[number]!]!, text.charCodeAt(at))) break;
          number = nexts[number]!;
          at++;
        } else if (kind === STEP.assertion) {
          if (!holds(assertionOf(nfa, number), text, at)) break;
          number = nexts[number]!;
        } else {
          const slot = edges.get(number);
          if (slot !== undefined) {
            later.push(~slot, slots[slot]!);
            slots[slot] = at;
          }
          const begin = args[number]!;
          for (let i = nexts[number]! - 1; i > begin; i--) later.push(branches[i]!, at);
          number = branches[begin]!;
        }
      }
    }
    return undefined;
  }
}

/** Where the next match may begin: where one of these groups stands, else at the end. */
export function nextOf(slots: Int32Array, marks: readonly number[]): number {
  const mark = marks.find((group) => slots[2 * group]! >= 0);
  return mark === undefined ? slots[1]! : slots[2 * mark]!;
}

const isWord = (text: string, at: number) => at >= 0 && at < text.length && hasByte(WORD, text.charCodeAt(at));

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === text.length;
    case "line-start":
      return at === 0 || text[at - 1] === "\n";
    case "line-end":
      return at === text.length || text[at] === "\n";
    case "word-boundary":
      return isWord(text, at - 1) !== isWord(text, at);
    case "not-word-boundary":
      return isWord(text, at - 1) === isWord(text, at);
  }
}
