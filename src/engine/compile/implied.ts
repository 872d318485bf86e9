// Whether a rule's keyword stands in each of its matches, so that nothing has to be known of the text around.
import { bytesOf, isSubset, rangeSet, type ByteSet } from "../regex/byte-set.ts";
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

const IS_SMALL = /[a-z]/;
const IS_LATIN1 = /^[\0-\xff]*$/;

/** More letters in keywords are not asked about. */
const MOST_LETTERS = 1 << 12;

/** Aho and Corasick's automaton, letters in either case. */
function tableOf(keywords: readonly string[]): KeywordTable {
  const most = keywords.reduce((sum, { length }) => sum + length, 1);
  const next = new Int32Array(256 * most);
  const ends = new Uint8Array(most);
  let states = 1;
  for (const word of keywords) {
    let state = 0;
    for (const letter of word) {
      const byte = letter.charCodeAt(0);
      const cases = [byte, IS_SMALL.test(letter) ? byte - 32 : byte].map((one) => 256 * state + one);
      if (next[cases[0]!] === 0) for (const at of cases) next[at] = states;
      if (next[cases[0]!] === states) states++;
      state = next[cases[0]!]!;
    }
    ends[state] = 1;
  }
  // What is read where a keyword goes on otherwise: the longest end of it that begins one.
  const others = new Int32Array(states);
  const waiting = [0];
  const seen = new Set(waiting);
  for (const state of waiting) {
    const other = others[state]!;
    for (let byte = 0; byte < 256; byte++) {
      const after = next[256 * state + byte]!;
      const instead = state === 0 ? 0 : next[256 * other + byte]!;
      if (after === 0) next[256 * state + byte] = instead;
      else if (!seen.has(after)) {
        seen.add(after);
        waiting.push(after);
        others[after] = instead;
        if (ends[instead] === 1) ends[after] = 1;
      }
    }
  }
  return { next: next.map((state) => (ends[state] === 1 ? -1 : state)), states };
}

/** The byte, and the capital of a small letter. */
const casesOf = (byte: number) =>
  byte >= 97 && byte <= 122 ? rangeSet([byte, byte], [byte - 32, byte - 32]) : rangeSet([byte, byte]);

/** Whether each of these rows, one of which every match holds, has a keyword in it, all lower case: true of most rules, and soon known. */
export function holdKeyword(rows: readonly (readonly ByteSet[])[], keywords: readonly string[]): boolean {
  const words = keywords
    .filter((word) => IS_LATIN1.test(word))
    .map((word) => Array.from(Buffer.from(word, "latin1"), casesOf));
  const holds = (row: readonly ByteSet[]) =>
    words.some((word) =>
      row.some((_, at) => at + word.length <= row.length && word.every((cases, i) => isSubset(row[at + i]!, cases))),
    );
  return rows.length > 0 && rows.every(holds);
}

/**
 * Whether each match surely holds one of the keywords, which are lower case, letter case aside. False where that is not so, or
 * would take too long to find out.
 */
export function impliesKeyword(node: Node, keywords: readonly string[]): boolean {
  if (keywords.includes("")) return true;
  // One that holds other characters than bytes stands in no match.
  const words = keywords.filter((word) => IS_LATIN1.test(word));
  if (words.reduce((sum, { length }) => sum + length, 0) > MOST_LETTERS) return false;
  const nfa = buildNfa(node);
  if (nfa === undefined) return false;
  const { next, states } = tableOf(words);
  if (nfa.size * states > MOST_PAIRS) return false;
  // Bytes of no keyword are all the same.
  const letters = new Set(words.join(""));
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
