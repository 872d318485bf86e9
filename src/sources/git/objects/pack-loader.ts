// Brings the compressed bytes of a pack's entries into the shared memory: the whole file at once, or, where that would
// break the memory bound, only the entries that are asked for.
import { closeSync, readSync } from "node:fs";
import { openRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import { SLACK, type GitCore } from "../core/git-core.ts";
import type { LinearMemory } from "../core/webassembly.ts";
import type { Pack } from "./object-store.ts";
import type { FamilyTable } from "./pack-table.ts";

/** As assembly/stretches.ts reads at once, at the most. */
const STEP_BYTES = 1 << 20;

/** What `load` needs to put so many bytes of entries somewhere. */
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

  /** The whole file at `address`. */
  loadWhole(memory: LinearMemory, address: number): Uint8Array {
    const bytes = new Uint8Array(memory.buffer, address, this.size);
    if (this.readInto(bytes, 0) !== this.size) throw new BrokenObject("the pack is cut short");
    return bytes;
  }

  /** Reads what was gathered (see `FamilyScan`) to `address`, close together, where there is `roomToLoad`. */
  load(memory: LinearMemory, git: GitCore, address: number): void {
    const bytes = new Uint8Array(memory.buffer);
    let at = address;
    for (let length = git.nextStretch(); length > 0; length = git.nextStretch()) {
      this.#fill(bytes.subarray(at, at + length), git.stretchFrom());
      at = git.takeStretch(at) >>> 0;
    }
  }
}

/** Addresses of all streams when the whole pack lies at `address`. */
export function wholeAddresses({ offset, head, count }: FamilyTable, address: number): Uint32Array {
  const addresses = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++)
    addresses[rank] = address + (offset[rank] as number) + (head[rank] as number);
  return addresses;
}
