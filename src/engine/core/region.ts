import { PADDING, type Core } from "./core.ts";

const LEAST_BYTES = 4 << 20;

/** A piece of a core's memory for one object at a time, that grows with the largest. */
export class Region {
  readonly #core: Core;
  #start = 0;
  #bytes = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Where an object of so many bytes goes. Behind it there is room for `sideOf`. The memory may grow. */
  address(length: number): number {
    const needed = length + Math.ceil(length / 2) + 6 * PADDING;
    if (needed > this.#bytes) {
      const wanted = Math.max(needed, 2 * this.#bytes, LEAST_BYTES);
      // What lies at the end of the memory grows where it is.
      if (this.#start > 0 && this.#core.end === this.#start + this.#bytes) {
        const more = Math.ceil((wanted - this.#bytes) / 16) * 16;
        this.#core.reserve(more);
        this.#bytes += more;
      } else {
        this.#bytes = Math.ceil(wanted / 16) * 16;
        this.#start = this.#core.reserve(this.#bytes);
      }
    }
    return this.#start + PADDING;
  }
}

/** Where half as many bytes fit, behind an object that was given its address by a `Region`. */
export const sideOf = (address: number, length: number): number => address + length + 2 * PADDING;
