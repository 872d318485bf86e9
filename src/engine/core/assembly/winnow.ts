// Tells which parts of a text may hold something. A history has millions of changed places and next to no secrets: this goes
// through all that a change touched in one call, and only what is left is worth being looked at one by one.
import { setText, textBegin, textEnd } from "./automata";
import { exceeded, stepsTaken } from "./budget";
import { BEHIND, firstSeen, lastSeen, pad, scanFrom, unpad } from "./index";
import { hash, HASHED, isKnown, learn, MOST_BYTES, PIECE_BYTES, pieceRoom, PIECES, remembers, TAG } from "./known";
import { mayHide } from "./peel";
import { PADDING } from "./layout";
import { bringsKeyword } from "./muted";
import { AWAY, roomOf } from "./openings";
import { matches, OPENED, scanFlags } from "./spans";
import { forgetTouched, touchedFrom, touchedTo } from "./touched";
import { touchedBegin, touchedEnd } from "./wrapped";

/** Parts longer than this are cut into pieces that are looked up one by one. */
const PART_BYTES: usize = 3072;
/** A piece has so many bytes, and more until a line begins that is cut at; beyond the second every line will do. */
const LEAST_PIECE: usize = 1536;
const MOST_PIECE: usize = 3072;
/** What the classifier and `verify` look at before the bytes that are scanned. */
const BEFORE: usize = 32;
/** Beyond so many bytes read by automata the rest is taken for suspicious: the scan of it counts them rule by rule. */
const STEPS_PER_BYTE: f64 = 64.0;
const STEPS_BASE: f64 = 4194304.0;

/**
 * Pieces wait to be judged until some have been hashed: what is known lies scattered over memory that no cache holds, and the
 * look-ups of several overlap. Of each: the part that it is of, its ends, the ends of what is scanned, of the words, and of all
 * that its answer hangs on; then what `known.ts` keeps.
 */
const PART: usize = 0, FROM: usize = 4, TO: usize = 8, WORD_FROM: usize = 12, WORD_TO: usize = 16, BEGIN: usize = 20, END_AT: usize = 24;
/** What is known of it. */
const KNOWN: usize = 28;
const SEEN: usize = 56, STOP: usize = 60;
const NOT_ASKED: u32 = 0, UNKNOWN: u32 = 1, CLEAR: u32 = 2;

/** The words before this place were peeled, by the part before, or will be. */
let peeledTo: usize = 0;
/** The end of the pieces that wait. */
let pieces: usize = 0;
/** The end of the parts that are left, and the last part of which a piece is. */
let left: usize = 0;
let openPart: u32 = 0;

/**
 * Takes `count` parts of the object of `length` bytes at `object`, pairs of offsets in ascending order at `parts`, and leaves
 * there, narrower perhaps, those that overlap a match in clear or, up to `depth` decodings deep, in an encoded word. A part may be
 * left that overlaps none, and of a far rule the part is left that its beginning was seen in.
 *
 * @returns how many are left; -1: a part brings a keyword of a rule that was mute in what this text was made from (muted.ts), so that
 *   only the whole tells
 */
export function winnow(object: usize, length: u32, parts: usize, count: i32, depth: i32): i32 {
  const end = object + <usize>length;
  const enough = stepsTaken() + STEPS_PER_BYTE * <f64>length + STEPS_BASE;
  const full = PIECES + pieceRoom * PIECE_BYTES;
  left = parts;
  openPart = 0;
  pieces = PIECES;
  peeledTo = object;
  pad(object, end);
  setText(object, end);
  const room = roomOf(object);
  if (room && load<u32>(room, AWAY)) {
    if (count == 1 && load<u32>(parts) == 0 && load<u32>(parts, 4) == length) store<u32>(room, 0, AWAY);
    else if (bringsKeyword(load<u32>(room, AWAY), object, parts, count)) {
      unpad(object, end);
      return -1;
    }
  }
  for (let i = 0; i < count; i++) {
    const part = parts + (<usize>i << 3);
    const to = object + <usize>load<u32>(part, 4);
    for (let p = object + <usize>load<u32>(part); p < to;) {
      const next = pieceEnd(p, to);
      prepare(<u32>i + 1, p, next, depth);
      if (pieces == full) judgeAll(object, depth, enough);
      p = next;
    }
  }
  judgeAll(object, depth, enough);
  unpad(object, end);
  return <i32>((left - parts) >> 3);
}

