import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { SLACK } from "../../../src/sources/git/core/git-core.ts";
import { applyDelta } from "../../../src/sources/git/objects/delta.ts";
import { hold, refusal, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { GuardedCore } from "./guarded.ts";

const ROOM = 1 << 16;
const NO_ROOM = -5;

const varint = (value: number): number[] => (value < 128 ? [value] : [128 | (value & 127), ...varint(value >> 7)]);

/** A base, and copies and inserts; now and then a byte that lies. */
function fromTape(tape: Tape): { base: Buffer; delta: Buffer; slots: number; gap: number } {
  const slots = tape.below(6);
  const gap = tape.below(20);
  const some = tape.take(tape.below(300));
  // Long enough for copies of more than one kind.
  const base = slots > 3 ? Buffer.concat([some, some, some, some, some]) : some;
  const steps: number[] = [];
  let size = 0;
  while (tape.left > 0) {
    const kind = tape.below(16);
    if (kind === 0) steps.push(tape.byte());
    else if (kind < 8) {
      const length = 1 + tape.below(127);
      steps.push(length, ...tape.take(length));
      size += length;
    } else {
      const from = tape.below(base.length + (kind === 8 ? 2 : 0));
      const length = tape.below(base.length - from + (kind === 9 ? 2 : 1));
      steps.push(0xb3, from & 255, from >> 8, length & 255, length >> 8);
      size += length || 65536;
    }
  }
  const lie = tape.once(8) ? tape.below(3) : 0;
  return { base, delta: Buffer.from([...varint(base.length), ...varint(size + lie), ...steps]), slots, gap };
}

/** The WebAssembly deltas against those in JavaScript: the same bytes, or both refuse; and never a byte elsewhere. */
export function delta(): Target {
  const core = new GuardedCore();

  const compare = (base: Buffer, bytes: Buffer, slots: number, gap: number) => {
    const expected = refusal(() => applyDelta(base, bytes), BrokenObject);
    const rooms = expected === undefined ? [ROOM, 16] : [expected.length, ROOM];
    if (expected !== undefined && expected.length > 0) rooms.push(expected.length - 1);
    for (const room of rooms) {
      core.reset();
      const out = core.room(8 * slots);
      const baseAt = core.put(base);
      const at = core.put(bytes);
      const target = core.room(room);
      const made = core.within(
        [
          [out, 8 * Math.max(1, slots)],
          [target, room + SLACK],
        ],
        () => core.git.applyDelta(at, bytes.length, baseAt, base.length, target, room, out, slots, gap),
      );
      if (expected === undefined) hold(made < 0, () => `made ${made} bytes where JavaScript refuses`);
      else if (expected.length > room) hold(made === NO_ROOM, () => `answers ${made} where the room is too small`);
      else {
        hold(made === expected.length, () => `made ${made} bytes, JavaScript ${expected.length}`);
        hold(core.read(target, made).equals(expected), () => "made other bytes than JavaScript");
        hold(core.git.ranges() <= Math.max(1, slots), () => `gave ${core.git.ranges()} ranges in ${slots} slots`);
      }
    }
  };

  return {
    name: "delta",
    rounds: 300,
    maxBytes: 4096,
    run(input) {
      const { base, delta: bytes, slots, gap } = fromTape(new Tape(input));
      compare(base, bytes, slots, gap);
      // The same bytes as they are: a base of letters, and a delta that nothing made.
      const cut = Math.min(input.length, input[0] ?? 0);
      compare(Buffer.from(input.subarray(0, cut)), Buffer.from(input.subarray(cut)), slots, gap);
    },
    seeds: () => [
      Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 37 + (i >> 4)) & 255)),
      Buffer.from(Array.from({ length: 900 }, (_, i) => (i * i) & 255)),
      Buffer.concat([
        Buffer.from([3, 4, 200]),
        Buffer.alloc(200, "base "),
        Buffer.from("\x0b\x02\x20\x0c\x05\x10".repeat(40)),
      ]),
    ],
    words: [Buffer.from([0x80]), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Buffer.from([0x90, 0])],
  };
}
