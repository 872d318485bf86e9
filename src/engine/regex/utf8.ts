import { rangeSet, type ByteSet } from "./byte-set.ts";

const SURROGATES = [0xd800, 0xdfff] as const;
/** The last code points of two and of three bytes. */
const EDGES = [0x7ff, 0xffff];

export const utf8 = (point: number): Uint8Array => new TextEncoder().encode(String.fromCodePoint(point));

/**
 * The UTF-8 of all code points from `first` to `last`, none of them ASCII, as rows of sets: one set a byte, each row as
 * long as its code points.
 */
export function utf8Rows(first: number, last: number): ByteSet[][] {
  if (first > last) return [];
  if (first <= SURROGATES[1] && last >= SURROGATES[0]) {
    return [...utf8Rows(first, SURROGATES[0] - 1), ...utf8Rows(SURROGATES[1] + 1, last)];
  }
  const both = (split: number) => [...utf8Rows(first, split), ...utf8Rows(split + 1, last)];
  for (const edge of EDGES) if (first <= edge && last > edge) return both(edge);
  // A row holds every combination of its bytes: all bytes behind one that is not the same must be anything there may be.
  for (const bits of [6, 12, 18]) {
    const low = (1 << bits) - 1;
    if ((first & ~low) === (last & ~low)) continue;
    if ((first & low) !== 0) return both(first | low);
    if ((last & low) !== low) return both((last & ~low) - 1);
  }
  const end = utf8(last);
  return [[...utf8(first)].map((byte, i) => rangeSet([byte, end[i]!]))];
}