/** Keeps of each part that waits what is between its first and its last piece that is not clear. */
function judgeAll(object: usize, depth: i32, enough: f64): void {
  for (let piece = PIECES; piece < pieces; piece += PIECE_BYTES) {
    if (load<u32>(piece, KNOWN)) store<u32>(piece, UNKNOWN + <u32>isKnown(piece + TAG), KNOWN);
  }
  for (let piece = PIECES; piece < pieces; piece += PIECE_BYTES) {
    if (load<u32>(piece, KNOWN) == CLEAR) continue;
    if (stepsTaken() <= enough && isClear(piece, depth)) continue;
    const part = load<u32>(piece, PART);
    if (part != openPart) {
      openPart = part;
      store<u32>(left, load<u32>(piece, FROM) - <u32>object);
      left += 8;
    }
    store<u32>(left - 8, load<u32>(piece, TO) - <u32>object, 4);
  }
  pieces = PIECES;
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

/**
 * Adds a piece to those that wait. One that a scan has to begin far before, in what the last one is of as well, becomes a part of that: a word of
 * megabytes that was changed at thousands of places would be gone through from its beginning for each.
 */
function prepare(part: u32, from: usize, to: usize, depth: i32): void {
  const seen = firstSeen(from), stop = lastSeen(to);
  // The words that it overlaps, and none that begin where it ends: what is found in those is for the next piece to tell. A long
  // word that many parts touch is gone through once.
  let wordFrom = from, wordTo = to;
  const isFirst = from >= peeledTo;
  if (depth > 0 && to > peeledTo) {
    wordFrom = touchedBegin(max(from, peeledTo), peeledTo, textEnd);
    wordTo = touchedEnd(to, textBegin, textEnd);
    peeledTo = wordTo;
  } else wordTo = 0;
  const end = max(min(stop + BEHIND, textEnd + PADDING), wordTo + 1);
  const begin = end - (end - min(seen - BEFORE, wordFrom - 1) + HASHED - 1 & ~(HASHED - 1));
  if (end - begin > MOST_BYTES && pieces > PIECES && seen <= <usize>load<u32>(pieces - PIECE_BYTES, TO)) {
    join(pieces - PIECE_BYTES, to, stop, end, wordFrom, wordTo);
    return;
  }
  const piece = pieces;
  pieces += PIECE_BYTES;
  const mayKnow = remembers() && isFirst && end - begin <= MOST_BYTES;
  store<u32>(piece, part, PART);
  store<u32>(piece, <u32>from, FROM);
  store<u32>(piece, <u32>to, TO);
  store<u32>(piece, <u32>wordFrom, WORD_FROM);
  store<u32>(piece, <u32>wordTo, WORD_TO);
  store<u32>(piece, <u32>seen, SEEN);
  store<u32>(piece, <u32>stop, STOP);
  store<u32>(piece, <u32>begin, BEGIN);
  store<u32>(piece, <u32>end, END_AT);
  store<u32>(piece, mayKnow ? UNKNOWN : NOT_ASKED, KNOWN);
  if (!mayKnow) return;
  // Whether the text's edges are near is part of what the bytes mean.
  const edges = (begin <= textBegin ? <u32>(from - textBegin) + 1 : 0) | (end >= textEnd ? <u32>(textEnd - from) + 1 : 0) << 16;
  hash(piece + TAG, begin, end, <u32>(from - begin) | depth << 16, <u32>(to - begin), edges);
}

/** Lets a piece that waits go on to `to`, with all that is asked for that. */
function join(piece: usize, to: usize, stop: usize, end: usize, wordFrom: usize, wordTo: usize): void {
  store<u32>(piece, <u32>to, TO);
  store<u32>(piece, <u32>stop, STOP);
  store<u32>(piece, max(<u32>end, load<u32>(piece, END_AT)), END_AT);
  store<u32>(piece, NOT_ASKED, KNOWN);
  if (wordTo == 0) return;
  if (load<u32>(piece, WORD_TO) == 0) store<u32>(piece, <u32>wordFrom, WORD_FROM);
  store<u32>(piece, <u32>wordTo, WORD_TO);
}

function isClear(piece: usize, depth: i32): bool {
  const mayKnow = load<u32>(piece, KNOWN) == UNKNOWN;
  // A piece that waited with it may have been the same.
  if (mayKnow && isKnown(piece + TAG)) return true;
  forgetTouched();
  scanFrom(load<u32>(piece, SEEN), load<u32>(piece, STOP), load<u32>(piece, FROM), load<u32>(piece, TO));
  const isOwn = touchedFrom >= <usize>load<u32>(piece, BEGIN) && touchedTo <= <usize>load<u32>(piece, END_AT);
  const flags = scanFlags();
  let clear = matches() == 0 && (flags & ~OPENED) == 0;
  const wordTo = load<u32>(piece, WORD_TO);
  if (wordTo) {
    const text = textBegin, limit = textEnd;
    if (mayHide(text, load<u32>(piece, WORD_FROM), wordTo, depth)) clear = false;
    setText(text, limit);
  }
  if (exceeded()) clear = false;
  // What is known clear is not scanned again, and its openings would not be noted.
  if (clear && !flags && isOwn && mayKnow) learn(piece + TAG);
  return clear;
}
