// Tells files that hold nothing from those that a scan has to look at: open, read, one look of the core. In any thread.
import { nodeFiles } from "../../disk/node-files.ts";
import type { Core } from "../../engine/core/core.ts";
import { Region, sideOf } from "../../engine/core/region.ts";
import type { EngineTwin } from "../../engine/rulebook.ts";
import { archiveKind, mayBeArchive } from "./archive-kind.ts";
import { FIRST_READ, readLength, smallReader, UNTOLD } from "./read.ts";

export interface SieveOptions {
  readonly maxDecodeDepth: number;
  /** Larger files are left to the scan, which names them. */
  readonly maxBytes: number;
  /** Whether the scan opens archives; otherwise they are files like others, and counted. */
  readonly opensArchives: boolean;
}

/** In the place of a path: the file is left to the scan unread. No file is called so, and opening it fails. */
export const NOT_SIFTED = "";

/** What a sieve in another thread is made of. */
export type SieveTask = EngineTwin & SieveOptions;

/** What became of some files. */
export interface Sifted {
  /** Those that hold nothing, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** How many of them are archives. */
  readonly archives: number;
  /** Which ones, by their place in the list, a scan has to look at: something may be there, or they could not be read. */
  readonly again: readonly number[];
}

export class Sieve {
  readonly #options: SieveOptions;
  readonly #core: Core;
  readonly #region: Region;
  readonly #readSmall = smallReader(nodeFiles());
  /** Kept from file to file: a view costs more to make than a small file to scan. Empty when the memory has grown elsewhere. */
  #view = new Uint8Array(0);
  #address = 0;
  #archives = 0;

  /** `core` must look for every rule there is. */
  constructor(core: Core, options: SieveOptions) {
    this.#options = options;
    this.#core = core;
    this.#region = new Region(core);
  }

  sift(paths: readonly string[]): Sifted {
    const lengths = new Int32Array(paths.length);
    this.#archives = 0;
    this.#reserve(FIRST_READ);
    for (let index = 0; index < paths.length; index++) {
      lengths[index] = this.#readAndLook(paths[index]!);
    }
    const again: number[] = [];
    let bytes = 0;
    for (let index = 0; index < paths.length; index++) {
      const small = lengths[index]!;
      const length = small === UNTOLD ? this.#readAllAndLook(paths[index]!) : small;
      if (length === LEFT) again.push(index);
      else bytes += length;
    }
    return { files: paths.length - again.length, bytes, archives: this.#archives, again };
  }

  /**
   * The length of a small file that holds nothing, or `LEFT`, or `UNTOLD`. Nothing rare is done here: V8 makes its best code of what has
   * run so far, Node's own functions included, and where something runs for the first time throws it away and makes it again.
   */
  #readAndLook(path: string): number {
    const length = this.#readSmall(path, this.#view);
    return length === UNTOLD ? UNTOLD : this.#look(length);
  }

  #readAllAndLook(path: string): number {
    if (path === NOT_SIFTED) return LEFT;
    const length = readLength(path, false, this.#reserve, this.#options.maxBytes);
    return typeof length === "number" ? this.#look(length) : LEFT;
  }

  /** Looks at the file that was read. */
  #look(length: number): number {
    const { maxDecodeDepth, maxBytes, opensArchives } = this.#options;
    const address = this.#address;
    const mayHold = this.#core.mayHold(address, length, sideOf(address, length), maxDecodeDepth);
    const isArchive = mayBeArchive(this.#view) && archiveKind(this.#view, length) !== undefined;
    const isLeft = mayHold || (isArchive && opensArchives) || length > maxBytes;
    this.#archives += Number(isArchive && !isLeft);
    return isLeft ? LEFT : length;
  }

  /** Room for a file, which keeps what is in it when it is asked for again, for no more bytes. */
  readonly #reserve = (size: number): Uint8Array => {
    if (size > this.#view.length) {
      this.#address = this.#region.address(size);
      this.#view = new Uint8Array(this.#core.memory.buffer, this.#address, size);
    }
    return this.#view;
  };
}

/** Instead of a length: a scan has to look at the file. */
const LEFT = -2;
