// Goes through families of deltas and looks at what each object has more than its base, as long as there is nothing to find.
// Where there may be, and where an object is none of the usual, the caller takes over: see `FamilyScan`.
import { winnow } from "./caller";
import { addCommit } from "./commits";
import { applySteps, ranges, resultBytes } from "./delta";
import { inflate } from "./inflate";
import { clear, extend, FRAMES, get, lengthOf, OPENINGS, set, shorten, take } from "./lists";
import { carryOpenings, keepOpenings, moveOpenings, mutedIn, noteOpeningsOf } from "./openings";
import { child, isNeeded, isWanted, NONE, numberOf, packedBytes, sibling, sizeOf, sourceOf, typeOf } from "./pack-columns";
import { behind, free, placeFirst, placeNext, SLACK } from "./places";
import { hasNul } from "./tree";

const COMMIT: i32 = 1;
const BLOB: i32 = 3;

/** What `nextEvent` tells of: there is no more, or the caller is to go on elsewhere for a while; an object that cannot be made. */
const DONE: i32 = 0;
const BROKEN: i32 = 1;
/** An object that the caller is to look at. */
const VISIT: i32 = 2;
/** An object of which only the pieces at `ranges` are left to be looked at. It is counted. */
const LEFT: i32 = 3;

/** What is known of the hits in an object on which others build: nothing, that there are none, or that there are some. */
const UNKNOWN: i32 = 0;
const CLEAR: i32 = 1;
const HITS: i32 = 2;

const BAD_STREAM: i32 = -1;
const NO_ROOM: i32 = -5;
/** An object that is shorter than its header says. */
const SHORT: i32 = -9;
// What lines of a header begin with.
const NEWLINE: u32 = 10;
const BLANK: u32 = 32;
const TREE: u32 = 0x65657274;
const TYPE: u32 = 0x65707974;
const PARE: u32 = 0x65726170;
const NT: u32 = 0x746e;
const OBJE: u32 = 0x656a626f;
const CT: u32 = 0x7463;
const GPGS: u32 = 0x73677067;
const IG: u32 = 0x6769;
/** `-sha256 ` */
const SHA256: u64 = 0x203635326168732d;
const AUTH: u32 = 0x68747561;
const OR: u32 = 0x726f;
const TAGG: u32 = 0x67676174;
const ER: u32 = 0x7265;
const COMM: u32 = 0x6d6d6f63;
const ITTE: u32 = 0x65747469;
const R_BLANK: u32 = 0x2072;
const ADDRESS_END: u32 = 0x3e;
/** Which commits and tags are events whatever they hold: those with fields that git does not need, or each. */
const WITH_FIELDS: i32 = 1;
const EACH: i32 = 2;
/** Most parts of a commit's or tag's text that are told apart. */
const MOST_PIECES: i32 = 16;
/** Bytes in which a NUL tells that a file is no text. */
const TOLD_BYTES: i32 = 8000;

let arena: usize = 0;
let arenaEnd: usize = 0;
let deltaAt: usize = 0;
let rangesAt: usize = 0;
let mostRanges: i32 = 0;
let gap: i32 = 0;
let pieceBytes: i32 = 0;
let depth: i32 = 0;
let takesCommits: bool = false;
let shownMessages: i32 = 0;

let roots: usize = 0;
let rootsEnd: usize = 0;

// The object that the last event is about.
let rank: i32 = 0;
let base: i32 = 0;
let state: i32 = 0;
let at: usize = 0;
let length: i32 = 0;
let left: i32 = 0;

// Where the openings of its base stand in the list, and whether nothing else builds on that.
let baseOpenings: i32 = 0;
let baseOpeningsEnd: i32 = 0;
let isLastOfBase: bool = false;

let objects: f64 = 0;
let bytes: f64 = 0;
let scanned: f64 = 0;

/** Tells where objects are made: see `FamilyScan`. */
export function familiesSetup(
  arenaAt: usize,
  arenaBytes: usize,
  delta: usize,
  rangesThere: usize,
  rangesMost: i32,
  gapBytes: i32,
  largest: i32,
  decodeDepth: i32,
): void {
  arena = arenaAt;
  arenaEnd = arenaAt + arenaBytes;
  deltaAt = delta;
  rangesAt = rangesThere;
  mostRanges = rangesMost;
  gap = gapBytes;
  pieceBytes = largest;
  depth = decodeDepth;
}

