import { Tape } from "./tape.ts";

const NUMBERS = [0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1000, 1024, 4096, 32767, 32768];
const LARGE = [65535, 65536, 2 ** 20, 2 ** 24 - 1, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1];

export interface Surroundings {
  /** Other inputs, to splice with. */
  readonly pool: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly maxBytes: number;
}

/** A generator of random bytes as a tape that never ends. */
function endless(random: () => number): Tape {
  return new (class extends Tape {
    override byte() {
      return Math.floor(random() * 256);
    }
  })(new Uint8Array(0));
}

const joined = (...parts: readonly Uint8Array[]) => Buffer.concat(parts);

/** Places where something stands more often than by chance: edges, and multiples of four. */
function place(tape: Tape, length: number): number {
  if (tape.once(6)) return tape.pick([0, length, Math.max(0, length - 20), Math.min(12, length)]);
  const at = tape.below(length + 1);
  return tape.once(3) ? at & ~3 : at;
}

type Change = (bytes: Buffer, tape: Tape, around: Surroundings) => Uint8Array;

const CHANGES: readonly Change[] = [
  (bytes, tape) => {
    const at = tape.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << tape.below(8));
    return bytes;
  },
  (bytes, tape) => bytes.fill(tape.pick([0, 1, 0x7f, 0x80, 0xff, 10, 32, tape.byte()]), ...span(bytes, tape, 3)),
  (bytes, tape) => {
    const at = tape.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) + tape.pick([1, -1, 2, -2, 16, -16]);
    return bytes;
  },
  (bytes, tape) => {
    const [from, to] = span(bytes, tape, 64);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, tape) => {
    const [from, to] = span(bytes, tape, 200);
    const at = place(tape, bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at));
  },
  (bytes, tape) => {
    const at = place(tape, bytes.length);
    const fresh = Buffer.from(Array.from({ length: 1 + tape.below(16) }, () => tape.byte()));
    return joined(bytes.subarray(0, at), fresh, bytes.subarray(at));
  },
  (bytes, tape) => bytes.subarray(0, place(tape, bytes.length)),
  (bytes, tape) => number(bytes, tape),
  (bytes, tape) => number(bytes, tape),
  (bytes, tape, { words }) => word(bytes, tape, words),
  (bytes, tape, { words }) => word(bytes, tape, words),
  (bytes, tape, { pool }) => {
    const other = Buffer.from(tape.pick(pool));
    const [from, to] = span(other, tape, other.length);
    const at = place(tape, bytes.length);
    const keep = tape.once(2) ? at : Math.min(bytes.length, at + to - from);
    return joined(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(keep));
  },
  // The same again and again: what a reader walks back over, nests, or multiplies.
  (bytes, tape, { words, maxBytes }) => {
    const [from, to] = span(bytes, tape, 12);
    const part = words.length > 0 && tape.once(2) ? tape.pick(words) : bytes.subarray(from, to);
    if (part.length === 0) return bytes;
    const times = Math.min(tape.pick([2, 10, 100, 1000, 20_000, maxBytes]), Math.floor(maxBytes / part.length));
    const at = place(tape, bytes.length);
    return joined(bytes.subarray(0, at), Buffer.alloc(times * part.length, part), bytes.subarray(at));
  },
];

function span(bytes: Buffer, tape: Tape, longest: number): [from: number, to: number] {
  const from = place(tape, bytes.length);
  return [from, Math.min(bytes.length, from + 1 + tape.below(longest))];
}

function number(bytes: Buffer, tape: Tape): Buffer {
  const width = tape.pick([1, 2, 4, 8]);
  if (bytes.length < width) return bytes;
  const at = Math.min(place(tape, bytes.length), bytes.length - width);
  const near = tape.pick([bytes.length, bytes.length - at, at]);
  const value = tape.pick([tape.pick(NUMBERS), tape.pick(LARGE), near, near + 1, Math.max(0, near - 1)]);
  if (width === 1) bytes[at] = value;
  else if (width === 8) bytes.writeBigUInt64BE(tape.once(2) ? BigInt(value) : BigInt(value) << 32n, at);
  else if (tape.once(3)) bytes.writeUIntLE(value % 256 ** width, at, width);
  else bytes.writeUIntBE(value % 256 ** width, at, width);
  return bytes;
}

function word(bytes: Buffer, tape: Tape, words: readonly Uint8Array[]): Uint8Array {
  if (words.length === 0) return bytes;
  const found = tape.pick(words);
  const at = place(tape, bytes.length);
  return joined(bytes.subarray(0, at), found, bytes.subarray(tape.once(2) ? at : at + found.length));
}

/** The input with a few changes. The same random numbers give the same bytes. */
export function mutate(input: Uint8Array, random: () => number, around: Surroundings): Uint8Array {
  const tape = endless(random);
  let bytes = Buffer.from(input);
  for (let left = 1 + tape.pick([0, 0, 1, 2, 5]); left > 0; left--)
    bytes = Buffer.from(tape.pick(CHANGES)(bytes, tape, around));
  return bytes.subarray(0, around.maxBytes);
}
