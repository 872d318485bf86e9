// Tells files that hold nothing from those that a scan has to look at: open, read, one look of the core. In any thread.
import { Core } from "../../engine/core/core.ts";
import { Region, sideOf } from "../../engine/core/region.ts";
import { archiveKind } from "./archive.ts";
import { readLength } from "./read.ts";

export interface SieveOptions {
  readonly maxDecodeDepth: number;
  /** Larger files are left to the scan, which names them. */
  readonly maxBytes: number;
  /** Whether the scan opens archives; otherwise they are files like others, and counted. */
  readonly opensArchives: boolean;
}

/** What a sieve in another thread is made of. */
export interface SieveTask extends SieveOptions {
  readonly module: WebAssembly.Module;
  readonly image: Uint8Array;
}

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
  /** Kept from file to file: a view costs more to make than a small file to scan. Empty when the memory has grown elsewhere. */
  #view = new Uint8Array(0);
  #archives = 0;

  /** `core` must look for every rule there is. */
  constructor(core: Core, options: SieveOptions) {
    this.#options = options;
    this.#core = core;
    this.#region = new Region(core);
  }

  static of({ module, image, ...options }: SieveTask): Sieve {
    const core = new Core(module);
    core.load(image, []);
    return new Sieve(core, options);
  }

  sift(paths: readonly string[]): Sifted {
    const again: number[] = [];
    let bytes = 0;
    let archives = 0;
    for (let index = 0; index < paths.length; index++) {
      const length = this.#look(paths[index]!);
      if (length === LEFT) again.push(index);
      else bytes += length;
      archives += this.#archives;
    }
    return { files: paths.length - again.length, bytes, archives, again };
  }

  /** The length of a file that holds nothing, or `LEFT`; and how many archives it is. */
  #look(path: string): number {
    const { maxDecodeDepth, maxBytes, opensArchives } = this.#options;
    this.#archives = 0;
    const length = readLength(path, false, this.#reserve, maxBytes);
    if (typeof length !== "number") return LEFT;
    const { byteOffset } = this.#reserve(length);
    const isArchive = archiveKind(this.#view, length) !== undefined;
    const mayHold = this.#core.mayHold(byteOffset, length, sideOf(byteOffset, length), maxDecodeDepth);
    if (mayHold || (isArchive && opensArchives)) return LEFT;
    this.#archives = Number(isArchive);
    return length;
  }

  /** Room for a file, which keeps what is in it when it is asked for again, for no more bytes. */
  readonly #reserve = (size: number): Uint8Array => (size <= this.#view.length ? this.#view : this.#grow(size));

  #grow(size: number): Uint8Array {
    const address = this.#region.address(size);
    return (this.#view = new Uint8Array(this.#core.memory.buffer, address, size));
  }
}

/** Instead of a length: a scan has to look at the file. */
const LEFT = -1;