/**
 * Begins with families: `count` words from `rootsAt` on are the ranks of their first. `keepsCommits`: they go into the table here.
 * `shown`: which commits and tags are events in any case, none, `WITH_FIELDS` or `EACH`.
 */
export function beginFamilies(rootsAt: usize, count: i32, keepsCommits: bool, shown: i32): void {
  clear(FRAMES, 0);
  roots = rootsAt;
  rootsEnd = rootsAt + (<usize>count << 2);
  takesCommits = keepsCommits;
  shownMessages = shown;
}

export function eventRank(): i32 {
  return rank;
}

/** The rank of what it builds on, or -1. */
export function eventBase(): i32 {
  return base;
}

/** What is known of the base's hits. */
export function eventState(): i32 {
  return state;
}

export function eventAddress(): usize {
  return at;
}

/** The object's length; of one that is broken, the code. */
export function eventLength(): i32 {
  return length;
}

export function piecesLeft(): i32 {
  return left;
}

/** What was counted since this was asked last. */
export function takeObjects(): f64 {
  const count = objects;
  objects = 0;
  return count;
}

export function takeBytes(): f64 {
  const count = bytes;
  bytes = 0;
  return count;
}

export function takeScanned(): f64 {
  const count = scanned;
  scanned = 0;
  return count;
}

/** Goes on to what builds on the object that was visited. `hits`: what is known of its hits. */
export function visited(hits: i32): void {
  pushChildren(hits);
}

function pushChildren(hits: i32): void {
  // The first of them is gone to when the others are done.
  let isLast = true;
  let openings = 0, openingsEnd = 0;
  let away: u32 = 0;
  for (let entry = child(rank); entry != NONE; entry = sibling(entry)) {
    if (!isNeeded(entry)) continue;
    if (isLast) {
      if (hits == UNKNOWN || !keepOpenings(baseOpeningsEnd)) {
        hits = UNKNOWN;
        shorten(OPENINGS, baseOpeningsEnd);
      }
      away = hits == UNKNOWN ? 0 : mutedIn();
      openings = isLastOfBase ? baseOpenings : baseOpeningsEnd;
      moveOpenings(baseOpeningsEnd, openings);
      openingsEnd = lengthOf(OPENINGS);
    }
    pushFrame(entry, rank, hits, at, length, isLast, openings, openingsEnd, away);
    isLast = false;
  }
}

/** Words of what is known of an object that is to be made. */
const FRAME: i32 = 10;

@inline function pushFrame(
  entry: i32,
  parent: i32,
  hits: i32,
  baseAt: usize,
  baseLength: i32,
  isLast: bool,
  openings: i32,
  openingsEnd: i32,
  away: u32,
): void {
  const frame = extend(FRAMES, FRAME);
  store<i32>(frame, entry);
  store<i32>(frame, parent, 4);
  store<i32>(frame, hits, 8);
  store<usize>(frame, baseAt, 12);
  store<i32>(frame, baseLength, 16);
  store<usize>(frame, free, 20);
  store<i32>(frame, <i32>isLast, 24);
  store<i32>(frame, openings, 28);
  store<i32>(frame, openingsEnd, 32);
  store<u32>(frame, away, 36);
}

/** Goes on in another arena, with what lies in this one, and with the object for which there was no room in it. */
export function moveArena(to: usize, size: usize): void {
  const by = <i32>(to - arena);
  memory.copy(to, arena, min(at, arenaEnd + SLACK) - arena);
  // Its frame was taken, and stands there yet.
  extend(FRAMES, FRAME);
  for (let frame = 0, end = lengthOf(FRAMES); frame < end; frame += FRAME) {
    if (get(FRAMES, frame + 1) == NONE) continue;
    set(FRAMES, frame + 3, get(FRAMES, frame + 3) + by);
    set(FRAMES, frame + 5, get(FRAMES, frame + 5) + by);
  }
  arena = to;
  arenaEnd = to + size;
}

