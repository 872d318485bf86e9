// Tells which parts of a text may hold something. A history has millions of changed places and next to no secrets: this goes
// through all that a change touched in one call, and only what is left is worth being looked at one by one.
import { setText, textBegin, textEnd } from "./automata";
import { exceeded, stepsTaken } from "./budget";
import { classOf, END } from "./characters";
import { pad, scanPart, unpad } from "./index";
import { isKnown, learn, MOST_BYTES, remembers } from "./known";
import { peel } from "./peel";
import { reachBack, reachOn } from "./reach";
import { matches, scanFlags } from "./spans";
import { forgetTouched, touchedFrom, touchedTo } from "./touched";

/** Parts longer than this are cut into pieces that are looked up one by one. */
const PART_BYTES: usize = 1536;
/** A piece has so many bytes, and more until a line begins that is cut at; beyond the second every line will do. */
const LEAST_PIECE: usize = 256;
const MOST_PIECE: usize = 2048;
/** What the classifier and `verify` look at around the bytes that are scanned. */
const BEFORE: usize = 32;
const BEHIND: usize = 48;
/** Beyond so many bytes read by automata the rest is taken for suspicious: the scan of it counts them rule by rule. */
const STEPS_PER_BYTE: f64 = 64.0;
const STEPS_BASE: f64 = 4194304.0;

/** The words before this place were peeled, by the part before. */
let peeledTo: usize = 0;

/**
 * Takes `count` parts of the object of `length` bytes at `object`, pairs of offsets in ascending order at `parts`, and leaves
 * there, narrower perhaps, those that overlap a match in clear or, up to `depth` decodings deep, in an encoded word. A part may be
 * left that overlaps none, and of a far rule the part is left that its beginning was seen in.
 *
 * @returns how many are left
 */
export function winnow(object: usize, length: u32, parts: usize, count: i32, depth: i32): i32 {
  const end = object + <usize>length;
  const enough = stepsTaken() + STEPS_PER_BYTE * <f64>length + STEPS_BASE;
  let left = parts;
  peeledTo = object;
  pad(object, end);
  setText(object, end);
  for (let i = 0; i < count; i++) {
    const part = parts + (<usize>i << 3);
    const from = object + <usize>load<u32>(part), to = object + <usize>load<u32>(part, 4);
    let first: usize = 0, last: usize = 0;
    for (let p = from; p < to;) {
      const next = pieceEnd(p, to);
      if (stepsTaken() > enough || !isClear(p, next, depth)) {
        if (!last) first = p;
        last = next;
      }
      p = next;
    }
    if (!last) continue;
    store<u32>(left, <u32>(first - object));
    store<u32>(left, <u32>(last - object), 4);
    left += 8;
  }
  unpad(object, end);
  return <i32>((left - parts) >> 3);
}

/**
 * Where the piece ends that begins at `from`. Long parts are cut before lines of which the first bytes say so: so the same lines
 * give the same pieces wherever they stand. Nowhere else, because tokens and words end with their line.
 */
function pieceEnd(from: usize, to: usize): usize {
  if (to - from <= PART_BYTES) return to;
  const feed = i8x16.splat(10);
  for (let p = from + LEAST_PIECE; p < to; p += 16) {
    let feeds: u32 = i8x16.bitmask(i8x16.eq(v128.load(p), feed));
    while (feeds) {
      const line = p + <usize>ctz(feeds) + 1;
      feeds &= feeds - 1;
      if (line >= to) return to;
      if ((load<u32>(line) * 0x9e3779b1) >> 28 == 0 || line - from > MOST_PIECE) return line;
    }
  }
  return to;
}

function isClear(from: usize, to: usize, depth: i32): bool {
  const seen = from == textBegin ? from : reachBack(from);
  const stop = min(textEnd, reachOn(to) + 16);
  // The words that it overlaps. A long one that many parts touch is gone through once.
  let wordFrom = from, wordTo = to;
  const isFirst = from >= peeledTo;
  if (depth > 0 && to > peeledTo) {
    wordFrom = max(from, peeledTo);
    while (wordFrom > peeledTo && !(classOf(wordFrom - 1) & END)) wordFrom--;
    while (wordTo < textEnd && !(classOf(wordTo) & END)) wordTo++;
  }
  const begin = min(seen - BEFORE, wordFrom - 1), end = max(stop + BEHIND, wordTo + 1);
  const mayKnow = remembers() && isFirst && end - begin <= MOST_BYTES;
  if (mayKnow) {
    // Whether the text's edges are near is part of what the bytes mean.
    const edges = (begin <= textBegin ? <u32>(from - textBegin) + 1 : 0) | (end >= textEnd ? <u32>(textEnd - from) + 1 : 0) << 16;
    if (isKnown(begin, end, <u32>(from - begin) | depth << 16, <u32>(to - begin), edges)) {
      peeledTo = max(peeledTo, wordTo);
      return true;
    }
  }
  forgetTouched();
  scanPart(from, to);
  const isOwn = touchedFrom >= begin && touchedTo <= end;
  let clear = matches() == 0 && scanFlags() == 0;
  if (depth > 0 && wordTo > peeledTo) {
    peeledTo = wordTo;
    const text = textBegin, limit = textEnd;
    if (peel(text, <u32>(limit - text), <u32>(wordFrom - text), <u32>(wordTo - text), depth, false)) clear = false;
    setText(text, limit);
  }
  if (exceeded()) clear = false;
  if (clear && isOwn && mayKnow) learn();
  return clear;
}
