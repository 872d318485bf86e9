/** One encoded run of a text, decoded. Offsets count characters of latin1 strings. */
export interface Decoded {
  readonly text: string;
  /** Where the encoded form of `text[start..end)` stands in the text it was found in: `[start, end)`. */
  readonly source: (start: number, end: number) => readonly [number, number];
  /** Whether the character at `at` of `text` was written as a unit of an encoding in which most stand for themselves. */
  readonly isUnit?: (at: number) => boolean;
}

/** One encoding. Both functions take linear time whatever the text. */
export interface Decoder {
  /** As it stands in `Candidate.decoded`. */
  readonly name: string;
  /** Where something stands that looks encoded, in order, `[start, end)` each. */
  readonly runs: (text: string) => Iterable<readonly [start: number, end: number]>;
  /** What such a run holds; undefined when that cannot be a secret. */
  readonly decode: (text: string, start: number, end: number) => Decoded | undefined;
  /** What it gives is not looked at as a text, and only the decoders that read runs of digits look for runs in it. */
  readonly joins?: true;
}

/** A run is cut here: no run of a hostile text costs more. */
export const LONGEST_RUN = 1 << 20;

/** The next piece begins with so much of the last one: no token is longer, and one may stand where it was cut. A multiple of every group. */
export const CUT_SHARED = 1 << 16;

/** No rule's secret is shorter; a decoded run needs this many token characters in a row to be looked at. */
export const SHORTEST_SECRET = 14;

const TOKEN_BYTES = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/=%&\\:;#") {
  TOKEN_BYTES[char.charCodeAt(0)] = 1;
}

export const isTokenByte = (byte: number): boolean => TOKEN_BYTES[byte] === 1;

/** Tells decoded text from the noise that identifiers and digests decode to. */
function isPromising(bytes: Uint8Array): boolean {
  let run = 0;
  for (const byte of bytes) {
    run = TOKEN_BYTES[byte] === 1 ? run + 1 : 0;
    if (run >= SHORTEST_SECRET) return true;
  }
  return false;
}

/**
 * Where UTF-16 begins in the bytes, and whether the low byte of a character is its first or its second; a run that was cut between two
 * bytes looks like the other order. What stands before the text in its run, such as a folder, decodes to anything: so the end tells it as
 * well as the beginning.
 */
function wideIn(bytes: Buffer): { readonly from: 0 | 1; readonly low: 0 | 1 } | undefined {
  if (bytes[1] === 0) return { from: 0, low: 0 };
  if (bytes[0] === 0) return { from: 0, low: 1 };
  const from = (bytes.length & 1) as 0 | 1;
  if (bytes.at(-1) === 0) return { from, low: 0 };
  return bytes.at(-2) === 0 ? { from, low: 1 } : undefined;
}

/**
 * Bytes that a run decoded to, as text; UTF-16 (as PowerShell encodes its commands) loses its zero bytes. `source` maps
 * decoded bytes.
 */
export function fromBytes(bytes: Buffer, source: Decoded["source"]): Decoded | undefined {
  if (isPromising(bytes)) return { text: bytes.toString("latin1"), source };
  if (bytes.length < 2 * SHORTEST_SECRET) return undefined;
  const wide = wideIn(bytes);
  if (wide === undefined) return undefined;
  const { from, low } = wide;
  const narrowed = Buffer.allocUnsafe((bytes.length - from) >> 1);
  for (let i = 0; i < narrowed.length; i++) {
    const at = from + 2 * i;
    narrowed[i] = bytes[at + 1 - low] === 0 ? (bytes[at + low] as number) : 0xff;
  }
  if (!isPromising(narrowed)) return undefined;
  return { text: narrowed.toString("latin1"), source: (start, end) => source(from + 2 * start, from + 2 * end) };
}
