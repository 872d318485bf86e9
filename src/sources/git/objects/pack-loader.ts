// Brings the compressed bytes of a pack's entries into the shared memory: the whole file at once, or, where that would
// break the memory bound, only the entries that are asked for.
import { closeSync, readSync } from "node:fs";
import { openRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import { SLACK } from "../core/git-core.ts";
import type { LinearMemory } from "../core/webassembly.ts";
import type { Pack } from "./object-store.ts";
import type { FamilyTable, ReadAt } from "./pack-table.ts";

/** Read at once, at the most, where entries are small: what the processor's caches hold. */
const STEP_BYTES = 1 << 20;
/** To read so many bytes takes about as long as to ask for them. */
const FAR_BYTES = 1 << 15;
/** What `load` needs to put so many bytes of streams somewhere. */
export const roomToLoad = (bytes: number): number => bytes + STEP_BYTES + SLACK;

export class PackFile {
  readonly #file: number;
  readonly size: number;

  constructor(pack: Pick<Pack, "path" | "size">) {
    this.size = pack.size;
    this.#file = openRegular(pack.path).file;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Fills `target` from `offset` on, as far as the file goes. @returns bytes read */
  readInto(target: Uint8Array, offset: number): number {
    let done = 0;
    while (done < target.length) {
      const n = readSync(this.#file, target, done, Math.min(target.length - done, 1 << 26), offset + done);
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  /** What a pack that became shorter has no longer is zeros, which no stream begins with: what lay there before must not pass for it. */
  #fill(target: Uint8Array, offset: number): void {
    target.fill(0, this.readInto(target, offset));
  }

  /** Reads parts into one buffer that the next call overwrites. */
  reader(): ReadAt {
    let buffer = Buffer.alloc(0);
    return (offset, length) => {
      if (buffer.length < length) buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, this.readInto(buffer.subarray(0, length), offset));
    };
  }

  /** The whole file at `address`. */
  loadWhole(memory: LinearMemory, address: number): Uint8Array {
    const bytes = new Uint8Array(memory.buffer, address, this.size);
    if (this.readInto(bytes, 0) !== this.size) throw new BrokenObject("the pack is cut short");
    return bytes;
  }

  /**
   * The streams of the given entries, ascending, at `address` one close behind the other, where there is `roomToLoad`.
   * `addresses` learns where.
   */
  load(
    memory: LinearMemory,
    address: number,
    { offset, head }: FamilyTable,
    ranks: Int32Array,
    addresses: Uint32Array,
  ): void {
    const bytes = new Uint8Array(memory.buffer);
    const startOf = (rank: number) => (offset[rank] as number) + (head[rank] as number);
    const endOf = (rank: number) => offset[rank + 1] as number;
    let at = address;
    for (let i = 0; i < ranks.length;) {
      // Neighbours are read at once, but not what lies between those that are far apart.
      const from = startOf(ranks[i] as number);
      let to = endOf(ranks[i] as number);
      let next = i + 1;
      for (; next < ranks.length; next++) {
        const rank = ranks[next] as number;
        if (startOf(rank) - to > FAR_BYTES || endOf(rank) - from > STEP_BYTES) break;
        to = endOf(rank);
      }
      // Read to where the first belongs; the others then move up to it.
      const read = at;
      this.#fill(bytes.subarray(read, read + to - from), from);
      while (i < next) {
        const start = startOf(ranks[i] as number);
        let rank = ranks[i] as number;
        for (; i < next && ranks[i] === rank; rank++, i++) addresses[rank] = at + startOf(rank) - start;
        const bytesInRow = (offset[rank] as number) - start;
        const lies = read + start - from;
        if (lies !== at) bytes.copyWithin(at, lies, lies + bytesInRow);
        at += bytesInRow;
      }
    }
  }
}

/** Bytes that the given entries take, with their heads. */
export function packedBytes({ offset }: FamilyTable, ranks: Int32Array): number {
  let bytes = 0;
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i] as number;
    bytes += (offset[rank + 1] as number) - (offset[rank] as number);
  }
  return bytes;
}

/** Addresses of all streams when the whole pack lies at `address`. */
export function wholeAddresses({ offset, head, count }: FamilyTable, address: number): Uint32Array {
  const addresses = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++)
    addresses[rank] = address + (offset[rank] as number) + (head[rank] as number);
  return addresses;
}
