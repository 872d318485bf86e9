// What a word is: where an encoded run may reach to. It ends at white space and quotes, but for the end of a line of digits that goes on in
// the next one, as `base64`, PEM and `xxd -p` break what they write. core/assembly/wrapped.ts does the same.
import { alphabet } from "./runs.ts";

const ENDS = alphabet(" \t\r\n\"'`<>\0");
const DIGITS = alphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
const BLANKS = alphabet(" \t");
const BETWEEN = alphabet(" \t\r\n");

/** A line that goes on in the next one ends with so many digits of base64, of either alphabet: hashes of 40 and 44 digits do not. */
const LEAST_DIGITS = 48;
/** The next one is indented by so much at the most. */
const MOST_INDENT = 64;
/** A line's end of two bytes, and the indentation. */
const MOST_BETWEEN = MOST_INDENT + 2;

/** Where two lines are one word hangs on so many bytes before what stands between them and it. */
export const SEEN_BEFORE = LEAST_DIGITS + MOST_BETWEEN;
/** And on so many behind the first one. */
export const SEEN_BEHIND = MOST_BETWEEN + 1;

const has = (set: Uint8Array, bytes: Uint8Array, at: number) => set[bytes[at] as number] === 1;

/** Whether an encoded run ends at the byte at `at`, wherever that stands but in a word over lines. */
export const endsWord = (byte: number | undefined): boolean => ENDS[byte as number] === 1;

function wordBegin(bytes: Uint8Array, at: number): number {
  let begin = at;
  while (begin > 0 && !has(ENDS, bytes, begin - 1)) begin--;
  return begin;
}

function wordEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && !has(ENDS, bytes, end)) end++;
  return end;
}

function endsInDigits(bytes: Uint8Array, end: number): boolean {
  if (end < LEAST_DIGITS) return false;
  for (let at = end - 1; at >= end - LEAST_DIGITS; at--) if (!has(DIGITS, bytes, at)) return false;
  return true;
}

/** Where the line goes on that ends at `end`: the first digit of the next one. Undefined: it does not. */
export function nextLine(bytes: Uint8Array, end: number): number | undefined {
  let at = bytes[end] === 0x0d ? end + 1 : end;
  if (bytes[at] !== 0x0a || !endsInDigits(bytes, end)) return undefined;
  const most = ++at + MOST_INDENT;
  while (at < most && has(BLANKS, bytes, at)) at++;
  return has(DIGITS, bytes, at) ? at : undefined;
}

/** Where the line ends that goes on behind `at`, which stands between the two or where the next one begins. */
function lineBefore(bytes: Uint8Array, at: number): number | undefined {
  let end = at;
  while (end > Math.max(0, at - MOST_INDENT) && has(BLANKS, bytes, end - 1)) end--;
  if (bytes[end - 1] === 0x0a) end -= bytes[end - 2] === 0x0d ? 2 : 1;
  else if (end === at && bytes[end - 1] === 0x0d) end--;
  else return undefined;
  return nextLine(bytes, end) === undefined ? undefined : end;
}

/** Where the word begins that `at` stands in or behind. */
export function beginOfWord(bytes: Uint8Array, at: number): number {
  let begin = at;
  for (let end: number | undefined = at; end !== undefined; end = lineBefore(bytes, begin))
    begin = wordBegin(bytes, end);
  return begin;
}

/** Where the word ends that `at` stands in or at the end of. */
export function endOfWord(bytes: Uint8Array, at: number): number {
  let end = at;
  const first = has(ENDS, bytes, at) ? (lineBefore(bytes, at) ?? at) : at;
  for (let next: number | undefined = first; next !== undefined; next = nextLine(bytes, end))
    end = wordEnd(bytes, next);
  return end;
}

/** Where the words begin that a change at `from` touches. A word over lines that ended right before it may have gone on there, or may do so now. */
export function touchedBegin(bytes: Uint8Array, from: number): number {
  const begin = beginOfWord(bytes, from);
  if (begin !== from || !has(BETWEEN, bytes, from - 1)) return begin;
  let end = from;
  while (end > Math.max(0, from - MOST_BETWEEN) && has(BETWEEN, bytes, end - 1)) end--;
  const isOverLines = endsInDigits(bytes, end) && lineBefore(bytes, wordBegin(bytes, end)) !== undefined;
  return isOverLines ? beginOfWord(bytes, end) : begin;
}

/** Where the words end that a change before `to` touches, without one that begins at `to`, unless that is one over lines: it may be the rest of one. */
export function touchedEnd(bytes: Uint8Array, to: number): number {
  const before = to > 0 && has(ENDS, bytes, to - 1) ? lineBefore(bytes, to) : to;
  const end = before === undefined ? to : endOfWord(bytes, before);
  if (end - to >= LEAST_DIGITS) return end;
  let next = end;
  while (next < end + MOST_BETWEEN && has(BETWEEN, bytes, next)) next++;
  const line = wordEnd(bytes, next);
  return nextLine(bytes, line) === undefined ? end : endOfWord(bytes, line);
}
