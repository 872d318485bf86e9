// The index of a pack: sorted object ids and where each object starts. gitformat-pack(5), versions 1 and 2.
import { readRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import type { ObjectFormat } from "./object-id.ts";
import { findId, SortedIds } from "./sorted-ids.ts";

export class PackIndex {
  readonly count: number;
  readonly idBytes: number;
  readonly #file: Buffer;
  readonly #names: number;
  readonly #stride: number;
  readonly #offsets: number;
  readonly #large: number;

  constructor(file: Buffer, format: ObjectFormat) {
    const { bytes } = format;
    this.#file = file;
    this.idBytes = bytes;
    const isVersion2 = file.length >= 8 && file.readUInt32BE(0) === 0xff744f63;
    const fanout = isVersion2 ? 8 : 0;
    if (file.length < fanout + 1024 + 2 * bytes) throw new BrokenObject("the pack index is cut short");
    if (isVersion2 && file.readUInt32BE(4) !== 2) throw new BrokenObject(`pack index version ${file.readUInt32BE(4)}`);
    this.count = file.readUInt32BE(fanout + 1020);
    const body = fanout + 1024;
    const entry = isVersion2 ? bytes + 8 : bytes + 4;
    if (file.length < body + this.count * entry + 2 * bytes) throw new BrokenObject("the pack index is cut short");
    for (let i = 0, before = 0; i < 256; i++) {
      const here = file.readUInt32BE(fanout + 4 * i);
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

  /** The pack's own checksum, hex: its identity. */
  get packChecksum(): string {
    return this.#file.toString("hex", this.#file.length - 2 * this.idBytes, this.#file.length - this.idBytes);
  }

  /** Where object `i` starts in the pack; `i` counts in order of object ids. */
  offset(i: number): number {
    if (this.#large < 0) return this.#file.readUInt32BE(this.#offsets + i * this.#stride);
    const small = this.#file.readUInt32BE(this.#offsets + 4 * i);
    if (small < 0x80000000) return small;
    const at = this.#large + 8 * (small - 0x80000000);
    if (at + 8 > this.#file.length - 2 * this.idBytes)
      throw new BrokenObject("the pack index names an offset it has not");
    return this.#file.readUInt32BE(at) * 2 ** 32 + this.#file.readUInt32BE(at + 4);
  }

  /** The id of object `i`, hex. */
  id(i: number): string {
    const at = this.#names + i * this.#stride;
    return this.#file.toString("hex", at, at + this.idBytes);
  }

  /** The id of object `i` as bytes: a view, not a copy. */
  idBytesAt(i: number): Buffer {
    const at = this.#names + i * this.#stride;
    return this.#file.subarray(at, at + this.idBytes);
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
      return new SortedIds(this.#file.subarray(this.#names, this.#names + count * idBytes), idBytes);
    }
    const bytes = Buffer.alloc(count * idBytes);
    for (let i = 0; i < count; i++) this.idBytesAt(i).copy(bytes, i * idBytes);
    return new SortedIds(bytes, idBytes);
  }

  /** Which object has the id that stands at `at` in `ids`; -1: none here. */
  find(ids: Uint8Array, at = 0): number {
    const file = this.#file;
    const first = ids[at] ?? 0;
    const fanout = (this.#large < 0 ? 0 : 8) + 4 * first;
    const low = first === 0 ? 0 : file.readUInt32BE(fanout - 4);
    const high = file.readUInt32BE(fanout) - 1;
    return findId(file, this.#names, this.#stride, this.idBytes, low, high, 1, ids, at);
  }
}
