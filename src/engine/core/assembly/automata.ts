// Runs the forward automata (compile/automaton.ts). In the image: u32 class of the end of text, four u16 first states, 256
// classes, its size in bytes, and from byte 272 on a row of u16 transitions a state. Rows are multiples of sixteen bytes, and a state is the
// number of such sixteen bytes before its row, so that a step needs no multiplication.
import { BEFORE, IMAGE } from "./layout";

const MATCH_BIT: u32 = 0x8000;

/** The object that is scanned. Automata see its edges as the edges of the text. */
export let textBegin: usize = 0;
export let textEnd: usize = 0;
/** Another one for each text: what was noted about the last one does not count. */
export let textNumber: u32 = 0;

export function setText(begin: usize, end: usize): void {
  textNumber++;
  textBegin = begin;
  textEnd = end;
}

/** Has an automaton read into its place: most are never run, so places may be empty. */
@external("env", "demand")
declare function demand(automaton: usize): void;

@inline function firstState(automaton: usize, at: usize): u32 {
  // The end of text has a class behind those of the bytes, so that its number is not 0.
  if (load<u32>(automaton) == 0) demand(automaton);
  const before: usize = at == textBegin ? 0 : load<u8>(BEFORE + <usize>load<u8>(at - 1));
  return load<u16>(automaton + (before << 1), 4);
}

const CLASSES: usize = 12;
const ROWS: usize = 272;

@inline function transition(automaton: usize, state: u32, class_: u32): u32 {
  return load<u16>(automaton + <usize>((state << 4) + (class_ << 1)), ROWS);
}

@inline function classAt(automaton: usize, p: usize): u32 {
  return p < textEnd ? load<u8>(automaton + <usize>load<u8>(p), CLASSES) : load<u32>(automaton);
}

/** Bytes that the last call of `matchEnd`, `firstMatch` or `accepts` read. */
export let stepsRead: u32 = 0;
export function noSteps(): void {
  stepsRead = 0;
}

/** The end of the preferred match that starts at `at`, or 0. */
export function matchEnd(automaton: usize, at: usize): usize {
  let state = firstState(automaton, at);
  let end: usize = 0;
  let p = at;
  for (; state; p++) {
    const next = transition(automaton, state, classAt(automaton, p));
    if (next & MATCH_BIT) end = p;
    state = next & ~MATCH_BIT;
  }
  stepsRead = <u32>(p - at);
  return end;
}

/** Where the last `firstMatch` ended. */
export let firstMatchEnd: usize = 0;

/**
 * The leftmost match of a rule of the kind `range` that begins so far before the anchor as the rule allows, and not before
 * `floor`: its start, or 0.
 */
export function firstMatch(rule: usize, anchor: usize, floor: usize): usize {
  const least = <usize>load<u32>(rule, 4), most = <usize>load<u32>(rule, 8);
  stepsRead = 0;
  if (anchor - textBegin < least) return 0;
  const last = anchor - least;
  let steps: u32 = 0;
  for (let start = max(floor, anchor - min(anchor - textBegin, most)); start <= last; start++) {
    firstMatchEnd = matchEnd(IMAGE + <usize>load<u32>(rule, 12), start);
    steps += stepsRead;
    if (firstMatchEnd) {
      stepsRead = steps;
      return start;
    }
  }
  stepsRead = steps;
  return 0;
}

/** Bytes after which a filter lets pass what it has not decided: open repeats must not make it read on and on. */
const FILTER_BYTES: usize = 512;

/** Whether anything may match from `at` on. */
export function accepts(automaton: usize, at: usize): bool {
  let state = firstState(automaton, at);
  const enough = at + FILTER_BYTES;
  let p = at;
  let may = false;
  for (; state && !may; p++) {
    state = transition(automaton, state, classAt(automaton, p));
    may = p == enough || (state & MATCH_BIT) != 0;
  }
  stepsRead = <u32>(p - at);
  return may;
}
