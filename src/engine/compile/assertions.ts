// What assertions of a pattern ask of the bytes on both sides of a place.
import type { Assertion } from "../regex/node.ts";
import { BEFORE, type Before, type Kind } from "./byte-classes.ts";
import { assertionOf, STEP, type Nfa } from "./nfa.ts";

/** Flags of a step, and of a state that holds such a step. */
export const ASSERTS = 1;
export const LOOKS_BACK = 2;

/** Which steps are assertions, and which of those look back, themselves or by an assertion right behind them. */
export function flagsOf(nfa: Nfa): Uint8Array {
  const { size, kinds, args, nexts, branches } = nfa;
  const flags = new Uint8Array(size);
  // Steps stand behind those they go on at, but for rounds of a repeat; so few passes do.
  for (let isChanged = kinds.includes(STEP.assertion); isChanged;) {
    isChanged = false;
    for (let step = 1; step < size; step++) {
      let looks = 0;
      if (kinds[step] === STEP.split) {
        for (let b = args[step]!; b < nexts[step]!; b++) looks |= flags[branches[b]!]! & LOOKS_BACK;
      } else if (kinds[step] === STEP.assertion) {
        looks = ASSERTS | (flags[nexts[step]!]! & LOOKS_BACK);
        if (looksBack(assertionOf(nfa, step))) looks |= LOOKS_BACK;
      }
      if (flags[step] === looks) continue;
      flags[step] = looks;
      isChanged = true;
    }
  }
  return flags;
}

function looksBack(assertion: Assertion): boolean {
  return assertion !== "text-end" && assertion !== "line-end";
}

/** Whether it holds between what stands before and the class of byte that comes next. */
export function holds(assertion: Assertion, before: Before, next: Kind): boolean {
  const atBoundary = (before === BEFORE.word) !== next.isWord;
  switch (assertion) {
    case "text-start":
      return before === BEFORE.textStart;
    case "text-end":
      return next.isEnd;
    case "line-start":
      return before === BEFORE.textStart || before === BEFORE.newline;
    case "line-end":
      return next.isEnd || next.isNewline;
    case "word-boundary":
      return atBoundary;
    case "not-word-boundary":
      return !atBoundary;
  }
}
