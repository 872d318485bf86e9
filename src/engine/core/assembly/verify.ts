// From a candidate of the classifier to events: which sequences stand there, and do their rules' automata accept?
import { accepts, firstMatch, matchEnd, noSteps, stepsRead, textBegin, textEnd } from "./automata";
import { beyondCost, beyondEnd, mayStandBeyond } from "./beyond";
import { charge, mayRead } from "./budget";
import { gapRead, mayFollow } from "./gap";
import {
  BUCKETS, CLASSES, ENTRIES, IMAGE, LINKS, OTHER_PAIRS, PAIRS, RULES, SURVIVOR_BYTES, SURVIVORS, SLOT_BYTES, SLOTS, VERIFY, VERIFY_CLASSES,
} from "./layout";
import { noteOpening, wantsOpenings } from "./openings";
import { reachesBehind } from "./reach";
import { addEvent, noteFar } from "./spans";
import { touch } from "./touched";

/** Places that the verify table looks at: fingerprint and the four behind it, then six before it. */
const PLACES: usize = 14;
/** Places before the last one of a fingerprint. */
const BACK: usize = 3;
/** The first bucket of what may stand anywhere. */
const FIRST_OTHER: u32 = 16;

/** What a link does with its automaton: find the end of a match, try every start of the rule's range, or only filter. */
const LINK_ENDS: u32 = 1;
const LINK_FAR: u32 = 2;
const LINK_TRIES: u32 = 4;
/** A small automaton is asked before the rule's own. */
const LINK_GUARDED: u32 = 8;
const GUARD: usize = 20;
/** How far before its anchor a match of a rule of the kind `range` begins at the most. */
const MOST_BEFORE: usize = 8;
/**
 * Then seven bits that say where the gap begins, counted from the anchor, one for a gap that is looked beyond, and the gap's place
 * in units of sixteen bytes.
 */
const GAP_AT_SHIFT: u32 = 4;
const LINK_BEYOND: u32 = 1 << 11;
const GAP_SHIFT: u32 = 12;

/**
 * Looks up the candidates of the slots before `slots`: each byte of a slot's vectors that is not zero is a place with up to
 * eight buckets. Two tables say which buckets accept a pair of neighbours, byte by byte where the classifier saw five bits.
 * What is left is written at `left` for `followAll`, and the result is its end; nothing branches on it, because that could not be foreseen.
 */
export function verify(slots: usize, left: usize): usize {
  const classCount = VERIFY_CLASSES, classes = CLASSES, firstPairs = PAIRS, secondPairs = PAIRS + classCount * classCount * 2;
  for (let slot = SLOTS; slot < slots; slot += SLOT_BYTES) {
    const begin = <usize>load<u32>(slot, 32) - BACK;
    let lanes: i32 = i8x16.bitmask(i8x16.ne(v128.or(v128.load(slot), v128.load(slot, 16)), i8x16.splat(0)));
    do {
      const lane: usize = ctz(lanes);
      lanes &= lanes - 1;
      const at = begin + lane;
      const first = classOf(classes, at) * classCount + classOf(classes, at + 1);
      const second = classOf(classes, at + 2) * classCount + classOf(classes, at + 3);
      const buckets = (<u32>load<u8>(slot + lane) | (<u32>load<u8>(slot + lane, 16) << 8))
        & <u32>load<u16>(firstPairs + (first << 1)) & <u32>load<u16>(secondPairs + (second << 1));
      store<u32>(left, <u32>at);
      store<u32>(left, buckets, 4);
      left += <usize>(buckets != 0) * SURVIVOR_BYTES;
    } while (lanes);
  }
  return left;
}

/** The same for the buckets of what may stand anywhere, which come behind the others. */
export function verifyOthers(slots: usize, left: usize): usize {
  const classCount = VERIFY_CLASSES, classes = CLASSES, firstPairs = OTHER_PAIRS, secondPairs = OTHER_PAIRS + classCount * classCount;
  for (let slot = SLOTS; slot < slots; slot += SLOT_BYTES) {
    const begin = <usize>load<u32>(slot, 32) - BACK, none = i8x16.splat(0);
    let lanes: u32 = i8x16.bitmask(i8x16.ne(v128.load(slot), none)) | i8x16.bitmask(i8x16.ne(v128.load(slot, 16), none)) << 16;
    do {
      const lane: usize = ctz(lanes);
      lanes &= lanes - 1;
      const at = begin + lane;
      const first = classOf(classes, at) * classCount + classOf(classes, at + 1);
      const second = classOf(classes, at + 2) * classCount + classOf(classes, at + 3);
      const buckets = <u32>load<u8>(slot + lane) & <u32>load<u8>(firstPairs + first) & <u32>load<u8>(secondPairs + second);
      store<u32>(left, <u32>at);
      store<u32>(left, buckets << FIRST_OTHER, 4);
      left += <usize>(buckets != 0) * SURVIVOR_BYTES;
    } while (lanes);
  }
  return left;
}

