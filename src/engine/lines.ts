import type { Span } from "../model/candidate.ts";
import type { Text } from "./text.ts";

/**
 * Lines and columns of byte ranges. Only `\n` ends a line, so a `\r` before it is the last column. Counts on from the
 * last question when ranges come in order, so that a text is walked once however much was found in it.
 */
export class Lines {
  readonly #text: Text;
  readonly #firstLine: number;
  #line: number;
  /** Where line `#line` begins, in characters of the text. */
  #lineStart = 0;

  constructor(text: Text, firstLine: number) {
    this.#text = text;
    this.#firstLine = firstLine;
    this.#line = firstLine;
  }

  #position(offset: number): { line: number; column: number } {
    if (offset < this.#lineStart) [this.#line, this.#lineStart] = [this.#firstLine, 0];
    const { latin1, toByte } = this.#text;
    for (;;) {
      const newline = latin1.indexOf("\n", this.#lineStart);
      if (newline < 0 || newline >= offset) break;
      this.#line++;
      this.#lineStart = newline + 1;
    }
    const lineStart = this.#lineStart === 0 ? 0 : toByte(this.#lineStart);
    return { line: this.#line, column: toByte(offset) - lineStart + 1 };
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
    const { latin1 } = this.#text;
    const from = start === 0 ? 0 : latin1.lastIndexOf("\n", start - 1) + 1;
    const to = latin1.indexOf("\n", Math.max(start, end - 1));
    return latin1.slice(from, to < 0 ? undefined : to);
  }
}
