import { lengthOf } from "../regex/node.ts";
import { parseRegex } from "../regex/parse.ts";
import { toRegExpSource } from "../regex/to-regexp.ts";

const WORDS = 4;
/** Bytes around a possible match that a pattern can look at. */
const CONTEXT = 1;

interface Pattern {
  readonly sticky: RegExp;
  /** Most bytes of a match; `Infinity` for a pattern without a bound. */
  readonly max: number;
}

/**
 * Decides with JavaScript's RegExp what the core could not: rules whose automaton would be too large. Each pending entry
 * is a range of starts whose filter accepted; the leftmost start that matches wins, and a rule's matches do not overlap.
 */
export class Confirmer {
  readonly #patterns: readonly string[];
  readonly #compiled: (Pattern | undefined)[] = [];

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /** Replaces the pending entries among `count` in `matches` by what is true of `object`; gives the new count. */
  confirm(matches: Uint32Array, count: number, object: Uint8Array, from: number, to: number): number {
    const lastEnd = new Map<number, number>();
    let whole: string | undefined;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const at = i * WORDS;
      if (matches[at + 3] === 0) {
        if (kept !== i) matches.copyWithin(kept * WORDS, at, at + WORDS);
        kept++;
        continue;
      }
      const rule = matches[at]!;
      const last = lastEnd.get(rule) ?? 0;
      const first = Math.max(matches[at + 1]!, last);
      const stop = matches[at + 2]!;
      if (first > stop) continue;
      const pattern = this.#pattern(rule);
      let origin = Math.max(0, first - CONTEXT);
      let text: string;
      if (pattern.max === Infinity) {
        whole ??= latin1(object, 0, object.length);
        [text, origin] = [whole, 0];
      } else text = latin1(object, origin, Math.min(object.length, stop + pattern.max + CONTEXT));
      for (let start = first; start <= stop; start++) {
        pattern.sticky.lastIndex = start - origin;
        if (!pattern.sticky.test(text)) continue;
        const end = origin + pattern.sticky.lastIndex;
        lastEnd.set(rule, end);
        if (start < to && end > from) {
          matches.set([rule, start, end, 0], kept * WORDS);
          kept++;
        }
        break;
      }
    }
    return kept;
  }

  #pattern(rule: number): Pattern {
    let compiled = this.#compiled[rule];
    if (compiled === undefined) {
      const node = parseRegex(this.#patterns[rule]!);
      compiled = { sticky: new RegExp(toRegExpSource(node), "y"), max: lengthOf(node).max };
      this.#compiled[rule] = compiled;
    }
    return compiled;
  }
}

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
