// The index of a pack: sorted object ids and where each object starts. gitformat-pack(5), versions 1 and 2.
import { closeSync, readSync } from "node:fs";
import { openRegular, readRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import type { ObjectFormat } from "../object-id.ts";
import { findId, SortedIds } from "./sorted-ids.ts";

/** The parts of a file: all of it, or read when they are asked for. */
export interface IndexBytes {
  readonly size: number;
  /** @param room where they may be put: the next call with the same room overwrites them. */
  read(at: number, length: number, room?: Buffer): Buffer;
  close(): void;
}

const allOf = (file: Buffer): IndexBytes => ({
  size: file.length,
  read: (at, length) => file.subarray(at, at + length),
  close: () => undefined,
});

/** To read a part of the file takes as long as to read so much more of it at once, with what V8's collector does for that much more. */
const BYTES_PER_PART = 4 << 10;
/** A file that is smaller is read at once. */
const SMALL_BYTES = 64 << 10;
/** Ids that are read around the place where one is expected, of so many as begin with the same byte: where it stands strays by half their root. */
const windowOf = (count: number) => Math.ceil(3.5 * Math.sqrt(count)) + 16;

export class PackIndex {
  readonly count: number;
  readonly idBytes: number;
  readonly #names: number;
  readonly #stride: number;
  readonly #offsets: number;
  readonly #large: number;
  readonly #bytes: IndexBytes;
  /** The file up to the ids: how many of them there are up to each first byte. */
  readonly #head: Buffer;
  #whole: Buffer | undefined;
  #parts = 0;
  /** For ids around a place: hundreds are asked for one after the other. */
  #room = Buffer.alloc(0);
  /** Other parts that were read, by where they begin: the same commits are asked for again and again. */
  readonly #known = new Map<number, Buffer>();
  /** After so many parts it is better to read the whole file. */
  readonly #mostParts: number;

  constructor(file: Buffer | IndexBytes, format: ObjectFormat) {
    const { bytes } = format;
    this.#bytes = Buffer.isBuffer(file) ? allOf(file) : file;
    this.#whole = Buffer.isBuffer(file) ? file : undefined;
    this.idBytes = bytes;
    const { size } = this.#bytes;
    this.#mostParts = size / BYTES_PER_PART;
    if (size <= SMALL_BYTES) this.#whole ??= this.#bytes.read(0, size);
    const head = (this.#head = this.#bytes.read(0, Math.min(size, 8 + 1024)));
    const isVersion2 = head.length >= 8 && head.readUInt32BE(0) === 0xff744f63;
    const fanout = isVersion2 ? 8 : 0;
    if (size < fanout + 1024 + 2 * bytes) throw new BrokenObject("the pack index is cut short");
    if (isVersion2 && head.readUInt32BE(4) !== 2) throw new BrokenObject(`pack index version ${head.readUInt32BE(4)}`);
    this.count = head.readUInt32BE(fanout + 1020);
    const body = fanout + 1024;
    const entry = isVersion2 ? bytes + 8 : bytes + 4;
    if (size < body + this.count * entry + 2 * bytes) throw new BrokenObject("the pack index is cut short");
    for (let i = 0, before = 0; i < 256; i++) {
      const here = head.readUInt32BE(fanout + 4 * i);
      if (here < before) throw new BrokenObject("the pack index is out of order");
      before = here;
    }
    this.#names = isVersion2 ? body : body + 4;
    this.#stride = isVersion2 ? bytes : entry;
    this.#offsets = isVersion2 ? body + this.count * (bytes + 4) : body;
    this.#large = isVersion2 ? this.#offsets + 4 * this.count : -1;
  }

  static read(path: string, format: ObjectFormat): PackIndex {
    return new PackIndex(readRegular(path), format);
  }

  /** For who asks for a few objects: the file stays open until `close`. */
  static readInParts(path: string, format: ObjectFormat): PackIndex {
    const { file, size } = openRegular(path);
    const bytes: IndexBytes = {
      size,
      read(at, length, room = Buffer.allocUnsafe(length)) {
        const part = room.subarray(0, length);
        let done = 0;
        while (done < length) {
          const read = readSync(file, part, done, length - done, at + done);
          if (read === 0) throw new BrokenObject("the pack index is cut short");
          done += read;
        }
        return part;
      },
      close: () => closeSync(file),
    };
    try {
      return new PackIndex(bytes, format);
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  close(): void {
    this.#bytes.close();
  }

  get #file(): Buffer {
    return (this.#whole ??= this.#bytes.read(0, this.#bytes.size));
  }

  /** A part of the file; of many all are read. */
  #part(at: number, length: number): Buffer {
    const known = this.#known.get(at);
    if (known !== undefined && known.length >= length) return known.subarray(0, length);
    if (this.#whole !== undefined || this.#parts++ >= this.#mostParts) return this.#file.subarray(at, at + length);
    const part = this.#bytes.read(at, length);
    this.#known.set(at, part);
    return part;
  }

  /** The pack's own checksum, hex: its identity. */
  get packChecksum(): string {
    return this.#part(this.#bytes.size - 2 * this.idBytes, this.idBytes).toString("hex");
  }

  /** Where object `i` starts in the pack; `i` counts in order of object ids. */
  offset(i: number): number {
    const file = this.#whole;
    if (this.#large < 0) {
      const at = this.#offsets + i * this.#stride;
      return file === undefined ? this.#part(at, 4).readUInt32BE() : file.readUInt32BE(at);
    }
    const place = this.#offsets + 4 * i;
    const small = file === undefined ? this.#part(place, 4).readUInt32BE() : file.readUInt32BE(place);
    if (small < 0x80000000) return small;
    const at = this.#large + 8 * (small - 0x80000000);
    if (at + 8 > this.#bytes.size - 2 * this.idBytes)
      throw new BrokenObject("the pack index names an offset it has not");
    const large = this.#part(at, 8);
    return large.readUInt32BE(0) * 2 ** 32 + large.readUInt32BE(4);
  }

  /**
   * Where all objects start, as an index of version 2 tells it: words, of which those with the highest bit set count in the
   * double words behind.
   */
  offsets(): { readonly small: Buffer; readonly large: Buffer } {
    const { count } = this;
    const file = this.#file;
    if (this.#large >= 0) {
      const end = Math.max(this.#large, this.#bytes.size - 2 * this.idBytes);
      const large = this.#large + ((end - this.#large) & ~7);
      return { small: file.subarray(this.#offsets, this.#large), large: file.subarray(this.#large, large) };
    }
    // Version 1 has words only, and all of their bits count.
    const small = Buffer.alloc(4 * count);
    const high: number[] = [];
    for (let i = 0; i < count; i++) {
      const offset = file.readUInt32BE(this.#offsets + i * this.#stride);
      small.writeUInt32BE(offset < 0x80000000 ? offset : 0x80000000 + high.push(offset) - 1, 4 * i);
    }
    const large = Buffer.alloc(8 * high.length);
    for (const [i, offset] of high.entries()) large.writeUInt32BE(offset, 8 * i + 4);
    return { small, large };
  }

  /** The id of object `i`, hex. */
  id(i: number): string {
    return this.idBytesAt(i).toString("hex");
  }

  /** The id of object `i` as bytes, which are not to be changed. */
  idBytesAt(i: number): Buffer {
    return this.#part(this.#names + i * this.#stride, this.idBytes);
  }

  /** Whether the first bytes of ids that ascend are what the index's own table of them says. */
  fanoutHolds(): boolean {
    const table = this.#large < 0 ? 0 : 8;
    const firstAt = (i: number) => this.#file[this.#names + i * this.#stride] as number;
    for (let first = 0; first < 256; first++) {
      const end = this.#file.readUInt32BE(table + 4 * first);
      if (end > this.count || (end > 0 && firstAt(end - 1) > first) || (end < this.count && firstAt(end) <= first))
        return false;
    }
    return true;
  }

  /** All ids. */
  sortedIds(): SortedIds {
    const { idBytes, count } = this;
    if (this.#stride === idBytes) {
      return SortedIds.of(this.#file.subarray(this.#names, this.#names + count * idBytes), idBytes);
    }
    const bytes = Buffer.alloc(count * idBytes);
    for (let i = 0; i < count; i++) this.idBytesAt(i).copy(bytes, i * idBytes);
    return SortedIds.of(bytes, idBytes);
  }

  /** Which object has the id that stands at `at` in `ids`; -1: none here. */
  find(ids: Uint8Array, at = 0): number {
    const first = ids[at] ?? 0;
    const fanout = (this.#large < 0 ? 0 : 8) + 4 * first;
    const low = first === 0 ? 0 : this.#head.readUInt32BE(fanout - 4);
    const high = this.#head.readUInt32BE(fanout) - 1;
    if (this.#whole === undefined && this.#parts < this.#mostParts) return this.#findInParts(ids, at, low, high);
    return findId(this.#file, this.#names, this.#stride, this.idBytes, low, high, 1, ids, at);
  }

  /** Whether there is another id that begins with the same four bytes, where ids are in order. */
  hasLookAlike(id: Buffer): boolean {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.idBytesAt(middle).readUInt32BE() < id.readUInt32BE()) low = middle + 1;
      else high = middle;
    }
    for (; low < this.count; low++) {
      const other = this.idBytesAt(low);
      if (other.readUInt32BE() !== id.readUInt32BE()) return false;
      if (!other.equals(id)) return true;
    }
    return false;
  }

  /** Reads where the id is expected, as ids are spread evenly; then to one side of it. */
  #findInParts(ids: Uint8Array, at: number, low: number, high: number): number {
    const idBytes = this.idBytes;
    const share = (((ids[at + 1] ?? 0) << 16) | ((ids[at + 2] ?? 0) << 8) | (ids[at + 3] ?? 0)) / 2 ** 24;
    let expected = low + Math.floor(share * (high - low + 1));
    const window = windowOf(high - low + 1);
    if (this.#room.length < window * this.#stride) this.#room = Buffer.allocUnsafe(2 * window * this.#stride);
    while (low <= high) {
      const from = Math.max(low, Math.min(expected - (window >> 1), high - window + 1));
      const to = Math.min(high, from + window - 1);
      this.#parts++;
      const bytes = (to - from) * this.#stride + idBytes;
      const part = this.#bytes.read(this.#names + from * this.#stride, bytes, this.#room);
      const found = findId(part, 0, this.#stride, idBytes, 0, to - from, 0, ids, at);
      if (found >= 0) return from + found;
      if (isBefore(ids, at, part, 0, idBytes)) high = from - 1;
      else if (isBefore(part, (to - from) * this.#stride, ids, at, idBytes)) low = to + 1;
      else return -1;
      expected = (low + high) >>> 1;
    }
    return -1;
  }
}

function isBefore(one: Uint8Array, oneAt: number, other: Uint8Array, otherAt: number, idBytes: number): boolean {
  for (let k = 0; k < idBytes; k++) {
    const [a, b] = [one[oneAt + k] ?? 0, other[otherAt + k] ?? 0];
    if (a !== b) return a < b;
  }
  return false;
}
