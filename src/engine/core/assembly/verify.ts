// From a candidate of the classifier to events: which sequences stand there, and do their rules' automata accept?
import { accepts, matchEnd, textBegin, textEnd } from "./automata";
import { BUCKETS, CLASSES, ENTRIES, IMAGE, LINKS, VERIFY, VERIFY_CLASSES } from "./layout";
import { addEvent, noteFar } from "./spans";

/** Places that the verify table looks at: fingerprint and the four behind it, then six before it. */
const PLACES: usize = 14;

/** What a link does with its automaton: find the end of a match, or only filter. */
const LINK_ENDS: u32 = 1;
const LINK_FAR: u32 = 2;

@inline function row(at: usize, offset: usize): usize {
  return <usize>load<u8>(CLASSES + <usize>load<u8>(at + offset)) << 2;
}

/** Looks up the sequences of `bucket` at `at`, one page of 32 after another, leaving as soon as none is left. */
export function verify(at: usize, bucket: usize): void {
  const pages = load<u32>(BUCKETS + (bucket << 2));
  let page: usize = pages & 0xffff;
  const end = page + (pages >> 16);
  const place = VERIFY_CLASSES << 2;
  for (; page < end; page++) {
    let t = VERIFY + page * PLACES * place;
    let bits: u32 = load<u32>(t + row(at, 0)) & load<u32>(t + place + row(at, 1));
    t += place << 1;
    bits &= load<u32>(t + row(at, 2)) & load<u32>(t + place + row(at, 3));
    if (!bits) continue;
    t += place << 1;
    bits &= load<u32>(t + row(at, 4)) & load<u32>(t + place + row(at, 5)) & load<u32>(t + (place << 2) + row(at - 1, 0));
    if (!bits) continue;
    t += place << 1;
    bits &= load<u32>(t + row(at, 6)) & load<u32>(t + place + row(at, 7));
    t += place * 3;
    const back = at - 6;
    bits &= load<u32>(t + row(back, 4)) & load<u32>(t + place + row(back, 3));
    t += place << 1;
    bits &= load<u32>(t + row(back, 2)) & load<u32>(t + place + row(back, 1)) & load<u32>(t + (place << 1) + row(back, 0));
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
