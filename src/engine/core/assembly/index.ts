// The scan of one object: classify a segment, verify its candidates, settle what can no longer change, go on.
import { setText, textBegin, textEnd } from "./automata";
import { startBudget } from "./budget";
import { classify } from "./classify";
import { MAX_DELTA, MAX_STRIDE, PADDING, RULE_COUNT, SEGMENT } from "./layout";
import { hasNotes } from "./notes";
import { roomOf } from "./openings";
import { reachBack, reachOn, walked } from "./reach";
import { refuse as refuseIn } from "./refused";
import { classifyRuns, startRuns } from "./runs";
import { endSpans, goInside, matches, neededFrom, settle, startSpans } from "./spans";

export { install, matchesAddress, workBytes } from "./layout";
export { clearExceeded, exceeded, exceededAddress, stepsOf, stepsTaken } from "./budget";
export { relaxedFits } from "./classify";
export { decodeBytes, peel, prepareDecoding, recordsAddress } from "./peel";
export { scanFlags } from "./spans";
export { knownBytes, rememberAt } from "./known";
export { mutingAt, noteOpeningsAt, openingsBytes } from "./openings";
export { mayHold, survey, surveyedLength, surveyedRuns, surveyedText } from "./survey";
export { winnow } from "./winnow";

/** Bytes behind those that are scanned that are looked at to tell what stands in them: the rest of a block, and the next one (notes.ts). */
export const BEHIND: usize = 144;

/** The bytes that the padding covers, kept while the scan runs. */
const saved: usize = memory.data(128, 16);

/**
 * Puts line feeds around a text and keeps what was there for `unpad`. One text at a time: what is scanned in between goes
 * through `scanOwned`.
 */
// A vector at a time: copying so few bytes by memory.copy is a call out of WebAssembly.
export function pad(begin: usize, end: usize): void {
  for (let i: usize = 0; i < PADDING; i += 16) {
    v128.store(saved + i, v128.load(begin - PADDING + i));
    v128.store(saved + PADDING + i, v128.load(end + i));
  }
  feed(begin, end);
}

function feed(begin: usize, end: usize): void {
  const feeds = i8x16.splat(10);
  for (let i: usize = 0; i < PADDING; i += 16) {
    v128.store(begin - PADDING + i, feeds);
    v128.store(end + i, feeds);
  }
}

export function unpad(begin: usize, end: usize): void {
  for (let i: usize = 0; i < PADDING; i += 16) {
    v128.store(begin - PADDING + i, v128.load(saved + i));
    v128.store(end + i, v128.load(saved + PADDING + i));
  }
}

/**
 * Finds the matches that overlap `[from, to)` in the object of `length` bytes at `object`; offsets count from the
 * object's first byte. The result is their number; they are at `matchesAddress()`, four words each.
 */
export function scan(object: usize, length: u32, from: u32, to: u32): i32 {
  const end = object + <usize>length;
  setText(object, end);
  pad(object, end);
  scanPart(object + <usize>from, object + <usize>to);
  unpad(object, end);
  return matches();
}

/** Keeps in mind that a match was refused, whose offsets count from the first byte of the object: see refused.ts. */
export function refuse(object: usize, length: u32, rule: u32, start: u32, end: u32): void {
  const room = roomOf(object);
  if (room) refuseIn(room, rule, object + <usize>start, object + <usize>end, object, object + <usize>length);
}

/** The same for all of a text of the core's own, around which `PADDING` bytes may be lost. */
export function scanOwned(text: usize, length: u32): i32 {
  const end = text + <usize>length;
  setText(text, end);
  feed(text, end);
  goInside(true);
  scanPart(text, end);
  goInside(false);
  return matches();
}

/** The same by addresses, in the text that is set and padded. */
export function scanPart(first: usize, last: usize): void {
  scanFrom(firstSeen(first), lastSeen(last), first, last);
}

/** Where the bytes begin that have to be seen for matches that overlap what is behind `first`, and where those end for what is before `last`. */
export function firstSeen(first: usize): usize {
  return first == textBegin ? first : reachBack(first);
}

export function lastSeen(last: usize): usize {
  return min(textEnd, reachOn(last) + 16);
}

/** The same when that is known. */
export function scanFrom(seen: usize, stop: usize, first: usize, last: usize): void {
  for (;;) {
    scanSeen(seen, stop, first, last);
    const needed = neededFrom();
    if (needed >= seen) break;
    // Matches seen so far may hang on earlier ones: look further back, and further each time.
    const further = seen - min(seen - textBegin, <usize>512);
    seen = max(textBegin, min(needed, further - min(further - textBegin, first - seen)));
  }
}

let scanned: u64 = 0;

/** Bytes that scans went through and that runs were walked back along, ever: of a text, some times its length. */
export function bytesSeen(): f64 {
  return <f64>(scanned + walked);
}

function scanSeen(seen: usize, stop: usize, first: usize, last: usize): void {
  startSpans(first, last, seen);
  startBudget(stop - seen);
  scanned += stop - seen;
  // Notes of the whole text begin with it.
  let p = hasNotes() ? textBegin : seen - 16;
  startRuns(p);
  const known = stop == textEnd ? usize.MAX_VALUE : stop + BEHIND;
  while (p < stop + 16) {
    const segmentEnd = min(p + SEGMENT, stop + 16);
    classify(p, segmentEnd, known);
    classifyRuns(p, segmentEnd);
    p += SEGMENT;
    if (p < stop + 16) settle(segmentEnd - MAX_DELTA - MAX_STRIDE - 32);
  }
  settle(usize.MAX_VALUE);
  endSpans(RULE_COUNT);
}
