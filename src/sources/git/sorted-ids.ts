/** Object ids in order, one behind the other. */
export class SortedIds {
  readonly bytes: Buffer;
  readonly #idBytes: number;

  /** @param bytes whole ids, ascending. */
  constructor(bytes: Buffer, idBytes: number) {
    this.bytes = bytes;
    this.#idBytes = idBytes;
  }

  static from(hexIds: Iterable<string>, idBytes: number): SortedIds {
    return new SortedIds(Buffer.from([...hexIds].sort().join(""), "hex"), idBytes);
  }

  get count(): number {
    return this.bytes.length / this.#idBytes;
  }

  has(id: Buffer): boolean {
    const { bytes } = this;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = middle * this.#idBytes;
      const order = bytes.compare(id, 0, this.#idBytes, at, at + this.#idBytes);
      if (order === 0) return true;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}
