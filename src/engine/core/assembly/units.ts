// One unit of percent encoding, string escapes or HTML entities, or one control sequence: `%2F`, `\u0041`, `&#65;`, `ESC [31m`.
import { classOf, END, isHex, nibble } from "./characters";
import { ANSI, ESCAPE, PERCENT } from "./encoded";

/** What a control sequence stands for: nothing. */
export const NO_BYTE: i32 = -2;
/** The code of the unit that `unitAt` found last, `NO_BYTE`, or -1 for a name that is not known. */
export let unitCode: i32 = -1;

/** The length of the unit at `at`, which holds the encoding's mark; 0 when none is there. */
export function unitAt(kind: u32, at: usize, end: usize): usize {
  if (kind == PERCENT) return hexUnit(at, at + 1, 2, end);
  if (kind == ESCAPE) return escapeUnit(at, end);
  if (kind == ANSI) return terminalUnit(at, end);
  return entityUnit(at, end);
}

/** Exactly `digits` hex digits from `from` on. The result is the length of the unit that began at `at`. */
function hexUnit(at: usize, from: usize, digits: usize, end: usize): usize {
  if (from + digits > end) return 0;
  let code: u32 = 0;
  for (let p = from; p < from + digits; p++) {
    if (!isHex(p)) return 0;
    code = code << 4 | nibble(p);
  }
  unitCode = <i32>code;
  return from + digits - at;
}

/** One to six hex digits and then `last`. */
function hexUnitUntil(at: usize, from: usize, last: u8, end: usize): usize {
  let p = from;
  let code: u32 = 0;
  for (; p < end && p - from < 6 && isHex(p); p++) code = code << 4 | nibble(p);
  if (p == from || p >= end || load<u8>(p) != last) return 0;
  unitCode = <i32>code;
  return p + 1 - at;
}

function escapeUnit(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  const kind = load<u8>(at, 1);
  if (kind == 0x6e || kind == 0x72 || kind == 0x74 || kind == 0x2f || kind == 0x5f || kind == 0x3a || kind == 0x3d) {
    unitCode = kind == 0x6e ? 10 : kind == 0x72 ? 13 : kind == 0x74 ? 9 : kind;
    return 2;
  }
  if (kind == 0x78) return hexUnit(at, at + 2, 2, end);
  if (kind == 0x30 || kind == 0x31) return octalUnit(at, end);
  if ((kind | 0x20) == 0x65) {
    unitCode = 0x1b;
    return at + 2 < end && load<u8>(at, 2) == 0x5b ? 2 : 0;
  }
  if (kind != 0x75) return 0;
  if (at + 2 < end && load<u8>(at, 2) == 0x7b) return hexUnitUntil(at, at + 3, 0x7d, end);
  return hexUnit(at, at + 2, 4, end);
}

/** A backslash and three digits, the first of which is known for one. */
function octalUnit(at: usize, end: usize): usize {
  if (at + 3 >= end) return 0;
  const first: u32 = load<u8>(at, 1), second: u32 = load<u8>(at, 2), third: u32 = load<u8>(at, 3);
  if (((second | third) & 0xf8) != 0x30 || ((second & third) & 0xf8) != 0x30) return 0;
  unitCode = <i32>((first & 7) << 6 | (second & 7) << 3 | third & 7);
  return 4;
}

/** As in decode/ansi.ts. */
const MOST_PARAMETERS: usize = 30;
const LONGEST_COMMAND: usize = 2083;

/** A control sequence, the choice of a character set, or a command such as a link. */
function terminalUnit(at: usize, end: usize): usize {
  if (at + 1 >= end) return 0;
  unitCode = NO_BYTE;
  const kind = load<u8>(at, 1);
  if (isCursor(kind)) return 2;
  if (at + 2 >= end) return 0;
  if (kind == 0x5b) return controlSequence(at, end);
  if (kind == 0x5d) return command(at, end);
  if (kind != 0x28 && kind != 0x29) return 0;
  const set = load<u8>(at, 2);
  return (set >= 0x30 && set <= 0x39) || (set >= 0x41 && set <= 0x5a) ? 3 : 0;
}

/** `7`, `8`, `D`, `E`, `H`, `M` or `c`. */
function isCursor(byte: u32): bool {
  return byte == 0x37 || byte == 0x38 || byte == 0x44 || byte == 0x45 || byte == 0x48 || byte == 0x4d || byte == 0x63;
}

/** `]`, anything but white space and quotes, and a bell or `ESC \\`. */
function command(at: usize, end: usize): usize {
  const from = at + 2;
  let p = from;
  for (; p < end && p - from < LONGEST_COMMAND; p++) {
    const byte = load<u8>(p);
    if (byte <= 0x20 || byte == 0x7f || classOf(p) & END) break;
  }
  if (p >= end) return 0;
  if (load<u8>(p) == 0x07) return p + 1 - at;
  return p + 1 < end && load<u8>(p) == 0x1b && load<u8>(p, 1) == 0x5c ? p + 2 - at : 0;
}

/** `[`, digits and what stands between them, a letter. */
function controlSequence(at: usize, end: usize): usize {
  const from = at + 2;
  let p = from;
  for (; p < end && p - from < MOST_PARAMETERS; p++) {
    const byte = load<u8>(p);
    if (!((byte >= 0x30 && byte <= 0x3b) || byte == 0x3f)) break;
  }
  if (p >= end) return 0;
  const letter = load<u8>(p) | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? p + 1 - at : 0;
}

function entityUnit(at: usize, end: usize): usize {
  if (at + 3 >= end) return 0;
  const first = load<u8>(at, 1);
  if (first != 0x23) return namedUnit(at, end);
  const second = load<u8>(at, 2);
  if (second == 0x78 || second == 0x58) return hexUnitUntil(at, at + 3, 0x3b, end);
  let p = at + 2;
  let code: u32 = 0;
  for (; p < end && p - at < 9; p++) {
    const digit = <u32>load<u8>(p) - 0x30;
    if (digit > 9) break;
    code = code * 10 + digit;
  }
  if (p == at + 2 || p >= end || load<u8>(p) != 0x3b) return 0;
  unitCode = <i32>code;
  return p + 1 - at;
}

/** Two to six small letters and a semicolon. */
function namedUnit(at: usize, end: usize): usize {
  let p = at + 1;
  let name: u64 = 0;
  for (; p < end && p - at <= 6; p++) {
    const letter: u64 = load<u8>(p);
    if (letter < 0x61 || letter > 0x7a) break;
    name = name << 8 | letter;
  }
  if (p < at + 3 || p >= end || load<u8>(p) != 0x3b) return 0;
  unitCode = codeOf(name);
  return p + 1 - at;
}

/** The names of decode/html-entity.ts; their letters are the bytes of the number. */
function codeOf(name: u64): i32 {
  if (name == 0x6c74) return 0x3c; // lt
  if (name == 0x6774) return 0x3e; // gt
  if (name == 0x616d70) return 0x26; // amp
  if (name == 0x61706f73) return 0x27; // apos
  if (name == 0x71756f74) return 0x22; // quot
  if (name == 0x6e627370) return 0xa0; // nbsp
  if (name == 0x636f6c6f6e) return 0x3a; // colon
  if (name == 0x657175616c73) return 0x3d; // equals
  if (name == 0x6c6f77626172) return 0x5f; // lowbar
  if (name == 0x706572696f64) return 0x2e; // period
  if (name == 0x736f6c) return 0x2f; // sol
  return -1;
}
