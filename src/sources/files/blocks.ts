import type { Readable } from "node:stream";
import { byteOrder, type ByteOrder } from "../../model/byte-order.ts";

/** A part of a stream, with what stands around it. */
export interface Block {
  /** Valid until the next block is asked for. Of UTF-16 each block but the first begins with a byte order mark of its own. */
  readonly bytes: Buffer;
  /** Of the first byte. */
  readonly firstLine: number;
  readonly firstColumn: number;
  /** What begins from here up to there is this block's, in offsets from its first byte; the next block begins where it ends. */
  readonly from: number;
  readonly to: number;
}

export interface BlockSizes {
  /** Bytes of a block, and of memory. */
  readonly block: number;
  /** Bytes that a block shares with the next; a quarter of it is more than a match or an encoded run is long. */
  readonly shared: number;
}

export const BLOCK_SIZES: BlockSizes = { block: 32 << 20, shared: 8 << 20 };

const LINE_FEED = 10;

/** What a block of UTF-16 begins with, so that it is known for what it is. */
const MARKS = { little: Buffer.from([0xff, 0xfe]), big: Buffer.from([0xfe, 0xff]) };
const NO_MARK = Buffer.alloc(0);

/** A stream in blocks that overlap: what is looked for in each, and begins in the block's own part, is found as in the whole. */
export class Blocks {
  /** There was more than `mostBytes`. Known at the end. */
  isCut = false;
  /** Bytes that were read. */
  length = 0;
  readonly #chunks: AsyncIterator<Buffer | string>;
  readonly #sizes: BlockSizes;
  #mostBytes: number;
  #rest: Buffer = Buffer.alloc(0);

  /** @param mostBytes what stands behind them is not read */
  constructor(stream: Readable, sizes: BlockSizes, mostBytes: number) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
    this.#sizes = sizes;
    this.#mostBytes = mostBytes;
  }

  /**
   * The blocks one after another, cut at lines where there are any. `isWhole` is asked about the first one of several: what it says yes to
   * comes in one piece of at most `mostWhole` bytes.
   */
  async *all(isWhole: (first: Buffer) => boolean, mostWhole: number): AsyncGenerator<Block> {
    const { block, shared } = this.#sizes;
    try {
      const buffer = Buffer.allocUnsafeSlow(Math.min(block, this.#mostBytes));
      let length = await this.#fill(buffer, 0);
      let isLast = await this.#isAtEnd();
      if (!isLast && isWhole(buffer)) {
        yield await this.#whole(buffer, mostWhole);
        return;
      }
      const order = byteOrder(buffer.subarray(0, length));
      const mark = order === undefined ? NO_MARK : MARKS[order];
      let [firstLine, firstColumn, from] = [1, 1, 0];
      for (;;) {
        const bytes = buffer.subarray(0, length);
        const characters = new Characters(bytes, order);
        const to = isLast ? length : characters.lineStartIn(block - (5 * shared) / 8, block - shared / 2);
        yield { bytes, firstLine, firstColumn, from, to };
        if (isLast) return;
        // Not where its own part begins: the beginning of a block is none of a text.
        const begin = characters.groupStartAt(characters.lineStartIn(to - shared / 2, to - shared / 4));
        const feeds = characters.feedsIn(begin);
        const column = feeds === 0 ? firstColumn + begin : begin - characters.lineStartIn(0, begin) + 1;
        firstColumn = column - mark.length;
        firstLine += feeds;
        from = mark.length + to - begin;
        bytes.copy(buffer, mark.length, begin);
        mark.copy(buffer);
        length = await this.#fill(buffer, mark.length + length - begin);
        isLast = await this.#isAtEnd();
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  async #whole(first: Buffer, mostBytes: number): Promise<Block> {
    this.#mostBytes = Math.min(this.#mostBytes, mostBytes);
    const parts = [first];
    while (!(await this.#isAtEnd())) {
      const part = Buffer.allocUnsafeSlow(this.#sizes.block);
      parts.push(part.subarray(0, await this.#fill(part, 0)));
    }
    const bytes = Buffer.concat(parts);
    return { bytes, firstLine: 1, firstColumn: 1, from: 0, to: bytes.length };
  }

  /** Fills `target` from `at` on; the result is how far. */
  async #fill(target: Buffer, at: number): Promise<number> {
    let end = at;
    while (end < target.length && !(await this.#isAtEnd())) {
      const length = this.#rest.copy(target, end, 0, Math.min(this.#rest.length, this.#mostBytes - this.length));
      this.#rest = this.#rest.subarray(length);
      this.length += length;
      end += length;
    }
    return end;
  }

  async #isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return true;
      this.#rest = typeof value === "string" ? Buffer.from(value) : value;
    }
    this.isCut = this.length >= this.#mostBytes;
    return this.isCut;
  }
}

/** Digits of base64 or hex, of which four or two belong together. */
const IS_DIGIT = new Uint8Array(256);
for (const digit of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
  IS_DIGIT[digit.charCodeAt(0)] = 1;
const GROUP_DIGITS = 4;

/** Bytes of one or two a character; all places count bytes. */
class Characters {
  readonly #bytes: Buffer;
  readonly #size: 1 | 2;
  /** Which byte of a character is the low one. */
  readonly #low: 0 | 1;

  constructor(bytes: Buffer, order: ByteOrder | undefined) {
    this.#bytes = bytes;
    this.#size = order === undefined ? 1 : 2;
    this.#low = order === "big" ? 1 : 0;
  }

  /** Whether the byte is all that its character says. */
  #isAlone(at: number): boolean {
    return this.#size === 1 || ((at & 1) === this.#low && this.#bytes[at ^ 1] === 0);
  }

  /** The last beginning of a line behind `least` and up to `most`; `most` where there is none. */
  lineStartIn(least: number, most: number): number {
    const part = this.#bytes.subarray(least, most);
    for (let end = part.length; end > 0;) {
      const feed = part.lastIndexOf(LINE_FEED, end - 1);
      if (feed < 0) break;
      if (this.#isAlone(least + feed)) return least + feed - this.#low + this.#size;
      end = feed;
    }
    return most;
  }

  /** How many lines end before `to`. */
  feedsIn(to: number): number {
    const bytes = this.#bytes;
    let feeds = 0;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < to; at = bytes.indexOf(LINE_FEED, at + 1))
      if (this.#isAlone(at)) feeds++;
    return feeds;
  }

  /**
   * `at`, or the last place before it where a group of an encoded run begins, as they are counted from the run's beginning. That a
   * block begins with is where one did in the block before.
   */
  groupStartAt(at: number): number {
    let from = at;
    while (from > 0 && this.#isDigit(from - this.#size)) from -= this.#size;
    return at - ((at - from) % (GROUP_DIGITS * this.#size));
  }

  #isDigit(at: number): boolean {
    return IS_DIGIT[this.#bytes[at + this.#low]!] === 1 && this.#isAlone(at + this.#low);
  }
}
