// Whether a rule's keyword stands in each of its matches, so that nothing has to be known of the text around.
import { bytesOf } from "../regex/byte-set.ts";
import type { Node } from "../regex/node.ts";
import { buildNfa, MATCH_STEP, STEP } from "./nfa.ts";

/** Pairs of a step and of how much of a keyword was read; with more, nothing is said. */
const MOST_PAIRS = 1 << 18;

/** How much of any keyword the bytes read last are; behind a whole one there is nothing more to know. */
interface KeywordTable {
  /** 256 for each state; -1 where a keyword ends. */
  readonly next: Int32Array;
  readonly states: number;
}

const folded = (byte: number) => String.fromCharCode(byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** Aho and Corasick's automaton, letters in either case. */
function tableOf(keywords: readonly string[]): KeywordTable {
  const prefixes = [...new Set(["", ...keywords.flatMap((word) => [...word].map((_, i) => word.slice(0, i + 1)))])];
  const numbers = new Map(prefixes.map((prefix, number) => [prefix, number]));
  const next = new Int32Array(256 * prefixes.length);
  const inSome = new Set(keywords.join(""));
  const letters = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => inSome.has(folded(byte)));
  prefixes.forEach((prefix, state) => {
    // A byte of no keyword begins anew: 0.
    for (const byte of letters) {
      let read = prefix + folded(byte);
      const isWhole = keywords.some((word) => read.endsWith(word));
      while (!isWhole && !numbers.has(read)) read = read.slice(1);
      next[256 * state + byte] = isWhole ? -1 : numbers.get(read)!;
    }
  });
  return { next, states: prefixes.length };
}

/**
 * Whether each match surely holds one of the keywords, which are lower case, letter case aside. False where that is not so, or
 * would take too long to find out.
 */
export function impliesKeyword(node: Node, keywords: readonly string[]): boolean {
  if (keywords.includes("")) return true;
  const nfa = buildNfa(node);
  if (nfa === undefined) return false;
  const { next, states } = tableOf(keywords);
  if (nfa.size * states > MOST_PAIRS) return false;
  // Bytes of no keyword are all the same.
  const letters = new Set(keywords.join(""));
  const bytes = nfa.sets.map((set) => {
    const others = bytesOf(set).filter((byte) => !letters.has(folded(byte)));
    return [...bytesOf(set).filter((byte) => letters.has(folded(byte))), ...others.slice(0, 1)];
  });
  const seen = new Uint8Array(nfa.size * states);
  const waiting: number[] = [];
  const reach = (step: number, state: number) => {
    const pair = step * states + state;
    if (state >= 0 && seen[pair] === 0) waiting.push(pair);
    if (state >= 0) seen[pair] = 1;
  };
  reach(nfa.start, 0);
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [step, state] = [Math.floor(pair / states), pair % states];
    if (step === MATCH_STEP) return false;
    const [kind, arg, after] = [nfa.kinds[step], nfa.args[step]!, nfa.nexts[step]!];
    if (kind === STEP.byte) for (const byte of bytes[arg]!) reach(after, next[256 * state + byte]!);
    else if (kind === STEP.split) for (let at = arg; at < after; at++) reach(nfa.branches[at]!, state);
    // What an assertion asks for is left open: then more texts may match, and fewer may be passed over.
    else reach(after, state);
  }
  return true;
}
