import { LazyAutomaton } from "../compile/lazy-automaton.ts";
import { compileRe2, type Re2 } from "../re2.ts";
import { parseRegex } from "../regex/parse.ts";
import { stepsAllowed } from "./budget.ts";

const WORDS = 4;

/** Finds the leftmost match that starts in a range. */
interface Finder {
  /** Start and end, or undefined; starts from `first` up to and with `last`. Reads about `most` bytes at most. */
  find(object: Uint8Array, first: number, last: number, most: number): readonly [number, number] | undefined;
  /** Bytes read so far, over all calls. */
  readonly steps: number;
}

/**
 * Decides what the core could not: rules whose automaton would be too large. Each pending entry is a range of starts whose
 * filter accepted; the leftmost start that matches wins, and a rule's matches do not overlap.
 */
export class Confirmer {
  readonly #patterns: readonly string[];
  readonly #finders: (Finder | undefined)[] = [];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /** Bytes read so far, for all rules. */
  get steps(): number {
    return this.#finders.reduce((sum, finder) => sum + (finder?.steps ?? 0), 0);
  }

  /**
   * Replaces the pending entries among `count` in `matches` by what is true of `object`; gives the new count. Rules that
   * would have to read too much are told to `exceeds`; the rest of their entries is dropped.
   */
  confirm(
    matches: Uint32Array,
    count: number,
    object: Uint8Array,
    from: number,
    to: number,
    exceeds: (rule: number) => void,
  ): number {
    const lastEnd = new Map<number, number>();
    const stepsAtBegin = new Map<number, number>();
    const allowed = stepsAllowed(object.length);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const at = i * WORDS;
      if (matches[at + 3] === 0) {
        if (kept !== i) matches.copyWithin(kept * WORDS, at, at + WORDS);
        kept++;
        continue;
      }
      const rule = matches[at]!;
      const first = Math.max(matches[at + 1]!, lastEnd.get(rule) ?? 0);
      const last = matches[at + 2]!;
      if (first > last) continue;
      const finder = (this.#finders[rule] ??= finderOf(this.#patterns[rule]!));
      const begin = stepsAtBegin.get(rule) ?? finder.steps;
      stepsAtBegin.set(rule, begin);
      const left = allowed - (finder.steps - begin);
      const found = left > 0 ? finder.find(object, first, last, left) : undefined;
      if (finder.steps - begin >= allowed) exceeds(rule);
      if (found === undefined) continue;
      const [start, end] = found;
      lastEnd.set(rule, end);
      if (start < to && end > from) {
        matches.set([rule, start, end, 0], kept * WORDS);
        kept++;
      }
    }
    return kept;
  }
}

function finderOf(pattern: string): Finder {
  const automaton = LazyAutomaton.of(parseRegex(pattern));
  return automaton === undefined ? new Re2Finder(compileRe2(pattern, "a rule")) : new AutomatonFinder(automaton);
}

class AutomatonFinder implements Finder {
  readonly #automaton: LazyAutomaton;

  constructor(automaton: LazyAutomaton) {
    this.#automaton = automaton;
  }

  get steps(): number {
    return this.#automaton.steps;
  }

  find(object: Uint8Array, first: number, last: number, most: number): readonly [number, number] | undefined {
    const limit = this.steps + most;
    for (let start = first; start <= last && this.steps < limit; start++) {
      const end = this.#automaton.matchEnd(object, start, limit - this.steps);
      if (end > start) return [start, end];
    }
    return undefined;
  }
}

/** For patterns that unroll to very many steps. Slow, and linear. */
class Re2Finder implements Finder {
  steps = 0;
  readonly #pattern: Re2;

  constructor(pattern: Re2) {
    this.#pattern = pattern;
  }

  find(object: Uint8Array, first: number, last: number): readonly [number, number] | undefined {
    this.steps += object.length - first;
    const text = Buffer.from(object.buffer, object.byteOffset, object.length).toString("latin1");
    const matcher = this.#pattern.matcher(text);
    return matcher.find(first) && matcher.start(0) <= last ? [matcher.start(0), matcher.end(0)] : undefined;
  }
}
