import { byteOrder } from "../model/byte-order.ts";

/** Reads pieces of scanned bytes as text: UTF-16 is what the engine takes for it. */
export interface TextOf {
  (start: number, end: number): string;
  /** Offset of the line's first byte that holds `at`. */
  readonly lineStart: (at: number) => number;
  /** Offset of the line end behind `at`: its line feed, or the end of the bytes. */
  readonly lineEnd: (at: number) => number;
}

const LINE_FEED = 10;
/** A piece longer than this is kept until another one is read: it is the line of many findings. */
const LONG = 4096;

export function textOf(bytes: Uint8Array): TextOf {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const order = byteOrder(bytes);
  const unit = order === undefined ? 1 : 2;
  const decoder = new TextDecoder(order === undefined ? "utf-8" : order === "big" ? "utf-16be" : "utf-16le");
  /** Where the unit begins that holds a byte. */
  const even = (at: number) => (unit === 2 ? at & ~1 : at);
  /** Whether a byte that is a line feed's is one: in UTF-16 it may be half of another character. */
  const isFeed = (at: number) => unit === 1 || ((at & 1) === Number(order === "big") && bytes[at ^ 1] === 0);
  const decoded = (start: number, end: number) =>
    decoder.decode(bytes.subarray(even(start), Math.max(even(start), even(end))));
  let kept = { start: 0, end: 0, piece: "" };
  const read = (start: number, end: number) => {
    if (end - start < LONG) return decoded(start, end);
    if (kept.start !== start || kept.end !== end) kept = { start, end, piece: decoded(start, end) };
    return kept.piece;
  };
  // A line of megabytes may hold thousands of findings: its ends are looked for once.
  let line = { start: 0, end: -1 };
  const lineOf = (at: number) => {
    const from = even(at);
    if (from < line.start || from > line.end) {
      let end = buffer.indexOf(LINE_FEED, from);
      while (end >= 0 && !isFeed(end)) end = buffer.indexOf(LINE_FEED, end + 1);
      let before = from <= 0 ? -1 : buffer.lastIndexOf(LINE_FEED, from - 1);
      while (before >= 0 && !isFeed(before)) before = before === 0 ? -1 : buffer.lastIndexOf(LINE_FEED, before - 1);
      line = { start: before < 0 ? 0 : even(before) + unit, end: end < 0 ? bytes.length : even(end) };
    }
    return line;
  };
  return Object.assign(read, {
    lineStart: (at: number) => (at <= 0 ? 0 : Math.min(lineOf(at).start, at)),
    lineEnd: (at: number) => lineOf(at).end,
  });
}

/** Counts characters from one offset to another. Who goes along a line asks for what is further on, and does not count it all again. */
export function counting(text: TextOf): (start: number, end: number) => number {
  let [from, to, characters] = [0, 0, 0];
  return (start, end) => {
    const more = start === from && end >= to ? text(to, end) : undefined;
    // A character that the last count ended in the middle of.
    const isCut = more === undefined || more.startsWith("\ufffd");
    characters = isCut ? text(start, end).length : characters + more.length;
    [from, to] = [start, end];
    return characters;
  };
}
