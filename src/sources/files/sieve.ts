// Tells files that hold nothing from those that a scan has to look at: open, read, one look of the core. In any thread.
import { Core } from "../../engine/core/core.ts";
import { Region, sideOf } from "../../engine/core/region.ts";
import { archiveKind } from "./archive.ts";
import { readInto } from "./read.ts";

/** What a sieve is made of; can be sent to another thread. */
export interface SieveTask {
  readonly module: WebAssembly.Module;
  readonly image: Uint8Array;
  readonly maxDecodeDepth: number;
  /** Larger files are left to the scan, which names them. */
  readonly maxBytes: number;
  /** Whether the scan opens archives; otherwise they are files like others, and counted. */
  readonly opensArchives: boolean;
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
  readonly #task: SieveTask;
  readonly #core: Core;
  readonly #region: Region;

  constructor(task: SieveTask) {
    this.#task = task;
    this.#core = new Core(task.module);
    this.#core.load(task.image, []);
    this.#region = new Region(this.#core);
  }

  sift(paths: readonly string[]): Sifted {
    const { maxDecodeDepth, maxBytes, opensArchives } = this.#task;
    const reserve = (size: number) => new Uint8Array(this.#core.memory.buffer, this.#region.address(size), size);
    const again: number[] = [];
    let [bytes, archives] = [0, 0];
    for (const [index, path] of paths.entries()) {
      const content = readInto({ location: path, path }, reserve, maxBytes);
      if ("why" in content) {
        again.push(index);
        continue;
      }
      const { byteOffset, length } = content;
      const isArchive = archiveKind(content) !== undefined;
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
}
