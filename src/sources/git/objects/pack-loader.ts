// Brings the compressed bytes of a pack's entries into the shared memory: the whole file at once, or, where that would
// break the memory bound, only the entries that are asked for.
import { closeSync, readSync } from "node:fs";
import { openRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import { SLACK } from "../core/git-core.ts";
import type { LinearMemory } from "../core/webassembly.ts";
import type { Pack } from "./object-store.ts";
import type { FamilyTable, ReadAt } from "./pack-table.ts";

const STEP_BYTES = 4 << 20;
/** To read so many bytes takes about as long as to ask for them. */
const FAR_BYTES = 1 << 15;

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
   * The streams of the given entries, ascending, at `address` one behind the other. `addresses` learns where.
   *
   * @returns the address behind the last one.
   */
  load(
    memory: LinearMemory,
    address: number,
    table: FamilyTable,
    ranks: readonly number[],
    addresses: Uint32Array,
  ): number {
    const memoryBytes = new Uint8Array(memory.buffer);
    const step = Buffer.allocUnsafe(STEP_BYTES);
    const startOf = (rank: number) => (table.offset[rank] as number) + (table.head[rank] as number);
    for (let i = 0; i < ranks.length;) {
      const from = startOf(ranks[i] as number);
      let end = table.offset[(ranks[i] as number) + 1] as number;
      let to = i + 1;
      // Neighbours are read at once, but not what lies between those that are far apart.
      for (; to < ranks.length; to++) {
        const next = table.offset[(ranks[to] as number) + 1] as number;
        if (startOf(ranks[to] as number) - end > FAR_BYTES || next - from > STEP_BYTES) break;
        end = next;
      }
      if (to === i + 1) {
        addresses[ranks[i] as number] = address;
        this.#fill(memoryBytes.subarray(address, address + end - from), from);
        address += end - from;
      } else {
        this.#fill(step.subarray(0, end - from), from);
        for (let k = i; k < to; k++) {
          const rank = ranks[k] as number;
          const [start, stop] = [startOf(rank) - from, (table.offset[rank + 1] as number) - from];
          memoryBytes.set(step.subarray(start, stop), address);
          addresses[rank] = address;
          address += stop - start;
        }
      }
      i = to;
    }
    return address + SLACK;
  }
}

/** Bytes that the streams of the given entries take. */
export function packedBytes({ offset, head }: FamilyTable, ranks: Iterable<number>): number {
  let bytes = 0;
  for (const rank of ranks) bytes += (offset[rank + 1] as number) - (offset[rank] as number) - (head[rank] as number);
  return bytes;
}

/** Addresses of all streams when the whole pack lies at `address`. */
export function wholeAddresses({ offset, head, count }: FamilyTable, address: number): Uint32Array {
  const addresses = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++)
    addresses[rank] = address + (offset[rank] as number) + (head[rank] as number);
  return addresses;
}
