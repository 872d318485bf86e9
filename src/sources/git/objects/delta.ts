// Deltas in JavaScript, for the few objects that are read one by one; the bulk goes through ../core/assembly/delta.ts.
import { BrokenObject } from "./broken.ts";
import { MAX_OBJECT_BYTES } from "./loose.ts";

function readSize(delta: Uint8Array, at: number): [size: number, next: number] {
  let size = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = delta[at++];
    if (byte === undefined || scale > 2 ** 49) throw new BrokenObject("the delta is cut short");
    size += (byte & 0x7f) * scale;
    if (byte < 0x80) return [size, at];
  }
}

/**
 * Sizes of base and result, and two numbers for each step: from where, and how many bytes. A copy begins so far in the base; -1 - n: an
 * insert begins at `n` in the delta.
 */
function readDelta(delta: Uint8Array): { baseSize: number; size: number; steps: number[] } {
  const [baseSize, afterBase] = readSize(delta, 0);
  const [size, start] = readSize(delta, afterBase);
  const steps: number[] = [];
  const end = delta.length;
  let to = 0;
  for (let at = start; at < end;) {
    const op = delta[at++] as number;
    if (op === 0) throw new BrokenObject("the delta has a step of an unknown kind");
    let from = 0;
    let length = op;
    if (op < 0x80) {
      from = -1 - at;
      at += op;
    } else {
      length = 0;
      // What is behind the end is no number, and told below.
      if (op & 1) from = delta[at++] as number;
      if (op & 2) from += (delta[at++] as number) * 0x100;
      if (op & 4) from += (delta[at++] as number) * 0x10000;
      if (op & 8) from += (delta[at++] as number) * 0x1000000;
      if (op & 16) length = delta[at++] as number;
      if (op & 32) length += (delta[at++] as number) * 0x100;
      if (op & 64) length += (delta[at++] as number) * 0x10000;
    }
    if (at > end) throw new BrokenObject("the delta is cut short");
    if (length === 0) length = 65536;
    if (op >= 0x80 && from + length > baseSize) throw new BrokenObject("the delta copies from behind its base");
    steps.push(from, length);
    to += length;
  }
  if (to !== size) throw new BrokenObject("the delta makes an object of another size than it says");
  return { baseSize, size, steps };
}

/** Tells of each copy, in order, where it stands in the base and in the result. The delta was applied: its steps are sound. */
export function eachCopy(delta: Uint8Array, tell: (from: number, to: number, length: number) => void): void {
  let at = 0;
  // The sizes of base and result.
  for (let heads = 2; heads > 0; at++) if ((delta[at] as number) < 0x80) heads--;
  for (let to = 0; at < delta.length;) {
    const op = delta[at++] as number;
    if (op < 0x80) {
      at += op;
      to += op;
      continue;
    }
    let [from, length] = [0, 0];
    for (let bit = 0; bit < 4; bit++) if (op & (1 << bit)) from += (delta[at++] as number) * 256 ** bit;
    for (let bit = 0; bit < 3; bit++) if (op & (16 << bit)) length += (delta[at++] as number) << (8 * bit);
    if (length === 0) length = 65536;
    tell(from, to, length);
    to += length;
  }
}

/** @param room gives place for so many bytes, which is not where the base is. */
export function applyDelta(
  base: Uint8Array,
  delta: Uint8Array,
  room = (bytes: number) => Buffer.allocUnsafe(bytes),
): Buffer {
  const { baseSize, size, steps } = readDelta(delta);
  if (baseSize !== base.length) throw new BrokenObject("the delta belongs to another base");
  if (size > MAX_OBJECT_BYTES) throw new BrokenObject("larger than 512 MB");
  const result = room(size);
  for (let step = 0, to = 0; step < steps.length; step += 2) {
    const from = steps[step] as number;
    const length = steps[step + 1] as number;
    if (from >= 0) result.set(base.subarray(from, from + length), to);
    else result.set(delta.subarray(-1 - from, length - 1 - from), to);
    to += length;
  }
  return result;
}
