// What must stand behind a sequence and a wide gap of nearly any bytes. An automaton would read the whole gap, and again for each
// sequence in it; here the places are found that what follows may begin at, 64 bytes at a time, and kept until the next sequence
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

/** Bytes that are looked at in a step. */
const BLOCK: usize = 64;
/** Bytes behind a place that it hangs on whether four stand there. */
const BEHIND: usize = 3;
/** What a step is charged, in bytes that an automaton reads in that time. */
const BLOCK_COST: u32 = 4;

/** What the last call of `mayStandBeyond` read: up to where, and what it is charged with. */
export let beyondEnd: usize = 0;
export let beyondCost: u32 = 0;

/** A bit for each byte of a block, from vectors of zeros and ones. */
@inline function bitsOf(a: v128, b: v128, c: v128, d: v128): u64 {
  const low = <u32>i8x16.bitmask(a) | <u32>i8x16.bitmask(b) << 16, high = <u32>i8x16.bitmask(c) | <u32>i8x16.bitmask(d) << 16;
  return <u64>low | <u64>high << 32;
}

/** The line feeds of a block. */
@inline function lineFeeds(p: usize): u64 {
  const feed = i8x16.splat(10);
  const a = i8x16.eq(v128.load(p), feed), b = i8x16.eq(v128.load(p, 16), feed);
  return bitsOf(a, b, i8x16.eq(v128.load(p, 32), feed), i8x16.eq(v128.load(p, 48), feed));
}

/** The places of a block before one. */
@inline function before(place: usize): u64 {
  return (<u64>1 << <u64>place) - 1;
}

function countFeeds(from: usize, to: usize): u32 {
  let count: u32 = 0;
  for (let p = from; p < to; p += BLOCK) {
    const feeds = lineFeeds(p);
    beyondCost++;
    count += <u32>popcnt(to - p < BLOCK ? feeds & before(to - p) : feeds);
  }
  return count;
}

/** Of the four places two bits each that each of sixteen bytes may stand at. */
@inline function placesOf(p: usize, low: v128, high: v128, nibble: v128): v128 {
  const bytes = v128.load(p);
  return v128.and(lookUp(low, v128.and(bytes, nibble)), lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)));
}

/** All ones where a byte may not stand at the places of these bits. */
@inline function lacks(places: v128, bits: i8): v128 {
  return i8x16.eq(v128.and(places, i8x16.splat(bits)), i8x16.splat(0));
}

/** Where in a block the first two of the four places may stand, which tell of most texts. Behind its last byte anything may. */
@inline function startsIn(p: usize, low: v128, high: v128): u64 {
  const nibble = i8x16.splat(0x0f);
  const a = placesOf(p, low, high, nibble), b = placesOf(p + 16, low, high, nibble);
  const c = placesOf(p + 32, low, high, nibble), d = placesOf(p + 48, low, high, nibble);
  const noSecond = bitsOf(lacks(a, 12), lacks(b, 12), lacks(c, 12), lacks(d, 12));
  return ~(bitsOf(lacks(a, 3), lacks(b, 3), lacks(c, 3), lacks(d, 3)) | noSecond >> 1);
}

/** Whether a byte may stand at the places of these bits. */
@inline function mayStand(beyond: usize, at: usize, bits: u32): bool {
  const byte: u32 = load<u8>(at);
  return (<u32>load<u8>(beyond + <usize>(byte & 15), LOWS) & <u32>load<u8>(beyond + <usize>(byte >> 4), HIGHS) & bits) != 0;
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
  const low = v128.load(beyond, LOWS), high = v128.load(beyond, HIGHS);
  while (!may && lines <= mostLines && p - at <= mostBytes && p < textEnd) {
    let feeds = lineFeeds(p);
    let next = p + BLOCK;
    for (let starts = startsIn(p, low, high); starts; starts &= starts - 1) {
      const start = p + <usize>ctz(starts);
      // One behind the window is left to those whose window is further on.
      if (start >= textEnd || start - at > mostBytes || lines + <u32>popcnt(feeds & before(start - p)) > mostLines) {
        next = start;
        break;
      }
      if (!mayStand(beyond, start + 1, 12) || !mayStand(beyond, start + 2, 48) || !mayStand(beyond, start + 3, 192)) continue;
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
    beyondCost += BLOCK_COST;
    if (next < p + BLOCK) feeds &= before(next - p);
    const count = <u32>popcnt(feeds);
    if (lines + count > mostLines) {
      // No more is looked at than has to be: what is said hangs on it.
      for (let more = mostLines - lines; more; more--) feeds &= feeds - 1;
      next = p + <usize>ctz(feeds) + 1;
      lines = mostLines + 1;
    } else lines += count;
    p = next;
  }
  store<u32>(state, textNumber);
  store<u32>(state, <u32>at, FROM);
  store<u32>(state, <u32>p, TO);
  store<u32>(state, lines, LINES);
  store<u32>(state, <u32>readTo, READ_TO);
  beyondEnd = max(p + BEHIND, readTo);
  return may;
}
