import { DEFAULT_DECODE_DEPTH } from "../scan.ts";
import type { Core } from "./core.ts";
import { Region, sideOf } from "./region.ts";

/** Tells contents that hold nothing from those that a whole scan has to look at, with no more than the core. */
export class FirstLook {
  readonly #core: Core;
  readonly #region: Region;

  /** `core` must look for every rule there is. */
  constructor(core: Core) {
    this.#core = core;
    this.#region = new Region(core);
  }

  /**
   * True: a scan finds nothing, neither in clear nor encoded. False: it may.
   *
   * @param hasParts of these bytes a part is scanned as a text of its own: then what is refused in the whole says nothing of that.
   */
  isClean(bytes: Uint8Array, hasParts = false): boolean {
    const { length } = bytes;
    if (length === 0) return true;
    const address = this.#region.address(length);
    new Uint8Array(this.#core.memory.buffer).set(bytes, address);
    return !this.#core.mayHold(address, length, sideOf(address, length), DEFAULT_DECODE_DEPTH, hasParts);
  }
}
