// What must stand behind a sequence and a wide gap of nearly any bytes. An automaton would read the whole gap, and again for each
// sequence in it; here the places are found that what follows may begin at, sixteen bytes at a time, and kept until the next sequence
// asks: both ends of the window that is looked at only go on, so a text is gone through once however many sequences it holds, and
// however many rules look for something behind the same sequence.
import { accepts, stepsRead, textEnd, textNumber } from "./automata";
import { BEYOND_STATE_BYTES, BEYOND_STATES, IMAGE } from "./layout";
import { lookUp } from "./nibbles";

/**
 * In the image: which filter is asked about, most bytes and most line feeds of the gap, the state's number; the places of all filters
 * that share the state, and how many they are; then two tables by the halves of a byte, two bits for each of the four places.
 */
const FILTERS: usize = 16;
const FILTER_COUNT: usize = 28;
const LOWS: usize = 32;
const HIGHS: usize = 48;

/**
 * The state is a window of a text: the text's number, where it begins, how far it was looked at, line feeds in that, and how far filters have
 * read; then for each filter the last place that it accepted.
 */
const FROM: usize = 4;
const TO: usize = 8;
const LINES: usize = 12;
const READ_TO: usize = 16;
const ACCEPTED: usize = 20;

/** Of sixteen bytes so many begin four. */
const STRIDE: usize = 13;

/** What the last call of `mayStandBeyond` read: up to where, and what it is charged with. */
export let beyondEnd: usize = 0;
export let beyondCost: u32 = 0;

@inline function lineFeeds(p: usize): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(10)));
}

function countFeeds(from: usize, to: usize): u32 {
  let count: u32 = 0;
  for (let p = from; p < to; p += 16) {
    const feeds = lineFeeds(p);
    beyondCost++;
    count += popcnt(to - p < 16 ? feeds & ((<u32>1 << <u32>(to - p)) - 1) : feeds);
  }
  return count;
}

/** The bytes of a place, a bit each. */
@inline function standing(bytes: v128, bits: i8): u32 {
  return i8x16.bitmask(i8x16.ne(v128.and(bytes, i8x16.splat(bits)), i8x16.splat(0)));
}

/**
 * False where nothing matches that has its sequence end at `at`. A place that a filter accepted lies in the window of every later sequence
 * before it, as that ends no earlier: so the last one is all that has to be known.
 */
export function mayStandBeyond(beyond: usize, at: usize): bool {
  const state = BEYOND_STATES + <usize>load<u32>(beyond, 12) * BEYOND_STATE_BYTES;
  const accepted = state + (<usize>load<u32>(beyond) << 2);
  const mostBytes: usize = load<u32>(beyond, 4), mostLines = load<u32>(beyond, 8);
  beyondCost = 1;
  let p: usize = load<u32>(state, TO);
  let lines = load<u32>(state, LINES);
  let readTo: usize = load<u32>(state, READ_TO);
  const from: usize = load<u32>(state, FROM);
  let may = false;
  if (load<u32>(state) != textNumber || at < from || at > p) {
    p = at;
    lines = 0;
    readTo = at;
    memory.fill(state + ACCEPTED, 0, BEYOND_STATE_BYTES - ACCEPTED);
  } else {
    lines -= countFeeds(from, at);
    may = <usize>load<u32>(accepted, ACCEPTED) >= at;
  }
  const filtersEnd = <usize>load<u32>(beyond, FILTER_COUNT) << 2;
  const low = v128.load(beyond, LOWS), high = v128.load(beyond, HIGHS), nibble = i8x16.splat(0x0f);
  while (!may && lines <= mostLines && p - at <= mostBytes && p < textEnd) {
    const bytes = v128.load(p);
    const sets = v128.and(lookUp(low, v128.and(bytes, nibble)), lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)));
    // Two places tell of most texts.
    let starts = standing(sets, 3) & standing(sets, 12) >> 1 & 0x1fff;
    if (starts) starts &= standing(sets, 48) >> 2 & standing(sets, -64) >> 3;
    let feeds = lineFeeds(p) & 0x1fff;
    let next = p + STRIDE;
    for (; starts; starts &= starts - 1) {
      const start = p + <usize>ctz(starts);
      // One behind the window is left to those whose window is further on.
      if (start >= textEnd || start - at > mostBytes || lines + popcnt(feeds & ((starts & -starts) - 1)) > mostLines) {
        next = start;
        break;
      }
      for (let filter: usize = 0; filter < filtersEnd; filter += 4) {
        if (accepts(IMAGE + <usize>load<u32>(beyond + filter, FILTERS), start)) store<u32>(state + filter, <u32>start, ACCEPTED);
        beyondCost += stepsRead;
        readTo = max(readTo, start + <usize>stepsRead);
      }
      if (<usize>load<u32>(accepted, ACCEPTED) == start) {
        may = true;
        next = start + 1;
        break;
      }
    }
    beyondCost++;
    if (next < p + STRIDE) feeds &= (<u32>1 << <u32>(next - p)) - 1;
    lines += popcnt(feeds);
    p = next;
  }
  store<u32>(state, textNumber);
  store<u32>(state, <u32>at, FROM);
  store<u32>(state, <u32>p, TO);
  store<u32>(state, lines, LINES);
  store<u32>(state, <u32>readTo, READ_TO);
  beyondEnd = max(p + 16, readTo);
  return may;
}
