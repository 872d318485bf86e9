import { PatrolError } from "../../model/errors.ts";
import { LazyAutomaton } from "../compile/lazy-automaton.ts";
import { withClosing } from "../regex/closing.ts";
import { parseRegex } from "../regex/parse.ts";
import { stepsAllowed } from "./budget.ts";

const WORDS = 4;

/**
 * Decides what the core could not: rules whose automaton would be too large. Each pending entry is a range of starts whose
 * filter accepted; the leftmost start that matches wins, and a rule's matches do not overlap.
 */
export class Confirmer {
  readonly #patterns: readonly string[];
  readonly #finders: (Finder | undefined)[] = [];
  /** What the finders had read before the last `confirm`. */
  readonly #stepsAtBegin = new Map<number, number>();

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /** Bytes read for one rule in the last `confirm`. */
  stepsOf(rule: number): number {
    const begin = this.#stepsAtBegin.get(rule);
    return begin === undefined ? 0 : this.#finders[rule]!.steps - begin;
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
    const stepsAtBegin = this.#stepsAtBegin;
    stepsAtBegin.clear();
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
  const node = withClosing(parseRegex(pattern));
  const [some, preferred] = [LazyAutomaton.of(node, true), LazyAutomaton.of(node)];
  if (some === undefined || preferred === undefined)
    throw new PatrolError("internal", "a rule was compiled that is too large to be confirmed");
  return new Finder(some, preferred);
}

/**
 * Finds the leftmost match that starts in a range, whatever the pattern and the text, with one step a byte a start. Whether there is
 * one is asked first, of an automaton that has far fewer states to make.
 */
class Finder {
  readonly #some: LazyAutomaton;
  readonly #preferred: LazyAutomaton;

  constructor(some: LazyAutomaton, preferred: LazyAutomaton) {
    this.#some = some;
    this.#preferred = preferred;
  }

  /** Bytes read so far, over all calls. */
  get steps(): number {
    return this.#some.steps + this.#preferred.steps;
  }

  /** Start and end, or undefined; starts from `first` up to and with `last`. Reads about `most` bytes at most. */
  find(object: Uint8Array, first: number, last: number, most: number): readonly [number, number] | undefined {
    const limit = this.steps + most;
    for (let start = first; start <= last && this.steps < limit; start++) {
      if (this.#some.matchEnd(object, start, limit - this.steps) < 0) continue;
      const end = this.#preferred.matchEnd(object, start, limit - this.steps);
      if (end > start) return [start, end];
    }
    return undefined;
  }
}
