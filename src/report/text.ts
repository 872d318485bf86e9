/** Reads pieces of scanned bytes as text. Wide text is known by its byte order mark, as the engine knows it. */
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
  const wide =
    bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff));
  const bigEndian = wide && bytes[0] === 0xfe;
  const decoder = new TextDecoder(wide ? (bigEndian ? "utf-16be" : "utf-16le") : "utf-8");
  const even = (at: number) => (wide ? at & ~1 : at);
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
    if (at < line.start || at > line.end) {
      const end = buffer.indexOf(LINE_FEED, at);
      line = { start: at <= 0 ? 0 : buffer.lastIndexOf(LINE_FEED, at - 1) + 1, end: end < 0 ? bytes.length : end };
    }
    return line;
  };
  return Object.assign(read, {
    lineStart: (at: number) => {
      if (at <= 0) return 0;
      const { start } = lineOf(at);
      return Math.min(wide && !bigEndian ? start + 1 : start, at);
    },
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
