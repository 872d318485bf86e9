// The run classifier: patterns without a rare literal are long runs of one class (forty hex digits). A run of fifteen or
// more fills an aligned group of eight bytes, of thirty-one or more an aligned group of sixteen, so looking at those is
// enough; only then are the run's edges walked to.
import { textBegin, textEnd } from "./automata";
import { RUN_COUNT, RUN_TABLES, RUNS, SEGMENT } from "./layout";
import { follow } from "./verify";

/**
 * A run in the image, 32 bytes: bit of its class, group (8 or 16), least length, entry, whether only the first place of
 * a run can match, then two words of state: end of the run that was seen last, and where its anchors go on.
 */
const RUN_BYTES: usize = 32;

@inline function classOf(bytes: v128): v128 {
  const nibble = i8x16.splat(0x0f);
  const low = i8x16.swizzle(v128.load(RUN_TABLES), v128.and(bytes, nibble));
  const high = i8x16.swizzle(v128.load(RUN_TABLES, 16), i8x16.shr_u(bytes, 4));
  return v128.and(low, high);
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

/** Finds the runs that have a full group between `from` and `end`, which are multiples of sixteen apart. */
export function classifyRuns(from: usize, end: usize): void {
  if (RUN_COUNT == 0) return;
  for (let p = from; p < end; p += 16) {
    const classes = classOf(v128.load(p));
    for (let i = 0; i < RUN_COUNT; i++) {
      const run = RUNS + <usize>i * RUN_BYTES;
      const mask = i8x16.splat(load<u8>(run));
      const lanes: i32 = i8x16.bitmask(i8x16.ne(v128.and(classes, mask), i8x16.splat(0)));
      if (lanes == 0xffff || (load<u32>(run, 4) == 8 && ((lanes & 0xff) == 0xff || lanes >> 8 == 0xff))) {
        walk(run, (lanes & 0xff) == 0xff ? p : p + 8, end);
        // A second run can begin in the same group only after the first has ended, so its own full group is to come.
      }
    }
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
