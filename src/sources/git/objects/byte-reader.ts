import type { Readable } from "node:stream";

const NOTHING = Buffer.alloc(0);

/** Lines, fields and counted bytes out of a stream, each copied at most once. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = NOTHING;

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    return true;
  }

  /** Bytes up to the next `end`, which is dropped; `undefined` when the stream ends before. */
  async until(end: number): Promise<Buffer | undefined> {
    // Only what is new is looked at: one field may be many chunks long.
    const parts: Buffer[] = [];
    let at: number;
    while ((at = this.#rest.indexOf(end)) < 0) {
      parts.push(this.#rest);
      this.#rest = NOTHING;
      if (!(await this.#more())) return undefined;
    }
    const last = this.#rest.subarray(0, at);
    this.#rest = this.#rest.subarray(at + 1);
    return parts.length === 0 ? last : Buffer.concat([...parts, last]);
  }

  async line(): Promise<string | undefined> {
    return (await this.until(10))?.toString("latin1");
  }

  /** `undefined` when the stream ends before. */
  async take(size: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = size;
    while (true) {
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
      if (missing === 0) return parts.length === 1 ? part : Buffer.concat(parts, size);
      if (!(await this.#more())) return undefined;
    }
  }

  async skip(size: number): Promise<boolean> {
    let missing = size;
    while (true) {
      const step = Math.min(missing, this.#rest.length);
      this.#rest = this.#rest.subarray(step);
      missing -= step;
      if (missing === 0) return true;
      if (!(await this.#more())) return false;
    }
  }
}
