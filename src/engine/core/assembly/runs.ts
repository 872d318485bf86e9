// The run classifier: patterns without a rare literal are long runs of one class (forty hex digits). A run of fifteen or
// more fills an aligned group of eight bytes, of thirty-one or more an aligned group of sixteen, so looking at those is
// enough; only then are the run's edges walked to.
import { textBegin, textEnd } from "./automata";
import { RUN_COUNT, RUN_TABLES, RUNS, SEGMENT } from "./layout";
import { follow } from "./verify";

/**
 * A run in the image, 32 bytes: bits of its class, group, least length, entry, whether only the first place of a run can
 * match, then two words of state: end of the run that was seen last, and where its anchors go on.
 */
const RUN_BYTES: usize = 32;
/** The run is long enough to fill an aligned group of sixteen bytes, not only one of eight. */
const SIXTEEN: u32 = 1;

@inline function lookUp(table: v128, nibbles: v128): v128 {
  // Indexes are below sixteen, for which both instructions agree.
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(table, nibbles) : i8x16.swizzle(table, nibbles);
}

@inline function byteClass(byte: u8): u32 {
  return <u32>load<u8>(RUN_TABLES + <usize>(byte & 15)) & <u32>load<u8>(RUN_TABLES + 16 + <usize>(byte >> 4));
}

export function startRuns(): void {
  for (let i = 0; i < RUN_COUNT; i++) {
    store<u32>(RUNS + <usize>i * RUN_BYTES, 0, 20);
    store<u32>(RUNS + <usize>i * RUN_BYTES, 0, 24);
  }
}

/** The class bits of the `n`-th class whose group is eight bytes (or sixteen), or 0: runs of one class stand together. */
function nthClass(n: i32, sixteen: bool): u8 {
  let last: u8 = 0;
  for (let i = 0; i < RUN_COUNT; i++) {
    const run = RUNS + <usize>i * RUN_BYTES;
    if (load<u8>(run) == last || load<u32>(run, 4) == SIXTEEN != sixteen) continue;
    last = load<u8>(run);
    if (n-- == 0) return last;
  }
  return 0;
}

/** Finds the runs that have a full group between `from` and `end`, which are multiples of sixteen apart. */
export function classifyRuns(from: usize, end: usize): void {
  // Each pass looks for one class of either kind of group; no rulebook has needed a second one yet.
  for (let pass = 0; ; pass++) {
    const eight = nthClass(pass, false), sixteen = nthClass(pass, true);
    if (eight == 0 && sixteen == 0) return;
    const low = v128.load(RUN_TABLES), high = v128.load(RUN_TABLES, 16);
    const nibble = i8x16.splat(0x0f), none = i8x16.splat(0);
    const eightMask = i8x16.splat(eight), sixteenMask = i8x16.splat(sixteen);
    for (let p = from; p < end; p += 16) {
      const bytes = v128.load(p);
      const classes = v128.and(lookUp(low, v128.and(bytes, nibble)), lookUp(high, i8x16.shr_u(bytes, 4)));
      const outsideEight = i8x16.eq(v128.and(classes, eightMask), none);
      const outsideSixteen = i8x16.eq(v128.and(classes, sixteenMask), none);
      if (i64x2.all_true(outsideEight) && v128.any_true(outsideSixteen)) continue;
      // Both may hold: digits are hex digits too.
      if (!v128.any_true(outsideSixteen)) walkAll(sixteen, p, end);
      if (!i64x2.all_true(outsideEight)) walkAll(eight, i64x2.extract_lane(outsideEight, 0) == 0 ? p : p + 8, end);
    }
  }
}

/** A byte of `inside` on is known to be in the class; every run of it there is walked. */
function walkAll(bits: u8, inside: usize, end: usize): void {
  for (let i = 0; i < RUN_COUNT; i++) {
    const run = RUNS + <usize>i * RUN_BYTES;
    if (load<u8>(run) == bits) walk(run, inside, end);
  }
}

function walk(run: usize, inside: usize, segmentEnd: usize): void {
  const mask = load<u32>(run);
  const length = <usize>load<u32>(run, 8);
  let end: usize = load<u32>(run, 20);
  let anchor: usize = load<u32>(run, 24);
  if (inside >= end) {
    anchor = inside;
    while (anchor > textBegin && byteClass(load<u8>(anchor - 1)) & mask) anchor--;
    end = inside;
    while (end < textEnd && byteClass(load<u8>(end)) & mask) end++;
    store<u32>(run, <u32>end, 20);
  }
  if (end < length) return;
  const last = end - length;
  const entry: usize = load<u32>(run, 12);
  if (load<u32>(run, 16)) {
    if (anchor <= last) follow(anchor, entry);
    anchor = end;
  } else {
    // A very long run goes on in the next segment, so that its events stay few and in order.
    for (; anchor <= last && anchor < segmentEnd; anchor++) follow(anchor, entry);
  }
  store<u32>(run, <u32>anchor, 24);
}
