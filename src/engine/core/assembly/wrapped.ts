// Encoded text that goes over several lines, as `base64`, PEM and `xxd -p` write it. What a word is when that is one word, and how its
// lines become one run: ../../decode/wrapped.ts is the reference.
import { classesAt, classOf, CUT_SHARED, END, endsAt, isDigit, LONGEST_RUN, wordBegin, wordEnd } from "./characters";
import { isWanted, WRAPPED } from "./encoded";
import { bufferOf, decoded } from "./peel";

/** A line that goes on in the next one ends with so many digits of base64, of either alphabet. */
const LEAST_DIGITS: usize = 48;
/** The next one is indented by so much at the most. */
const MOST_INDENT: usize = 64;
/** A line's end of two bytes, and the indentation. */
const MOST_BETWEEN: usize = MOST_INDENT + 2;

@inline function isBlank(at: usize): bool {
  const byte = load<u8>(at);
  return byte == 0x20 || byte == 0x09;
}

@inline function isBetween(at: usize): bool {
  const byte = load<u8>(at);
  return byte == 0x20 || (byte - 9 <= 1) || byte == 0x0d;
}

/** Whether the sixteen bytes at `at` are digits of either alphabet. */
@inline function areDigits(at: usize): bool {
  return i8x16.all_true(v128.and(classesAt(at), i8x16.splat(63)));
}

@inline function endsInDigits(end: usize, floor: usize): bool {
  return end >= floor + LEAST_DIGITS && areDigits(end - 16) && areDigits(end - 32) && areDigits(end - 48);
}

/** Where the line goes on that ends at `end`: the first digit of the next one. 0: it does not. */
function nextLine(end: usize, floor: usize, limit: usize): usize {
  let p = end;
  if (p < limit && load<u8>(p) == 0x0d) p++;
  if (p >= limit || load<u8>(p) != 0x0a || !endsInDigits(end, floor)) return 0;
  const most = min(limit, ++p + MOST_INDENT + 1);
  while (p < most && isBlank(p)) p++;
  return p < most && isDigit(load<u8>(p)) ? p : 0;
}

/**
 * Whether a line of so many digits may end at `at`, or right before the white space before it: of the 32 bytes before it those that end a word
 * stand in a row at the end. Of nearly all texts this tells that it is not so, and without a branch.
 */
@inline function mayFollow(at: usize): bool {
  const inWords = ~(endsAt(at - 32) | endsAt(at - 16) << 16);
  return (inWords & inWords + 1) == 0;
}

/** Whether a line of so many bytes may begin behind the white space at `at`: the same to the other side. */
@inline function mayPrecede(at: usize): bool {
  const ends = endsAt(at) | endsAt(at + 16) << 16;
  return (ends & ends + 1) == 0;
}

/** Where the line ends that goes on behind `at`, which stands between the two or where the next one begins. 0: there is none. */
function lineBefore(at: usize, floor: usize, limit: usize): usize {
  let p = at;
  const least = at - min(at - floor, MOST_INDENT);
  while (p > least && isBlank(p - 1)) p--;
  if (p > floor && load<u8>(p - 1) == 0x0a) {
    p--;
    if (p > floor && load<u8>(p - 1) == 0x0d) p--;
  } else if (p == at && p > floor && load<u8>(p - 1) == 0x0d) p--;
  else return 0;
  return nextLine(p, floor, limit) ? p : 0;
}

/** As `wordBegin`, of a word that may go over lines. */
export function wrappedBegin(at: usize, floor: usize, limit: usize): usize {
  let begin = at;
  for (let end = at; end; end = lineBefore(begin, floor, limit)) {
    begin = wordBegin(end, floor);
    if (begin == floor || !mayFollow(begin)) break;
  }
  return begin;
}

/** As `wordEnd`, of a word that may go over lines. `floor`: where its text begins. */
export function wrappedEnd(at: usize, floor: usize, limit: usize): usize {
  let p = at;
  if (p < limit && p > floor && classOf(p) & END && mayFollow(p)) p = lineBefore(p, floor, limit) || p;
  let end = p;
  for (let next = p; next; next = mayFollow(end) ? nextLine(end, floor, limit) : 0) end = wordEnd(next, limit);
  return end;
}

