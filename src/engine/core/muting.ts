// What the core goes by to leave away matches of rules whose keyword stands nowhere in a text: see assembly/muted.ts.
import { areTold, FIRST_KEYWORD, KEYWORD_BYTES, putKeyword } from "../compile/keyword-table.ts";

const MOST_KEYWORDS = 64;
const MOST_RULES = 32;
const BITS = FIRST_KEYWORD + MOST_KEYWORDS * KEYWORD_BYTES;

export class Muting {
  readonly #told = new Set<number>();
  #rules = 0;
  #keywords = 0;

  /** @param table where it stands in the core's memory. */
  add(table: DataView, rule: number, keywords: readonly string[]): void {
    if (this.#told.has(rule)) return;
    this.#told.add(rule);
    if (this.#rules === MOST_RULES || this.#keywords + keywords.length > MOST_KEYWORDS) return;
    if (!areTold(keywords)) return;
    const bit = this.#rules++;
    for (const keyword of keywords) putKeyword(table, this.#keywords++, keyword, (1 << bit) >>> 0);
    table.setUint32(0, this.#keywords, true);
    table.setUint8(BITS + rule, bit + 1);
  }
}
