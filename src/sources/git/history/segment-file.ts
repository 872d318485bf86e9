// A file that grows by segments. Each is a header, JSON in one piece with the digests of the parts behind it, and under the
// digest of its own a chain: it holds for what stands before it and for nothing else. So what was cut off, or written by two at
// once, is seen where it begins, and the file counts up to there.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { openRegular } from "../../../disk/regular-file.ts";
import { sha256 } from "../../../disk/sha256.ts";

const MAGIC = Buffer.from("patrol history scan 13\n");
const DIGEST_BYTES = 32;
const FRAME_BYTES = DIGEST_BYTES + 4;
/** A header's length is a stranger's number until its digest was compared. */
const MOST_HEADER_BYTES = 1 << 30;

/** What was written is not what stands there. */
export class DamagedSegment extends Error {}

/** The parts' lengths and SHA-256, beside what the header itself says. */
interface Frame<Head> {
  readonly head: Head;
  readonly parts: readonly (readonly [bytes: number, digest: string])[];
}

export interface StoredSegment<Head> {
  readonly head: Head;
  /** @throws DamagedSegment */
  part(number: number): Buffer;
}

export interface NewSegment<Head> {
  readonly head: Head;
  readonly parts: readonly Buffer[];
}

function encode<Head>({ head, parts }: NewSegment<Head>, previous: Uint8Array): Buffer[] {
  const frame: Frame<Head> = { head, parts: parts.map((part) => [part.length, sha256(part).toString("hex")]) };
  const text = Buffer.from(JSON.stringify(frame));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return [sha256(previous, length, text), length, text, ...parts];
}

export class SegmentFile<Head> {
  readonly segments: readonly StoredSegment<Head>[];
  /** Bytes of the segments that hold. */
  readonly size: number;
  readonly #path: string;
  readonly #file: number;
  /** Which file it is: by the path there may be another one by now. */
  readonly #info: BigIntStats;
  readonly #last: Uint8Array;

  private constructor(path: string) {
    this.#path = path;
    this.#file = openRegular(path).file;
    try {
      this.#info = fstatSync(this.#file, { bigint: true });
      const end = Number(this.#info.size);
      const segments: StoredSegment<Head>[] = [];
      let at = MAGIC.length;
      let last: Uint8Array = MAGIC;
      if (!this.#read(0, MAGIC.length).equals(MAGIC)) throw new DamagedSegment();
      for (let next = this.#segment(at, end, last); next !== undefined; next = this.#segment(at, end, last)) {
        segments.push(next.segment);
        [at, last] = [next.end, next.digest];
      }
      this.segments = segments;
      this.size = at;
      this.#last = last;
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Undefined: there is none, or none of ours. */
  static open<Head>(path: string): SegmentFile<Head> | undefined {
    try {
      return new SegmentFile(path);
    } catch {
      return undefined;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const read = readSync(this.#file, bytes, done, length - done, at + done);
      if (read === 0) throw new DamagedSegment();
      done += read;
    }
    return bytes;
  }

  #segment(at: number, end: number, previous: Uint8Array) {
    if (at + FRAME_BYTES > end) return undefined;
    const frame = this.#read(at, FRAME_BYTES);
    const length = frame.readUInt32LE(DIGEST_BYTES);
    const from = at + FRAME_BYTES;
    if (length > MOST_HEADER_BYTES || from + length > end) return undefined;
    const text = this.#read(from, length);
    const digest = frame.subarray(0, DIGEST_BYTES);
    if (!sha256(previous, frame.subarray(DIGEST_BYTES), text).equals(digest)) return undefined;
    const { head, parts } = JSON.parse(text.toString()) as Frame<Head>;
    const starts: number[] = [];
    let next = from + length;
    for (const [bytes] of parts) next += starts.push(next) && bytes;
    if (next > end) return undefined;
    const part = (number: number): Buffer => {
      const [bytes, expected] = parts[number] ?? [0, ""];
      const content = this.#read(starts[number] ?? 0, bytes);
      if (sha256(content).toString("hex") !== expected) throw new DamagedSegment();
      return content;
    };
    return { segment: { head, part }, end: next, digest };
  }

  /** Whether nothing stands behind the segments that hold. */
  isWhole(): boolean {
    return Number(this.#info.size) === this.size;
  }

  /**
   * Adds a segment behind the first so many. False: the file goes on otherwise, so that it has to be written whole. Where
   * somebody adds another one at the same moment, one of the two does not count.
   */
  append(segment: NewSegment<Head>): boolean {
    const file = openSync(this.#path, constants.O_WRONLY | constants.O_APPEND);
    try {
      const { ino, dev, size } = fstatSync(file, { bigint: true });
      if (ino !== this.#info.ino || dev !== this.#info.dev || Number(size) !== this.size) return false;
      // In one call: what is cut short is told by its digests.
      writeSync(file, Buffer.concat(encode(segment, this.#last)));
      return true;
    } finally {
      closeSync(file);
    }
  }
}

/** Writes a file of one segment, whole or not at all. */
export function writeSegmentFile<Head>(path: string, segment: NewSegment<Head>): void {
  const draft = `${path}.${process.pid}`;
  try {
    const file = openSync(draft, "w", 0o600);
    try {
      for (const piece of [MAGIC, ...encode(segment, MAGIC)])
        for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
