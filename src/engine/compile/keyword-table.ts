// Keywords as core/assembly/muted.ts reads them: how many there are, then of each the bits of its rules, its length, and its bytes.

/** As there. */
export const FIRST_KEYWORD = 16;
export const KEYWORD_BYTES = 32;
const WORD = 16;
/** Of a longer keyword its beginning is looked for: where that stands, the rule is not mute. */
export const LONGEST = 16;

/** Small letters of ASCII, and what has no capitals. */
const IS_PLAIN = /^[\0-@[-\x7f]+$/;

/** Whether the core can look for them. */
export const areTold = (keywords: readonly string[]): boolean =>
  keywords.length > 0 && keywords.every((keyword) => IS_PLAIN.test(keyword));

/** Writes one, where it is the one of that number. */
export function putKeyword(table: DataView, number: number, keyword: string, bits: number): void {
  const at = FIRST_KEYWORD + number * KEYWORD_BYTES;
  const bytes = new TextEncoder().encode(keyword.slice(0, LONGEST));
  table.setUint32(at, bits, true);
  table.setUint32(at + 4, bytes.length, true);
  bytes.forEach((byte, i) => table.setUint8(at + WORD + i, byte));
}

/** The keywords of one rule. */
export function keywordTable(keywords: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(FIRST_KEYWORD + keywords.length * KEYWORD_BYTES);
  const table = new DataView(bytes.buffer);
  table.setUint32(0, keywords.length, true);
  keywords.forEach((keyword, number) => putKeyword(table, number, keyword, 0xffffffff));
  return bytes;
}
