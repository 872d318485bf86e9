// How much of the text around a part has to be seen so that every match that overlaps the part is found.
import { textBegin, textEnd } from "./automata";
import { LEAD, LEAST_LEAD, MAX_LEAD, NEAR, TAIL } from "./layout";

/** A sequence may begin before its anchor, with the byte at a word's boundary. */
const BOUNDARY: usize = 8;

/**
 * No match of a rule that is not far, and that covers the byte before `at`, has its anchor before the result: beyond `NEAR`
 * bytes a match goes on with token bytes only, so the run of those before `at` is walked back.
 */
export function reachBack(at: usize): usize {
  let p = at;
  while (p > textBegin && load<u8>(TAIL + <usize>load<u8>(p - 1))) p--;
  return p - min(p - textBegin, NEAR + BOUNDARY);
}

/**
 * No match that starts before `at` has its fingerprint behind the result: beyond `LEAST_LEAD` bytes from its start there are
 * only bytes of `LEAD` before it, so the run of those is walked along.
 */
export function reachOn(at: usize): usize {
  const limit = min(textEnd, at + MAX_LEAD);
  let p = at + LEAST_LEAD - 1;
  while (p < limit && load<u8>(LEAD + <usize>load<u8>(p))) p++;
  return min(p, limit);
}