/** Looks up the sequences of the survivors before `left`, and follows those that stand there. */
export function followAll(left: usize): void {
  for (let s = SURVIVORS; s < left; s += SURVIVOR_BYTES) {
    const at = <usize>load<u32>(s);
    let buckets = load<u32>(s, 4);
    do {
      verifyAll(at, <usize>ctz(buckets));
      buckets &= buckets - 1;
    } while (buckets);
  }
}

@inline function classOf(classes: usize, at: usize): usize {
  return <usize>load<u8>(classes + <usize>load<u8>(at));
}

@inline function row(at: usize, offset: usize): usize {
  return <usize>load<u8>(CLASSES + <usize>load<u8>(at + offset)) << 2;
}

/** Looks up the sequences of `bucket` at `at`, one page of 32 after another, and follows those that stand there. */
function verifyAll(at: usize, bucket: usize): void {
  const pages = load<u32>(BUCKETS + (bucket << 2));
  let page: usize = pages & 0xffff;
  const end = page + (pages >> 16);
  const place = VERIFY_CLASSES << 2;
  const back = at - 6;
  for (; page < end; page++) {
    let t = VERIFY + page * PLACES * place;
    let bits: u32 = load<u32>(t + row(at, 0)) & load<u32>(t + place + row(at, 1));
    t += place << 1;
    bits &= load<u32>(t + row(at, 2)) & load<u32>(t + place + row(at, 3));
    t += place << 1;
    bits &= load<u32>(t + row(at, 4)) & load<u32>(t + place + row(at, 5)) & load<u32>(t + (place << 2) + row(at - 1, 0));
    if (!bits) continue;
    t += place << 1;
    bits &= load<u32>(t + row(at, 6)) & load<u32>(t + place + row(at, 7));
    t += place * 3;
    bits &= load<u32>(t + row(back, 4)) & load<u32>(t + place + row(back, 3));
    t += place << 1;
    bits &= load<u32>(t + row(back, 2)) & load<u32>(t + place + row(back, 1)) & load<u32>(t + (place << 1) + row(back, 0));
    while (bits) {
      follow(at, (page << 5) + <usize>ctz(bits));
      bits &= bits - 1;
    }
  }
}

/**
 * Whether a far rule that matches nothing from `anchor` on, as what stands before `readTo` says, might do so once that is changed,
 * where a scan of the change does not go back to the anchor.
 */
@inline function reachesFar(flags: u32, anchor: usize, readTo: usize): bool {
  return (flags & LINK_FAR) != 0 && wantsOpenings() && reachesBehind(anchor, readTo - 1);
}

/** Tries every rule behind the sequence or run `entry`, found at `at`. */
export function follow(at: usize, entry: usize): void {
  const links = load<u32>(ENTRIES + (entry << 2));
  let link = LINKS + (<usize>(links >> 8) << 4);
  const end = link + (<usize>(links & 0xff) << 4);
  for (; link < end; link += 16) {
    const anchor = at - <usize>load<i32>(link, 4);
    if (anchor < textBegin || anchor >= textEnd) continue;
    const rule = load<u32>(link);
    if (!mayRead(rule)) continue;
    const offset = load<u32>(link, 8);
    const flags = load<u32>(link, 12);
    const gap: usize = flags >> GAP_SHIFT;
    if (gap) {
      const gapAt = anchor + <usize>((flags >> GAP_AT_SHIFT) & 0x7f);
      let may: bool, readTo: usize;
      if (flags & LINK_BEYOND) {
        may = mayStandBeyond(IMAGE + (gap << 4), gapAt);
        charge(rule, beyondCost);
        readTo = beyondEnd;
      } else {
        may = mayFollow(IMAGE + (gap << 4), gapAt);
        charge(rule, gapRead);
        readTo = gapAt + <usize>gapRead;
      }
      touch(anchor - 1, readTo + 1);
      if (!may) {
        if (reachesFar(flags, anchor, readTo)) noteOpening(anchor - 1, anchor, readTo + 1);
        continue;
      }
    }
    let matched: usize = 0;
    let holds = true;
    let guardSteps: u32 = 0;
    if (flags & LINK_GUARDED) {
      holds = accepts(IMAGE + <usize>load<u32>(RULES + (<usize>rule << 5), GUARD), anchor);
      guardSteps = stepsRead;
    }
    if (!holds) noSteps();
    else if (flags & LINK_ENDS) {
      matched = matchEnd(IMAGE + offset, anchor);
      holds = matched != 0;
    } else if (flags & LINK_TRIES) holds = firstMatch(RULES + (<usize>rule << 5), anchor, textBegin) != 0;
    else if (offset) holds = accepts(IMAGE + offset, anchor);
    else noSteps();
    charge(rule, stepsRead + guardSteps);
    // Of several starts all together are counted: no one of them was read as far from the anchor on.
    let first = anchor;
    if (flags & LINK_TRIES) first -= min(anchor - textBegin, <usize>load<u32>(RULES + (<usize>rule << 5), MOST_BEFORE));
    const readTo = anchor + <usize>max(stepsRead, guardSteps);
    touch(first - 1, readTo + 1);
    if (!holds) {
      if (reachesFar(flags, anchor, readTo)) noteOpening(first - 1, anchor, readTo + 1);
      continue;
    }
    if (flags & LINK_FAR) noteFar();
    addEvent(rule, anchor, matched);
  }
}
