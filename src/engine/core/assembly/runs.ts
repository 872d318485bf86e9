// The run classifier: patterns without a rare literal are long runs of one class (forty hex digits). A run of `length` fills
// a window of sixteen bytes (or of eight) wherever it begins if one is looked at every `length - 15` (or `- 7`) bytes, so
// looking at those is enough; only then are the run's edges walked to.
import { textBegin, textEnd } from "./automata";
import { IMAGE, NOTES, RUN_CLASS_COUNT, RUN_CLASSES, RUN_TABLES } from "./layout";
import { isDigit } from "./characters";
import { FIVE, FOUR } from "./notes";
import { touch } from "./touched";
import { lookUp } from "./nibbles";
import { follow } from "./verify";

/** A class in the image: its bits, the window's bytes, bytes between windows, its runs, their number; state: next window. */
const CLASS_BYTES: usize = 32;
const NEXT: usize = 20;
/** Not zero where all its bytes are digits of base64. */
const IS_ALPHABETIC: usize = 24;
/** A run in the image: least length, entry, which bytes may stand before it (`EDGE` where none of its class may), `IS_LAST`. */
const RUN_BYTES: usize = 32;
const EDGE: u32 = 0;
/** Not zero where no byte of its class may stand behind it. */
const IS_LAST: usize = 20;
/** State of a run: end of the one that was seen last, and where its anchors go on. */
const END: usize = 12;
const ANCHOR: usize = 16;

/** The bits of a class that each of sixteen bytes shares; not zero for a byte of the class. */
@inline function shared(bytes: v128, bits: u32): v128 {
  const nibble = i8x16.splat(0x0f);
  const lows = lookUp(v128.load(RUN_TABLES), v128.and(bytes, nibble));
  const highs = lookUp(v128.load(RUN_TABLES, 16), v128.and(i16x8.shr_u(bytes, 4), nibble));
  return v128.and(v128.and(lows, highs), i8x16.splat(<i8>bits));
}

/** A bit for each of the sixteen bytes at `p` that is not in the class. */
@inline function outside(p: usize, bits: u32): u32 {
  return i8x16.bitmask(i8x16.eq(shared(v128.load(p), bits), i8x16.splat(0)));
}

/** The first byte of the run that `at` stands in. */
function runBegin(at: usize, bits: u32): usize {
  let p = at;
  while (p > textBegin) {
    const others = outside(p - 16, bits);
    if (others) return max(textBegin, p - <usize>(clz(others) - 16));
    p -= 16;
  }
  return textBegin;
}

/** The end of the run that `at` stands in. */
function runEnd(at: usize, bits: u32): usize {
  let p = at;
  while (p < textEnd) {
    const others = outside(p, bits);
    if (others) return min(textEnd, p + <usize>ctz(others));
    p += 16;
  }
  return textEnd;
}

export function startRuns(from: usize): void {
  nextNoted = from;
  for (let i: u32 = 0; i < RUN_CLASS_COUNT; i++) {
    const ofClass = RUN_CLASSES + <usize>i * CLASS_BYTES;
    store<u32>(ofClass, <u32>from, NEXT);
    const runs = RUN_CLASSES + <usize>load<u32>(ofClass, 12), count = load<u32>(ofClass, 16);
    for (let n: u32 = 0; n < count; n++) store<u64>(runs + <usize>n * RUN_BYTES, 0, END);
  }
}

const FOURS: u64 = 0x0101010101010101 * <u64>FOUR;
const FIVES: u64 = 0x0101010101010101 * <u64>FIVE;
/**
 * A run of 27 has a full window, of two halves of vectors, that ends twenty bytes behind its beginning or further on, as one does in any
 * eight places in a row; five full groups end there as well. Its windows stand so far apart.
 */
const LONG_STRIDE: u32 = 12;

/** The first byte of the first noted block that was not looked at. A run of classes of base64 digits has its full windows in such blocks. */
let nextNoted: usize = 0;

/** In eight notes, what those blocks have in which a full window of any of these classes ends. */
let noted: u64 = FOURS;

/** Tells which classes the notes will do for. */
export function tellAlphabetic(): void {
  let isLong = true;
  for (let i: u32 = 0; i < RUN_CLASS_COUNT; i++) {
    const ofClass = RUN_CLASSES + <usize>i * CLASS_BYTES;
    const bits = load<u32>(ofClass);
    let isAlphabetic = load<u32>(ofClass, 4) == 16;
    for (let byte: u32 = 0; byte < 256; byte++) {
      const shared = <u32>load<u8>(RUN_TABLES + <usize>(byte & 15)) & <u32>load<u8>(RUN_TABLES + <usize>(byte >> 4), 16) & bits;
      if (shared && !isDigit(byte)) isAlphabetic = false;
    }
    store<u32>(ofClass, <u32>isAlphabetic, IS_ALPHABETIC);
    if (isAlphabetic && load<u32>(ofClass, 8) < LONG_STRIDE) isLong = false;
  }
  noted = isLong ? FIVES : FOURS;
}

/** Finds the runs with a full window that begins before `end`; `segment` is where the notes begin. */
export function classifyRuns(segment: usize, end: usize): void {
  classifyNoted(segment, end);
  for (let i: u32 = 0; i < RUN_CLASS_COUNT; i++) {
    const ofClass = RUN_CLASSES + <usize>i * CLASS_BYTES;
    const bits = load<u32>(ofClass), window = load<u32>(ofClass, 4), stride: usize = load<u32>(ofClass, 8);
    if (load<u32>(ofClass, IS_ALPHABETIC)) continue;
    let p: usize = load<u32>(ofClass, NEXT);
    if (window == 16 && stride < 16) p = classifyHalves(ofClass, bits, p, end);
    else {
      for (; p < end; p += stride) {
        const bytes = window == 16 ? v128.load(p) : v128.load64_splat(p);
        if (i8x16.all_true(shared(bytes, bits))) walkAll(ofClass, bits, p, end);
      }
    }
    store<u32>(ofClass, <u32>p, NEXT);
  }
}

