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
  /** Kept from file to file: a view costs more to make than a small file to scan. */
  #view = new Uint8Array(0);

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
    const { maxDecodeDepth, maxBytes, opensArchives } = this.#options;
    const reserve = (size: number) => this.#reserve(size);
    const again: number[] = [];
    let [bytes, archives] = [0, 0];
    for (let index = 0; index < paths.length; index++) {
      const length = readLength({ location: paths[index]! }, reserve, maxBytes);
      if (typeof length !== "number") {
        again.push(index);
        continue;
      }
      const { byteOffset } = reserve(length);
      const isArchive = archiveKind(this.#view, length) !== undefined;
      const mayHold = this.#core.mayHold(byteOffset, length, sideOf(byteOffset, length), maxDecodeDepth);
      if (mayHold || (isArchive && opensArchives)) {
        again.push(index);
        continue;
      }
      bytes += length;
      if (isArchive) archives++;
    }
    return { files: paths.length - again.length, bytes, archives, again };
  }

  /** Room for a file, which keeps what is in it when it is asked for again, for no more bytes. */
  #reserve(size: number): Uint8Array {
    const address = this.#region.address(size);
    const { buffer } = this.#core.memory;
    if (this.#view.length < size || this.#view.byteOffset !== address || this.#view.buffer !== buffer) {
      this.#view = new Uint8Array(buffer, address, size);
    }
    return this.#view;
  }
}
