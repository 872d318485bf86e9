// Runs the forward automata (compile/automaton.ts): u32 class count, four u16 first states, 256 classes, u16 transitions.
import { BEFORE } from "./layout";

const MATCH_BIT: u32 = 0x8000;

/** The object that is scanned. Automata see its edges as the edges of the text. */
export let textBegin: usize = 0;
export let textEnd: usize = 0;

export function setText(begin: usize, end: usize): void {
  textBegin = begin;
  textEnd = end;
}

@inline function firstState(automaton: usize, at: usize): u32 {
  const before: usize = at == textBegin ? 0 : load<u8>(BEFORE + <usize>load<u8>(at - 1));
  return load<u16>(automaton + (before << 1), 4);
}

/** The end of the preferred match that starts at `at`, or 0. */
export function matchEnd(automaton: usize, at: usize): usize {
  const classCount = load<u32>(automaton);
  const classes = automaton + 12;
  const transitions = automaton + 268;
  let state = firstState(automaton, at);
  let end: usize = 0;
  let p = at;
  while (state) {
    const c: u32 = p < textEnd ? load<u8>(classes + <usize>load<u8>(p)) : classCount - 1;
    const next: u32 = load<u16>(transitions + ((state * classCount + c) << 1));
    if (next & MATCH_BIT) end = p;
    state = next & ~MATCH_BIT;
    p++;
  }
  return end;
}

/** Bytes after which a filter lets pass what it has not decided: open repeats must not make it read on and on. */
const FILTER_BYTES: usize = 512;

/** Whether anything may match from `at` on. */
export function accepts(automaton: usize, at: usize): bool {
  const classCount = load<u32>(automaton);
  const classes = automaton + 12;
  const transitions = automaton + 268;
  let state = firstState(automaton, at);
  let p = at;
  const enough = at + FILTER_BYTES;
  while (state) {
    if (p == enough) return true;
    const c: u32 = p < textEnd ? load<u8>(classes + <usize>load<u8>(p)) : classCount - 1;
    const next: u32 = load<u16>(transitions + ((state * classCount + c) << 1));
    if (next & MATCH_BIT) return true;
    state = next;
    p++;
  }
  return false;
}
