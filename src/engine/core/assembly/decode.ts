// Decodes one run into the buffer of its depth, when it may hold a secret.
import { isToken, nibble, SHORTEST_SECRET, valueOf } from "./characters";
import { ANSI, HEXADECIMAL } from "./encoded";
import { bufferOf, decoded } from "./peel";
import { unitAt, unitCode } from "./units";

/** The byte at `index` of what the base64 digits from `start` on stand for. */
@inline function base64Byte(start: usize, index: usize): u32 {
  const group = index / 3;
  const at = start + (group << 2), place = index - group * 3;
  if (place == 0) return valueOf(at) << 2 | valueOf(at + 1) >> 4;
  if (place == 1) return (valueOf(at + 1) << 4 | valueOf(at + 2) >> 2) & 0xff;
  return (valueOf(at + 2) << 6 | valueOf(at + 3)) & 0xff;
}

/**
 * Whether enough token bytes in a row are decoded from the run, as `isPromising` says. Looks at the last byte of the
 * least number first: where that is none, all before it are passed. So most runs cost two or three bytes.
 */
function promisesBase64(start: usize, length: usize): bool {
  let last = SHORTEST_SECRET - 1;
  while (last < length) {
    let left = SHORTEST_SECRET;
    let at = last;
    while (left && isToken(base64Byte(start, at))) {
      left--;
      at--;
    }
    if (!left) return true;
    last = at + SHORTEST_SECRET;
  }
  return false;
}

function promises(start: usize, length: usize): bool {
  let last = SHORTEST_SECRET - 1;
  while (last < length) {
    let left = SHORTEST_SECRET;
    let at = last;
    while (left && isToken(load<u8>(start + at))) {
      left--;
      at--;
    }
    if (!left) return true;
    last = at + SHORTEST_SECRET;
  }
  return false;
}

/** UTF-16 in either order loses its zero bytes, in place. The result is the length, or 0 when it promises nothing. */
function narrowed(buffer: usize, length: usize): usize {
  if (length < 2 * SHORTEST_SECRET) return 0;
  // As in ../../decode/decoder.ts: the beginning tells, or the end.
  let low: usize = 0, from: usize = 0;
  if (load<u8>(buffer, 1)) {
    if (!load<u8>(buffer)) low = 1;
    else {
      from = length & 1;
      low = <usize>(load<u8>(buffer + length - 1) != 0);
      if (low && load<u8>(buffer + length - 2)) return 0;
    }
  }
  const half = length - from >> 1;
  for (let i: usize = 0; i < half; i++) {
    const at = buffer + from + (i << 1);
    store<u8>(buffer + i, load<u8>(at + 1 - low) == 0 ? load<u8>(at + low) : 0xff);
  }
  return promises(buffer, half) ? half : 0;
}

/** Whether the base64 digits from `start` on may stand for UTF-16. */
function mayBeWide(start: usize, length: usize): bool {
  if (length < 2 * SHORTEST_SECRET) return false;
  if (!base64Byte(start, 0) || !base64Byte(start, 1)) return true;
  return !base64Byte(start, length - 1) || !base64Byte(start, length - 2);
}

export function decodeBase64(decoder: u32, start: usize, end: usize, depth: i32): void {
  const digits = end - start;
  const length = ((digits & 3) == 1 ? digits - 1 : digits) * 3 >> 2;
  const isPlain = promisesBase64(start, length);
  if (!isPlain && !mayBeWide(start, length)) return;
  const buffer = bufferOf(depth);
  let at = start;
  for (let p = buffer; p < buffer + length; p += 3) {
    const word = valueOf(at) << 18 | valueOf(at + 1) << 12 | valueOf(at + 2) << 6 | valueOf(at + 3);
    store<u8>(p, <u8>(word >> 16));
    store<u8>(p, <u8>(word >> 8), 1);
    store<u8>(p, <u8>word, 2);
    at += 4;
  }
  finish(decoder, start, end, isPlain ? length : narrowed(buffer, length), depth);
}

export function decodeHex(start: usize, end: usize, depth: i32): void {
  const buffer = bufferOf(depth);
  const length = end - start >> 1;
  for (let i: usize = 0; i < length; i++) {
    const at = start + (i << 1);
    store<u8>(buffer + i, <u8>(nibble(at) << 4 | nibble(at + 1)));
  }
  const plain = promises(buffer, length) ? length : narrowed(buffer, length);
  finish(HEXADECIMAL, start, end, plain, depth);
}

/** `limit`: the end of the text, which a unit at the end of a cut run may reach over to. */
export function decodeUnits(kind: u32, start: usize, end: usize, limit: usize, depth: i32): void {
  if (kind == ANSI) return removeUnits(start, end, limit, depth);
  const buffer = bufferOf(depth);
  const marks = i8x16.splat(load<i8>(MARKS + <usize>kind));
  let out = buffer;
  let found = false;
  for (let at = start; at < end; ) {
    // What stands for itself is taken over sixteen bytes at a time, with what lies behind it: that is written over.
    const bytes = v128.load(at);
    v128.store(out, bytes);
    const plain = min(end - at, <usize>ctz(i8x16.bitmask(i8x16.eq(bytes, marks)) | 0x10000));
    if (plain) {
      at += plain;
      out += plain;
      continue;
    }
    const length = unitAt(kind, at, limit);
    if (length && unitCode != -1) {
      store<u8>(out++, <u8>min(unitCode, 0xff));
      at += length;
      found = true;
      continue;
    }
    out++;
    at++;
  }
  if (found && out - buffer >= SHORTEST_SECRET) finish(kind, start, end, out - buffer, depth);
}

/** Whether a unit that was taken away stood between two bytes of words. */
let partsWords: bool = false;

/** The run from `start` to `end` without what a terminal does not show, or with a blank for it. The result is its end. */
function strip(blank: bool, start: usize, end: usize, limit: usize, begin: usize): usize {
  let out = begin;
  // A unit was taken away behind a byte of a word.
  let mayPart = false;
  for (let at = start; at < end; ) {
    const byte: u32 = load<u8>(at);
    const length = byte == 0x1b ? unitAt(ANSI, at, limit) : 0;
    if (!length) {
      if (mayPart && isToken(byte)) partsWords = true;
      mayPart = false;
      store<u8>(out++, <u8>byte);
      at++;
      continue;
    }
    removed = true;
    if (out > begin && isToken(load<u8>(out - 1))) mayPart = true;
    if (blank) store<u8>(out++, 0x20);
    at += length;
  }
  return out;
}

let removed: bool = false;

/** As in ../../decode/units.ts: once without the units, and once more with blanks for them where one stands between two words. */
function removeUnits(start: usize, end: usize, limit: usize, depth: i32): void {
  const buffer = bufferOf(depth);
  removed = partsWords = false;
  let out = strip(false, start, end, limit, buffer);
  if (!removed || out - buffer < SHORTEST_SECRET) return;
  if (partsWords) {
    store<u8>(out++, 0x0a);
    out = strip(true, start, end, limit, out);
  }
  finish(ANSI, start, end, out - buffer, depth);
}

/** The first byte of a unit, by decoder. */
const MARKS: usize = memory.data<u8>([0, 0, 0, 0x25, 0x5c, 0x26, 0x1b]);

function finish(decoder: u32, start: usize, end: usize, length: usize, depth: i32): void {
  if (length) decoded(decoder, start, end, length, depth);
}
