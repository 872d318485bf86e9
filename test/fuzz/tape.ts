/** Input bytes read as decisions: a structured input grows out of them, so mutating and shrinking bytes is all there is. */
export class Tape {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** 0 once the tape has ended, so that every input is a whole one. */
  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** A whole number in [0, n). */
  below(n: number): number {
    if (n <= 1) return 0;
    let value = this.byte();
    for (let reach = 256; reach < n; reach *= 256) value = value * 256 + this.byte();
    return value % n;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === n - 1;
  }

  take(length: number): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return bytes;
  }

  rest(): Buffer {
    return this.take(Math.max(0, this.left));
  }
}
