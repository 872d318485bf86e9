// Names of files and folders, each once. A history says a few thousand names millions of times, so a name is looked up by
// its bytes, without making a string of it.
import { randomBytes } from "../../../disk/random.ts";
import { IntList } from "./int-list.ts";

export class NameTable {
  /** The names, a line each, in the order of their numbers. */
  #text = Buffer.alloc(1 << 16);
  #textLength = 0;
  /** Where each name begins. */
  readonly #starts = new IntList();
  /** Numbers plus one, at the place that the hash says or the next that was free. */
  #slots = new Int32Array(1 << 12);
  /** Nobody can foresee which names meet at one place. */
  readonly #seed = randomBytes(4).readUInt32LE() | 1;

  get count(): number {
    return this.#starts.length;
  }

  /** The name, one character a byte. */
  at(name: number): string {
    return this.#text.toString("latin1", this.#starts.at(name), this.#end(name));
  }

  /** All names, each with a line feed behind it. */
  lines(): Buffer {
    return this.#text.subarray(0, this.#textLength);
  }

  /** Where a name's line begins in `lines()`. */
  lineStart(name: number): number {
    return this.#starts.at(name);
  }

  #end(name: number): number {
    return (name + 1 < this.count ? this.#starts.at(name + 1) : this.#textLength) - 1;
  }

  /** The number of the name that stands from `from` to `to`. */
  numberOf(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(bytes, from, to) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const name = (this.#slots[slot] as number) - 1;
      if (this.#is(name, bytes, from, to)) return name;
    }
    const name = this.#add(bytes, from, to);
    this.#slots[slot] = name + 1;
    if (2 * this.count > this.#slots.length) this.#spread();
    return name;
  }

  #hash(bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), this.#seed) ^ (hash >>> 15);
    return hash ^ (hash >>> 13);
  }

  #is(name: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts.at(name);
    if (this.#end(name) - start !== to - from) return false;
    for (let at = from; at < to; at++) if (bytes[at] !== this.#text[start + at - from]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number): number {
    const end = this.#textLength + (to - from) + 1;
    if (end > this.#text.length) {
      const text = Buffer.alloc(Math.max(end, 2 * this.#text.length));
      text.set(this.#text.subarray(0, this.#textLength));
      this.#text = text;
    }
    this.#text.set(bytes.subarray(from, to), this.#textLength);
    this.#text[end - 1] = 10;
    this.#starts.push(this.#textLength);
    this.#textLength = end;
    return this.count - 1;
  }

  #spread(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let name = 0; name < this.count; name++) {
      let slot = this.#hash(this.#text, this.#starts.at(name), this.#end(name)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = name + 1;
    }
    this.#slots = slots;
  }
}
