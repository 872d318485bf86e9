// Matches that entropy or an allowlist refuses as the bytes of their secret say (compile/refusal.ts). Where the secret stands in a match is not
// known here: so all places are tried where it may, and what is refused at each of them is refused.
import { matchEnd, stepsRead, textEnd } from "./automata";
import { COUNTS, IMAGE } from "./layout";

/**
 * In the image: the map of bytes, the table of n log n, the fewest bytes of a secret and of the match before it, the most bytes of the match
 * behind it, the map's bits of bytes that are allowed where a secret holds no others, and the bound of entropy, 0 for none.
 */
const TABLE: usize = 4, LEAST: usize = 8, LEAST_BEFORE: usize = 12, MOST_BEHIND: usize = 16, ALLOWED: usize = 20, BOUND: usize = 24;
const IS_BYTE: u32 = 1, IS_BEFORE: u32 = 2, IS_BEHIND: u32 = 4;
/** The table ends there; longer secrets are not told. */
const LONGEST: usize = 255;

@inline function bitsOf(map: usize, p: usize): u32 {
  return load<u8>(map + <usize>load<u8>(p));
}

/** Whether the match is refused, wherever in it the secret stands. False says nothing. */
export function isRefusedAnyway(refusal: usize, start: usize, end: usize): bool {
  const map = IMAGE + <usize>load<u32>(refusal);
  const mostBehind: usize = load<u32>(refusal, MOST_BEHIND);
  let found = false;
  for (let behind: usize = 0; behind <= mostBehind && behind <= end - start; behind++) {
    const secretEnd = end - behind;
    if (behind > 0 && !(bitsOf(map, secretEnd) & IS_BEHIND)) break;
    const answer = tellBefore(refusal, map, start, secretEnd);
    if (answer < 0) return false;
    if (answer > 0) found = true;
  }
  return found;
}

/** Of the secrets that may end at `end`: 1 where all are refused, 0 where there is none, -1 where one is not, or nobody knows. */
function tellBefore(refusal: usize, map: usize, start: usize, end: usize): i32 {
  const table = IMAGE + <usize>load<u32>(refusal, TABLE), bound: u64 = load<u32>(refusal, BOUND);
  const least: usize = load<u32>(refusal, LEAST), first = start + <usize>load<u32>(refusal, LEAST_BEFORE);
  let allowed = load<u32>(refusal, ALLOWED), sum: u32 = 0, answer = 0;
  memory.fill(COUNTS, 0, 256);
  for (let p = end; p > first;) {
    p--;
    const bits = bitsOf(map, p);
    if (!(bits & IS_BYTE)) break;
    const length = end - p;
    if (length > LONGEST) return -1;
    allowed &= bits;
    const count = COUNTS + <usize>load<u8>(p), times: usize = load<u8>(count);
    store<u8>(count, <u8>(times + 1));
    sum += load<u32>(table + (times << 2), 4) - load<u32>(table + (times << 2));
    if (length < least || !(bitsOf(map, p - 1) & IS_BEFORE)) continue;
    const isPoor = <u64>(load<u32>(table + (length << 2)) - sum) <= bound * length;
    if (!allowed && !(bound && isPoor)) return -1;
    answer = 1;
  }
  return answer;
}

/** So much is read for each byte of a match to tell what begins in it. */
const STEPS_PER_BYTE: usize = 16;

/**
 * Whether no match begins within one, behind its first byte, that is not refused, while its bytes and the one behind it stay as they are: as
 * Within.find says in JavaScript.
 *
 * @param run what a match may begin with: a run of bytes of that map; 0: nothing.
 */
export function keepsNoOthers(refusal: usize, automaton: usize, run: usize, start: usize, end: usize): bool {
  // What begins with a run may go on with it beyond the match.
  if (run && end < textEnd && load<u8>(run + <usize>load<u8>(end))) return false;
  let left = <isize>(STEPS_PER_BYTE * (end - start));
  for (let at = start + 1; at < end; at++) {
    const matched = matchEnd(automaton, at);
    left -= <isize>stepsRead;
    if (left < 0 || at + <usize>stepsRead > end + 1) return false;
    if (matched && !isRefusedAnyway(refusal, at, matched)) return false;
  }
  return true;
}