/**
 * Where the words begin that a change at `from` touches. A word over lines that ended right before it may have gone on there, or may do so now.
 */
@inline export function touchedBegin(from: usize, floor: usize, limit: usize): usize {
  const first = wordBegin(from, floor);
  return first == floor || !mayFollow(first) ? first : furtherBegin(first, from, floor, limit);
}

function furtherBegin(first: usize, from: usize, floor: usize, limit: usize): usize {
  const begin = wrappedBegin(first, floor, limit);
  if (begin != from || !isBetween(from - 1)) return begin;
  let end = from;
  const least = from - min(from - floor, MOST_BETWEEN);
  while (end > least && isBetween(end - 1)) end--;
  if (!endsInDigits(end, floor) || !lineBefore(wordBegin(end, floor), floor, limit)) return begin;
  return wrappedBegin(end, floor, limit);
}

/** Where the words end that a change before `to` touches, without one that begins at `to`, unless that is one over lines: it may be the rest of one. */
@inline export function touchedEnd(to: usize, floor: usize, limit: usize): usize {
  const isBehind = (classOf(to - 1) & END) != 0;
  const end = isBehind ? to : wordEnd(to, limit);
  // What stands behind a word that was changed stood there before: no line goes on or went on but behind its end.
  if (!isBehind && load<u8>(end) > 0x0d) return end;
  return <u32>mayFollow(end) | <u32>mayPrecede(end) ? furtherEnd(end, to, floor, limit) : end;
}

/** The same, where the last word ends at `word` if it is one of one line. */
function furtherEnd(word: usize, to: usize, floor: usize, limit: usize): usize {
  const last = classOf(word - 1) & END ? lineBefore(word, floor, limit) : word;
  const end = last ? wrappedEnd(last, floor, limit) : word;
  if (end - to >= LEAST_DIGITS) return end;
  let next = end;
  const most = end + min(limit - end, MOST_BETWEEN);
  while (next < most && isBetween(next)) next++;
  if (next + LEAST_DIGITS >= limit || endsAt(next) || endsAt(next + 16) || endsAt(next + 32)) return end;
  const line = wordEnd(next, limit);
  return nextLine(line, floor, limit) ? wrappedEnd(line, floor, limit) : end;
}

/** Line feeds and carriage returns in the 64 bytes at `p`, a bit each. */
function lineEndsIn(p: usize): u64 {
  return lineEndsAt(p) | lineEndsAt(p + 16) << 16 | lineEndsAt(p + 32) << 32 | lineEndsAt(p + 48) << 48;
}

@inline function lineEndsAt(p: usize): u64 {
  const bytes = v128.load(p);
  return <u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, i8x16.splat(10)), i8x16.eq(bytes, i8x16.splat(13)))) & 0xffff);
}

/**
 * Joins the lines of which one ends behind the last full group of the 64 bytes at `p`, if it goes on and was not joined before: up to `done`
 * all were. The result is up to where they are now.
 */
export function joinLines(p: usize, floor: usize, done: usize, limit: usize, depth: i32): usize {
  for (let ends = lineEndsIn(p + 4); ends; ends &= ends - 1) {
    const at = p + 4 + <usize>ctz(ends);
    if (at >= limit) break;
    if (at < done || !nextLine(at, floor, limit)) continue;
    done = wrappedEnd(at, floor, limit);
    join(wrappedBegin(at, floor, limit), done, depth);
  }
  return done;
}

/** The lines from `from` to `to` without what stands between them; long ones in pieces that overlap, as all runs. */
function join(from: usize, to: usize, depth: i32): void {
  const buffer = bufferOf(depth), full = buffer + LONGEST_RUN;
  for (let start = from; start; ) {
    let next: usize = 0, end = start, out = buffer;
    for (let at = start; at < to && out < full; ) {
      end = at + min(wordEnd(at, to) - at, full - out);
      const before = full - CUT_SHARED - out;
      for (let p = at; p < end; p += 16) {
        v128.store(out, v128.load(p));
        out += 16;
      }
      out -= (at - end) & 15;
      if (!next && out > full - CUT_SHARED) next = at + before;
      at = end;
      while (at < to && isBetween(at)) at++;
    }
    if (isWanted(start, end, depth)) decoded(WRAPPED, start, end, out - buffer, depth);
    start = end < to ? next : 0;
  }
}