/** @param budget how many bytes may be made before `DONE` is told, with families left perhaps: then `hasFamilies`. */
export function nextEvent(budget: f64): i32 {
  for (;;) {
    while (lengthOf(FRAMES) > 0) {
      const event = object();
      if (event != DONE) return event;
      budget -= <f64>length;
    }
    if (roots == rootsEnd || budget <= 0) break;
    rank = load<i32>(roots);
    roots += 4;
    if (isNeeded(rank)) pushFrame(rank, NONE, UNKNOWN, 0, 0, true, 0, 0, 0);
  }
  return DONE;
}

export function hasFamilies(): bool {
  return roots != rootsEnd;
}

/** Makes the next object and looks at it. */
function object(): i32 {
  const frame = take(FRAMES, FRAME);
  rank = load<i32>(frame);
  base = load<i32>(frame, 4);
  state = load<i32>(frame, 8);
  isLastOfBase = load<i32>(frame, 24) != 0;
  baseOpenings = load<i32>(frame, 28);
  baseOpeningsEnd = load<i32>(frame, 32);
  const away = load<u32>(frame, 36);
  shorten(OPENINGS, baseOpeningsEnd);
  length = make(load<usize>(frame, 12), load<i32>(frame, 16), load<usize>(frame, 20), isLastOfBase);
  if (length < 0) return BROKEN;
  noteOpeningsOf(at, away);
  if (!isWanted(rank)) {
    pushChildren(UNKNOWN);
    return DONE;
  }
  const kind = typeOf(rank);
  return kind == BLOB ? blob() : takesCommits ? message(kind) : VISIT;
}

/** @returns the object's length; or why it cannot be made. */
function make(baseAt: usize, baseLength: i32, from: usize, isLast: bool): i32 {
  const size = sizeOf(rank);
  if (base == NONE) placeFirst(arena);
  at = base == NONE ? arena : behind(baseAt, baseLength);
  if (size > <f64>pieceBytes) return NO_ROOM;
  const packed = <i32>size;
  if (base == NONE && packed > <i32>(arenaEnd - arena)) return NO_ROOM;
  const source = sourceOf(rank);
  const made = inflate(source, source + packedBytes(rank), base == NONE ? at : deltaAt, packed);
  if (made < 0) return made;
  if (made != packed) return base == NONE ? SHORT : BAD_STREAM;
  if (base == NONE) return made;
  const bytes = resultBytes(deltaAt, packed, baseLength);
  if (bytes < 0) return bytes;
  if (bytes > pieceBytes) return NO_ROOM;
  at = placeNext(from, baseAt, at, bytes, isLast, child(rank) == NONE);
  if (<i64>at + bytes > <i64>arenaEnd) return NO_ROOM;
  return applySteps(baseAt, baseLength, at, bytes, rangesAt, mostRanges, gap);
}

/** Whether it begins with a byte order mark of UTF-16. */
@inline function isMarked(): bool {
  if (length < 2) return false;
  const mark = load<u16>(at);
  return mark == 0xfeff || mark == 0xfffe;
}

/** A base of which something is known is text, and what it begins with need not be looked at again. */
@inline function firstNew(): i32 {
  if (base == NONE || state == UNKNOWN) return 0;
  return ranges() == 0 ? length : load<i32>(rangesAt);
}

function blob(): i32 {
  const from = firstNew();
  const knows = base != NONE && state != UNKNOWN;
  if (knows && baseOpeningsEnd > baseOpenings && !carryOpenings(baseOpenings, baseOpeningsEnd, rangesAt, mostRanges, gap)) state = UNKNOWN;
  if (hasNul(at + <usize>from, min(length, TOLD_BYTES) - from) || isMarked() || (base != NONE && state == HITS)) return VISIT;
  count();
  let pieces = 1;
  if (base != NONE && state == CLEAR) {
    pieces = ranges();
    for (let piece = rangesAt, end = rangesAt + (<usize>pieces << 3); piece < end; piece += 8) {
      scanned += <f64>(load<i32>(piece, 4) - load<i32>(piece));
    }
  } else pieces = whole(0);
  return look(pieces, CLEAR);
}

