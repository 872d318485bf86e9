// Rules that want a keyword somewhere in a text, within a match or not. Where none stands they are mute: what they match does not
// count. Of texts that are noted such matches are left away here, and which rules were mute is kept beside the text: once a change
// brings a keyword, they match what they did not tell.
import { textBegin, textEnd, textNumber } from "./automata";
import { SPOKEN } from "./layout";
import { AWAY, muting, SERIAL } from "./openings";

/**
 * How many keywords there are. Then of each a bit that stands for its rule, its length, and at `WORD` its bytes; then a byte a rule: which
 * bit that is, counted from one. The same stands in core/muting.ts.
 */
const KEYWORDS: usize = 16;
const KEYWORD_BYTES: usize = 32;
const LENGTH: usize = 4, WORD: usize = 16;
const LONGEST: usize = 16;
const MOST_KEYWORDS: usize = 64;
const BITS: usize = KEYWORDS + MOST_KEYWORDS * KEYWORD_BYTES;

export function mutingBytes(rules: u32): u32 {
  return <u32>BITS + rules;
}

/** Of which text it was asked what stands in it, and the bits of the rules that were asked about, and of those that are mute. */
let asked: u32 = 0;
let askedOf: u32 = 0;
let mute: u32 = 0;

/** Whether the rule is mute in the text of `room`. Then it is kept that it had something to say. */
export function isMuted(room: usize, rule: u32): bool {
  const number: u32 = load<u8>(muting + BITS + <usize>rule);
  if (number == 0) return false;
  const serial = load<u32>(room, SERIAL), bit: u32 = 1 << (number - 1);
  if (serial != askedOf) {
    askedOf = serial;
    asked = 0;
    mute = 0;
  }
  if (!(asked & bit)) {
    asked |= bit;
    if (!stands(bit, load<u32>(room, 4), textEnd)) mute |= bit;
  }
  if (!(mute & bit)) return false;
  store<u32>(room, load<u32>(room, AWAY) | bit, AWAY);
  return true;
}

/** Whether one of `count` parts brings a keyword to a text in which all of the rules of these bits were mute before. */
export function bringsKeyword(bits: u32, object: usize, parts: usize, count: i32): bool {
  for (let i = 0; i < count; i++) {
    const part = parts + (<usize>i << 3);
    const from = object + <usize>load<u32>(part), to = object + <usize>load<u32>(part, 4);
    if (stands(bits, max(object, from - LONGEST), min(textEnd, to + LONGEST))) return true;
  }
  return false;
}

/** Whether none of the keywords at `list`, as `muting` has them, stands in the text. Asked once of each text and rule. */
export function isSilent(list: usize, rule: u32): bool {
  const spoken = SPOKEN + (<usize>rule << 2);
  let answer = load<u32>(spoken);
  if (answer >> 1 != (textNumber & 0x7fffffff)) {
    answer = textNumber << 1 | <u32>standsIn(list, ~0, textBegin, textEnd);
    store<u32>(spoken, answer);
  }
  return !(answer & 1);
}

@inline function stands(bits: u32, from: usize, to: usize): bool {
  return standsIn(muting, bits, from, to);
}

function standsIn(list: usize, bits: u32, from: usize, to: usize): bool {
  const end = list + KEYWORDS + <usize>load<u32>(list) * KEYWORD_BYTES;
  for (let keyword = list + KEYWORDS; keyword < end; keyword += KEYWORD_BYTES) {
    if ((load<u32>(keyword) & bits) != 0 && find(keyword, from, to)) return true;
  }
  return false;
}

/** What makes a small letter of a capital, if the byte is a small letter. */
@inline function fold(byte: u8): u8 {
  return byte >= 97 && byte <= 122 ? 32 : 0;
}

/** Whether a keyword, which has small letters only, stands between two places in letters of either case. */
function find(keyword: usize, from: usize, to: usize): bool {
  const length: usize = load<u32>(keyword, LENGTH);
  const first = load<u8>(keyword, WORD), last = load<u8>(keyword + length - 1, WORD);
  const firsts = i8x16.splat(first), lasts = i8x16.splat(last);
  const foldFirst = i8x16.splat(fold(first)), foldLast = i8x16.splat(fold(last));
  for (let p = from; p + length <= to; p += 16) {
    const begins = i8x16.eq(v128.or(v128.load(p), foldFirst), firsts);
    const ends = i8x16.eq(v128.or(v128.load(p + length - 1), foldLast), lasts);
    for (let places: u32 = i8x16.bitmask(v128.and(begins, ends)); places; places &= places - 1) {
      const at = p + <usize>ctz(places);
      if (at + length > to) return false;
      let i: usize = 1;
      while (i < length && (load<u8>(at + i) | fold(load<u8>(keyword + i, WORD))) == load<u8>(keyword + i, WORD)) i++;
      if (i == length) return true;
    }
  }
  return false;
}
