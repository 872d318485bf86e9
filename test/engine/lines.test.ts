import assert from "node:assert/strict";
import { test } from "vitest";
import { Lines } from "../../src/engine/lines.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { toText } from "../../src/engine/text.ts";

test("lines and columns are the same in whatever order they are asked for", () => {
  const random = seededRandom(5);
  const below = (n: number) => Math.floor(random() * n);
  for (const letters of ["ab\n", "\n", "abcdefgh", "a\n\n\r"]) {
    const text = Array.from({ length: 300 }, () => letters[below(letters.length)]).join("");
    const lines = new Lines(toText(Buffer.from(text)), 7);
    for (let n = 0; n < 400; n++) {
      const start = below(text.length);
      const end = Math.min(text.length, start + 1 + below(20));
      const lineStart = text.slice(0, start).lastIndexOf("\n") + 1;
      const last = text.slice(0, end - 1);
      const lineEnd = text.indexOf("\n", end - 1);
      assert.equal(lines.lineOf(start, end), text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd));
      const { startLine, startColumn, endLine, endColumn } = lines.span(start, end);
      assert.deepEqual(
        [startLine, startColumn, endLine, endColumn],
        [
          text.slice(0, start).split("\n").length + 6,
          start - lineStart + 1,
          last.split("\n").length + 6,
          end - 1 - last.lastIndexOf("\n"),
        ],
      );
    }
  }
});