function message(kind: i32): i32 {
  if (kind == COMMIT) addCommit(numberOf(rank), at, length);
  // A NUL: the message may have two bytes a character.
  if (shownMessages == EACH || hasNul(at, length)) return VISIT;
  if (shownMessages == WITH_FIELDS && hasFields()) return VISIT;
  count();
  return look(written(), UNKNOWN);
}

function count(): void {
  objects += 1;
  bytes += <f64>length;
}

/** Makes all from `start` on one piece, unless that is nothing. */
function whole(start: i32): i32 {
  scanned += <f64>(length - start);
  if (start >= length) return 0;
  store<i32>(rangesAt, start);
  store<i32>(rangesAt, length, 4);
  return 1;
}

function look(pieces: i32, hits: i32): i32 {
  left = pieces == 0 ? 0 : winnow(at, length, rangesAt, pieces, depth);
  if (left < 0) {
    // It has a keyword that its base had not: of rules that were mute there nothing is known.
    state = UNKNOWN;
    left = winnow(at, length, rangesAt, whole(0), depth);
  }
  if (left > 0) return LEFT;
  pushChildren(hits);
  return DONE;
}

/**
 * Makes pieces of what people wrote in a commit or tag: its message, and the lines before but those that `isNoText` tells, each with
 * the lines that carry it on. @returns how many
 */
function written(): i32 {
  const end = at + <usize>length;
  let pieces = 0;
  let from: i32 = -1;
  const most = min(MOST_PIECES, mostRanges - 1);
  for (let line = at; line < end;) {
    const first = load<u8>(line);
    if (first == NEWLINE) {
      if (from < 0) from = <i32>(line - at) + 1;
      break;
    }
    // A header of that many signatures is nobody's: then all of it is taken.
    if (first != BLANK) {
      const isText = !isNoText(line, first);
      if (isText && from < 0) from = <i32>(line - at);
      else if (!isText && from >= 0 && pieces < most) {
        pieces = piece(pieces, from, <i32>(line - at));
        from = -1;
      }
    }
    while (line < end && load<u8>(line) != NEWLINE) line++;
    line++;
  }
  return from < 0 || from >= length ? pieces : piece(pieces, from, length);
}

/** Whether a header says more than who wrote it: texts that end where their lines do. */
function hasFields(): bool {
  const end = at + <usize>length;
  let isText = true;
  for (let line = at; line < end; line++) {
    const first = load<u8>(line);
    if (first == NEWLINE) return false;
    const isPerson = first != BLANK && isAuthor(line);
    if (first != BLANK) isText = !isNoText(line, first);
    let hasAddress = false;
    for (; line < end && load<u8>(line) != NEWLINE; line++) hasAddress = hasAddress || load<u8>(line) == ADDRESS_END;
    if (isText && !(isPerson && hasAddress)) return true;
  }
  return false;
}

/** Whether a line begins as those do that `PEOPLE` tells in objects/commit.ts. */
@inline function isAuthor(line: usize): bool {
  const four = load<u32>(line);
  if (four == AUTH) return load<u16>(line, 4) == OR && load<u8>(line, 6) == BLANK;
  if (four == TAGG) return load<u16>(line, 4) == ER && load<u8>(line, 6) == BLANK;
  return four == COMM && load<u32>(line, 4) == ITTE && load<u16>(line, 8) == R_BLANK;
}

/** Whether a header's line only points elsewhere, or signs what is read anyway: as `NO_TEXT` in objects/commit.ts. */
@inline function isNoText(line: usize, first: u32): bool {
  const four = load<u32>(line);
  if (first == 116) return (four == TREE || four == TYPE) && load<u8>(line, 4) == BLANK;
  const two = load<u16>(line, 4);
  if (first == 103 && four == GPGS && two == IG) return load<u8>(line, 6) == BLANK || load<u64>(line, 6) == SHA256;
  return load<u8>(line, 6) == BLANK && ((four == PARE && two == NT) || (four == OBJE && two == CT));
}

function piece(pieces: i32, from: i32, to: i32): i32 {
  scanned += <f64>(to - from);
  const entry = rangesAt + (<usize>pieces << 3);
  store<i32>(entry, from);
  store<i32>(entry, to, 4);
  return pieces + 1;
}
