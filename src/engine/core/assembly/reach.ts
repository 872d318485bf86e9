// How much of the text around a part has to be seen so that every match that overlaps the part is found.
import { textBegin, textEnd, textNumber } from "./automata";
import { LEAD, LEAST_LEAD, MAX_LEAD, NEAR, TAIL } from "./layout";
import { lookUp } from "./nibbles";

/** The sets as tables by the halves of a byte: each low half has a bit for each high half up to 7, as both hold ASCII only (compile/reach.ts). */
const TAILS: usize = memory.data(16, 16);
const LEADS: usize = memory.data(16, 16);

/** Makes them of the image's. */
export function startReach(): void {
  for (let byte: usize = 0; byte < 128; byte++) {
    const low = byte & 15, bit: u8 = 1 << <u8>(byte >> 4);
    if (load<u8>(TAIL + byte)) store<u8>(TAILS + low, load<u8>(TAILS + low) | bit);
    if (load<u8>(LEAD + byte)) store<u8>(LEADS + low, load<u8>(LEADS + low) | bit);
  }
}

/** A bit for each of the sixteen bytes at `p` that the set does not hold. */
@inline function outside(p: usize, set: usize): u32 {
  const bytes = v128.load(p), nibble = i8x16.splat(15);
  const highs = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
  const held = v128.and(lookUp(v128.load(set), v128.and(bytes, nibble)), lookUp(highs, v128.and(i16x8.shr_u(bytes, 4), nibble)));
  return i8x16.bitmask(i8x16.eq(held, i8x16.splat(0)));
}

/** A sequence may begin before its anchor, with the byte at a word's boundary. */
const BOUNDARY: usize = 8;

/** The run that was walked back last, and in which text: of a text that is one long run each of many matches would be walked from. */
let runText: u32 = 0;
let runFrom: usize = 0;
let runTo: usize = 0;

/** Bytes that were walked back along runs, ever. */
export let walked: u64 = 0;

/** Where the run of token bytes before `at` begins. */
function runBefore(at: usize): usize {
  if (runText != textNumber) {
    runText = textNumber;
    runFrom = runTo = 0;
  }
  let p = at;
  let others: u32 = 0;
  // No line feed is of the tail, so a run ends where the text begins.
  while ((p > runTo || p < runFrom) && !others) {
    others = outside(p - 16, TAILS);
    p -= others ? <usize>(clz(others) - 16) : 16;
  }
  walked += at - p;
  if (others) runTo = at;
  else {
    p = runFrom;
    runTo = max(runTo, at);
  }
  runFrom = p;
  return p;
}

/**
 * No match of a rule that is not far, and that covers the byte before `at`, has its anchor before the result: beyond `NEAR`
 * bytes a match goes on with token bytes only, so the run of those before `at` is walked back.
 */
export function reachBack(at: usize): usize {
  const p = runBefore(at);
  return p - min(p - textBegin, NEAR + BOUNDARY);
}

/** Whether `reachBack(at)` is behind `anchor`, which takes no more than reading what is between them. */
export function reachesBehind(anchor: usize, at: usize): bool {
  const least = anchor + NEAR + BOUNDARY;
  let p = at;
  let others: u32 = 0;
  while (p > least && !others) {
    others = outside(p - 16, TAILS);
    p -= others ? <usize>(clz(others) - 16) : 16;
  }
  if (p < at) walked += at - p;
  return others != 0 && p > least;
}

/**
 * No match that starts before `at` has its fingerprint behind the result: beyond `LEAST_LEAD` bytes from its start there are
 * only bytes of `LEAD` before it, so the run of those is walked along.
 */
export function reachOn(at: usize): usize {
  const limit = min(textEnd, at + MAX_LEAD);
  for (let p = at + LEAST_LEAD - 1; p < limit; p += 16) {
    const others = outside(p, LEADS);
    if (others) return min(p + <usize>ctz(others), limit);
  }
  return limit;
}
