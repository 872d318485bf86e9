// Matches that entropy, a checksum or an allowlist refused, as their own bytes say and the two before and behind them: in a text that is
// noted they are not told again, wherever they stand. What is kept of one is what known.ts keeps of a part of a text.
import { hash, HASHED, isKnown, learn, remembers, TAG } from "./known";
import { BOOK } from "./openings";

/** Bytes before and behind a match that its verdict may hang on. */
const AROUND: usize = 2;
/** Longer matches are told each time. */
const LONGEST: usize = 220;

/** The bytes of a match in a row, and behind them zeros. */
const row: usize = memory.data(320, 16);
/** As a piece has it in known.ts. */
const piece: usize = memory.data(64, 16);

/** No part of a text ends there: so no part is taken for a match. */
const IS_MATCH: u32 = 0x80000000;

function tell(room: usize, rule: u32, begin: usize, end: usize, textBegin: usize, textEnd: usize): void {
  const from = max(begin - AROUND, textBegin), to = min(end + AROUND, textEnd);
  const length = to - from;
  for (let i: usize = 0; i < length; i += 16) v128.store(row + i, v128.load(from + i));
  for (let i: usize = 0; i < HASHED; i += 16) v128.store(row + length + i, i8x16.splat(0));
  const edges = load<u32>(room, BOOK) << 4 | <u32>(begin - from) << 2 | <u32>(to - end);
  hash(piece + TAG, row, row + (length + HASHED - 1 & ~(HASHED - 1)), rule, IS_MATCH | <u32>length, edges);
}

export function isRefused(room: usize, rule: u32, begin: usize, end: usize, textBegin: usize, textEnd: usize): bool {
  if (!remembers() || end - begin > LONGEST) return false;
  tell(room, rule, begin, end, textBegin, textEnd);
  return isKnown(piece + TAG);
}

/** Keeps in mind that a match in the text of `room` was refused, and keeps no other one from its place. */
export function refuse(room: usize, rule: u32, begin: usize, end: usize, textBegin: usize, textEnd: usize): void {
  if (!remembers() || end - begin > LONGEST) return;
  tell(room, rule, begin, end, textBegin, textEnd);
  learn(piece + TAG);
}
