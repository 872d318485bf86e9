// From a candidate of the classifier to events: which sequences stand there, and do their rules' automata accept?
import { accepts, matchEnd, textBegin, textEnd } from "./automata";
import {
  BUCKETS, CLASSES, ENTRIES, IMAGE, LINKS, SURVIVOR_BYTES, SURVIVORS, SURVIVORS_BYTES, SLOT_BYTES, SLOTS, VERIFY, VERIFY_CLASSES,
} from "./layout";
import { addEvent, noteFar } from "./spans";

/** Places that the verify table looks at: fingerprint and the four behind it, then six before it. */
const PLACES: usize = 14;

/** Places before the last one of a fingerprint. */
const BACK: usize = 3;

/** What a link does with its automaton: find the end of a match, or only filter. */
const LINK_ENDS: u32 = 1;
const LINK_FAR: u32 = 2;

@inline function row(classes: usize, at: usize, offset: usize): usize {
  return <usize>load<u8>(classes + <usize>load<u8>(at + offset)) << 2;
}

/**
 * Looks up the candidates of the slots before `slots` at the places that tell most apart: each byte of a slot's vectors
 * that is not zero names up to eight buckets, each with pages of 32 sequences. What is left is kept for `followAll`;
 * nothing branches on it, because that could not be foreseen.
 */
export function verify(slots: usize): void {
  const place = VERIFY_CLASSES << 2, pageBytes = PLACES * place;
  const classes = CLASSES, table = VERIFY, buckets = BUCKETS;
  const first = SURVIVORS, full = SURVIVORS + SURVIVORS_BYTES;
  let left = first;
  for (let slot = SLOTS; slot < slots; slot += SLOT_BYTES) {
    const begin = <usize>load<u32>(slot, 32) - BACK;
    let lanes: i32 = i8x16.bitmask(i8x16.ne(v128.or(v128.load(slot), v128.load(slot, 16)), i8x16.splat(0)));
    do {
      const lane: usize = ctz(lanes);
      lanes &= lanes - 1;
      const at = begin + lane;
      const r0 = row(classes, at, 0), r1 = row(classes, at, 1) + place, r2 = row(classes, at, 2) + (place << 1);
      const r3 = row(classes, at, 3) + place * 3, r4 = row(classes, at, 4) + (place << 2);
      const before = row(classes, at - 1, 0) + (place << 3);
      let bits: u32 = <u32>load<u8>(slot + lane) | (<u32>load<u8>(slot + lane, 16) << 8);
      do {
        const pages = load<u32>(buckets + (<usize>ctz(bits) << 2));
        bits &= bits - 1;
        let page: usize = pages & 0xffff;
        const end = page + (pages >> 16);
        do {
          const t = table + page * pageBytes;
          const found = load<u32>(t + r0) & load<u32>(t + r1) & load<u32>(t + r2) & load<u32>(t + r3) & load<u32>(t + r4)
            & load<u32>(t + before);
          store<u32>(left, <u32>at);
          store<u32>(left, <u32>page, 4);
          store<u32>(left, found, 8);
          left += <usize>(found != 0) * SURVIVOR_BYTES;
        } while (++page < end);
      } while (bits);
      if (left >= full) {
        followAll(left);
        left = first;
      }
    } while (lanes);
  }
  followAll(left);
}

/** Looks at the other places of what `verify` left, and follows what really stands there. */
function followAll(end: usize): void {
  const place = VERIFY_CLASSES << 2, classes = CLASSES;
  for (let s = SURVIVORS; s < end; s += SURVIVOR_BYTES) {
    const at = <usize>load<u32>(s), page = <usize>load<u32>(s, 4);
    const back = at - 6;
    let bits = load<u32>(s, 8);
    let t = VERIFY + (page * PLACES + 5) * place;
    bits &= load<u32>(t + row(classes, at, 5)) & load<u32>(t + place + row(classes, at, 6));
    t += place << 1;
    bits &= load<u32>(t + row(classes, at, 7));
    t += place << 1;
    bits &= load<u32>(t + row(classes, back, 4)) & load<u32>(t + place + row(classes, back, 3));
    t += place << 1;
    bits &= load<u32>(t + row(classes, back, 2)) & load<u32>(t + place + row(classes, back, 1)) & load<u32>(t + (place << 1) + row(classes, back, 0));
    while (bits) {
      follow(at, (page << 5) + <usize>ctz(bits));
      bits &= bits - 1;
    }
  }
}

/** Tries every rule behind the sequence or run `entry`, found at `at`. */
export function follow(at: usize, entry: usize): void {
  const links = load<u32>(ENTRIES + (entry << 2));
  let link = LINKS + (<usize>(links >> 8) << 4);
  const end = link + (<usize>(links & 0xff) << 4);
  for (; link < end; link += 16) {
    const anchor = at - <usize>load<i32>(link, 4);
    if (anchor < textBegin || anchor >= textEnd) continue;
    const offset = load<u32>(link, 8);
    const flags = load<u32>(link, 12);
    let matched: usize = 0;
    if (flags & LINK_ENDS) {
      matched = matchEnd(IMAGE + offset, anchor);
      if (!matched) continue;
    } else if (offset && !accepts(IMAGE + offset, anchor)) continue;
    if (flags & LINK_FAR) noteFar();
    addEvent(load<u32>(link), anchor, matched);
  }
}
