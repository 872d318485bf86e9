// What the core goes by to leave away matches of rules whose keyword stands nowhere in a text: see assembly/muted.ts.

/** As there. */
const FIRST_KEYWORD = 16;
const KEYWORD_BYTES = 32;
const WORD = 16;
/** Of a longer keyword its beginning is looked for: where that stands, the rule is not mute. */
const LONGEST = 16;
const MOST_KEYWORDS = 64;
const MOST_RULES = 32;
const BITS = FIRST_KEYWORD + MOST_KEYWORDS * KEYWORD_BYTES;

/** Small letters of ASCII, and what has no capitals. */
const IS_PLAIN = /^[\0-@[-\x7f]+$/;

export class Muting {
  readonly #told = new Set<number>();
  #rules = 0;
  #keywords = 0;

  /** @param table where it stands in the core's memory. */
  add(table: DataView, rule: number, keywords: readonly string[]): void {
    if (this.#told.has(rule)) return;
    this.#told.add(rule);
    if (this.#rules === MOST_RULES || this.#keywords + keywords.length > MOST_KEYWORDS) return;
    if (keywords.length === 0 || !keywords.every((keyword) => IS_PLAIN.test(keyword))) return;
    const bit = this.#rules++;
    for (const keyword of keywords) {
      const at = FIRST_KEYWORD + this.#keywords++ * KEYWORD_BYTES;
      const bytes = Buffer.from(keyword.slice(0, LONGEST), "latin1");
      table.setUint32(at, (1 << bit) >>> 0, true);
      table.setUint32(at + 4, bytes.length, true);
      bytes.forEach((byte, i) => table.setUint8(at + WORD + i, byte));
    }
    table.setUint32(0, this.#keywords, true);
    table.setUint8(BITS + rule, bit + 1);
  }
}
