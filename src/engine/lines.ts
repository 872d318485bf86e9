import type { Span } from "../model/candidate.ts";
import type { Text } from "./text.ts";

/**
 * Lines and columns of byte ranges. Only `\n` ends a line, so a `\r` before it is the last column. Counts on from the
 * last question, so that a text is walked once however much was found in it.
 */
export class Lines {
  readonly #text: Text;
  #line: number;
  /** Where line `#line` begins, in characters of the text. */
  #lineStart = 0;
  /** Where it ends; -1: with the text. */
  #newline: number;

  #given = { from: -1, to: -1, line: "" };

  readonly #firstColumn: number;

  constructor(text: Text, firstLine: number, firstColumn = 1) {
    this.#firstColumn = firstColumn;
    this.#text = text;
    this.#line = firstLine;
    this.#newline = text.latin1.indexOf("\n");
  }

  /** Goes to the line of `offset`, from where it is: a line's end is looked for once, however long the line. */
  #goTo(offset: number): void {
    const { latin1 } = this.#text;
    while (offset < this.#lineStart) {
      this.#newline = this.#lineStart - 1;
      this.#lineStart = this.#lineStart < 2 ? 0 : latin1.lastIndexOf("\n", this.#lineStart - 2) + 1;
      this.#line--;
    }
    while (this.#newline >= 0 && this.#newline < offset) {
      this.#line++;
      this.#lineStart = this.#newline + 1;
      this.#newline = latin1.indexOf("\n", this.#lineStart);
    }
  }

  #position(offset: number): { line: number; column: number } {
    this.#goTo(offset);
    const { toByte } = this.#text;
    const lineStart = this.#lineStart === 0 ? 0 : toByte(this.#lineStart);
    const column = toByte(offset) - lineStart + (this.#lineStart === 0 ? this.#firstColumn : 1);
    return { line: this.#line, column };
  }

  /** `start` and `end` count characters of the text, `end` exclusive; the span counts bytes of the original. */
  span(start: number, end: number): Span {
    const { toByte } = this.#text;
    const first = this.#position(start);
    const last = this.#position(Math.max(start, end - 1));
    const width = end > start ? toByte(end) - toByte(end - 1) : 1;
    return {
      start: toByte(start),
      end: toByte(end),
      startLine: first.line,
      startColumn: first.column,
      endLine: last.line,
      endColumn: last.column + width - 1,
    };
  }

  /** The text of the lines that the range touches, without the last line's end. */
  lineOf(start: number, end: number): string {
    this.#goTo(start);
    const { latin1 } = this.#text;
    const last = Math.max(start, end - 1);
    const to = this.#newline < 0 || this.#newline >= last ? this.#newline : latin1.indexOf("\n", last);
    // The same string for all that is found on a line: who compares two of them need not look at their bytes.
    if (this.#given.from !== this.#lineStart || this.#given.to !== to)
      this.#given = { from: this.#lineStart, to, line: latin1.slice(this.#lineStart, to < 0 ? undefined : to) };
    return this.#given.line;
  }
}