/** The same of the classes that have their full windows in noted blocks. */
function classifyNoted(segment: usize, end: usize): void {
  const last = min(end, textEnd);
  while (nextNoted < last) {
    const first = nextNoted, blocks = min(<usize>8, last - first + 63 >> 6);
    nextNoted += blocks << 6;
    // Eight at once: a branch for each block could not be foreseen.
    let notes = load<u64>(NOTES + (first - segment >> 6)) & noted;
    if (blocks < 8) notes &= (<u64>1 << (blocks << 3)) - 1;
    for (; notes; notes &= notes - 1) classifyBlock(first + (<usize>ctz(notes) >> 3 << 6), end);
  }
}

/** Walks the runs of which a full window ends in the 64 bytes at `p`. */
function classifyBlock(p: usize, end: usize): void {
  const low = v128.load(RUN_TABLES), high = v128.load(RUN_TABLES, 16), nibble = i8x16.splat(0x0f);
  const z = classesOf(p - 16, low, high, nibble), a = classesOf(p, low, high, nibble), b = classesOf(p + 16, low, high, nibble);
  const c = classesOf(p + 32, low, high, nibble), d = classesOf(p + 48, low, high, nibble);
  for (let i: u32 = 0; i < RUN_CLASS_COUNT; i++) {
    const ofClass = RUN_CLASSES + <usize>i * CLASS_BYTES;
    if (!load<u32>(ofClass, IS_ALPHABETIC)) continue;
    const bits = load<u32>(ofClass), wanted = i8x16.splat(<i8>bits);
    const halves = halvesIn(z, wanted) | halvesIn(a, wanted) << 2 | halvesIn(b, wanted) << 4 | halvesIn(c, wanted) << 6
      | halvesIn(d, wanted) << 8;
    // Of two halves in a row the last has to end in this block: the block before had its turn.
    for (let full = halves & halves >> 1 & ~1; full; full &= full - 1) {
      walkAll(ofClass, bits, p - 16 + (<usize>ctz(full) << 3), end);
    }
  }
}

@inline function classesOf(p: usize, low: v128, high: v128, nibble: v128): v128 {
  const bytes = v128.load(p);
  return v128.and(
    lookUp(low, ASC_FEATURE_RELAXED_SIMD ? bytes : v128.and(bytes, nibble)),
    lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** A bit for each half of sixteen bytes that is all of the class. */
@inline function halvesIn(classes: v128, wanted: v128): u32 {
  const none = i8x16.splat(0);
  return i64x2.bitmask(i64x2.eq(i8x16.eq(v128.and(classes, wanted), none), none));
}

/**
 * The same where windows of sixteen would overlap: a run of 23 fills two halves of aligned vectors in a row, so that every
 * byte is looked up once. The result is where to go on.
 */
function classifyHalves(ofClass: usize, bits: u32, from: usize, end: usize): usize {
  // What is loaded stays in registers; constants would be made anew at every step.
  const low = v128.load(RUN_TABLES), high = v128.load(RUN_TABLES, 16), nibble = i8x16.splat(0x0f);
  const wanted = i8x16.splat(<i8>bits), none = i8x16.splat(0);
  let halves: i32 = <i32>(outside(from - 16, bits) >> 8 == 0);
  let p = from;
  for (; p < end; p += 16) {
    const bytes = v128.load(p);
    const classes = v128.and(
      lookUp(low, ASC_FEATURE_RELAXED_SIMD ? bytes : v128.and(bytes, nibble)),
      lookUp(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
    );
    const full: i32 = i64x2.bitmask(i64x2.eq(i8x16.eq(v128.and(classes, wanted), none), none)) << 1 | halves;
    if (full & full >> 1) walkAll(ofClass, bits, p - (<usize>((full & 3) == 3) << 3), end);
    halves = full >> 2;
  }
  return p;
}

/** The bytes from `inside` on are known to be in the class; every run of it there is walked. */
function walkAll(ofClass: usize, bits: u32, inside: usize, end: usize): void {
  const runs = RUN_CLASSES + <usize>load<u32>(ofClass, 12), count = load<u32>(ofClass, 16);
  for (let n: u32 = 0; n < count; n++) walk(runs + <usize>n * RUN_BYTES, bits, inside, end);
}

function walk(run: usize, bits: u32, inside: usize, segmentEnd: usize): void {
  const length = <usize>load<u32>(run);
  let end: usize = load<u32>(run, END);
  let anchor: usize = load<u32>(run, ANCHOR);
  if (inside >= end) {
    anchor = runBegin(inside, bits);
    end = runEnd(inside, bits);
    store<u32>(run, <u32>end, END);
    store<u32>(run, <u32>anchor, ANCHOR);
    touch(anchor - 1, end + 1);
  }
  if (end - anchor < length) return;
  const last = end - length, entry: usize = load<u32>(run, 4);
  const isLast = load<u32>(run, IS_LAST) != 0;
  if (load<u32>(run, 8) == EDGE) {
    if (anchor == last || !isLast) follow(anchor, entry);
    anchor = end;
  } else {
    const before = IMAGE + <usize>load<u32>(run, 8);
    if (isLast) anchor = max(anchor, last);
    // A very long run goes on in the next segment, so that its events stay few and in order.
    for (; anchor <= last && anchor < segmentEnd; anchor++) {
      if (load<u8>(before + <usize>load<u8>(anchor - 1))) follow(anchor, entry);
    }
  }
  store<u32>(run, <u32>anchor, ANCHOR);
}
