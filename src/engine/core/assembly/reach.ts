// How much of the text around a part has to be seen so that every match that overlaps the part is found.
import { textBegin } from "./automata";
import { TAIL } from "./layout";

/** compile/reach.ts: within so many bytes of its anchor a match may hold anything. The rest covers a fingerprint's lead. */
const NEAR: usize = 96 + 8;

/**
 * No match of a rule that is not far, and that covers the byte before `at`, has its anchor before the result: beyond `NEAR`
 * bytes a match goes on with token bytes only, so the run of those before `at` is walked back.
 */
export function reachBack(at: usize): usize {
  let p = at;
  while (p > textBegin && load<u8>(TAIL + <usize>load<u8>(p - 1))) p--;
  return p - min(p - textBegin, NEAR);
}
