import assert from "node:assert/strict";
import { test } from "vitest";
import { byMarker } from "../../../src/cli/suppress/markers.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { checkedRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { Secret } from "../../../src/model/secret.ts";
import { textOf } from "../../../src/report/text.ts";
import { crcToken } from "../../support/tokens.ts";

const rulebook = checkedRulebook(builtInRules().filter(({ id }) => id === "npm-access-token"));

/** Of each finding in a text the reason of a comment, and how many bytes were read to tell. */
function asked(content: string, encoded: (text: string) => Buffer = (text) => Buffer.from(text)) {
  const bytes = encoded(content);
  const text = textOf(bytes);
  let read = 0;
  const counted = Object.assign((start: number, end: number) => ((read += end - start), text(start, end)), {
    lineStart: text.lineStart,
    lineEnd: text.lineEnd,
  });
  const candidates = scan({ bytes, provenance: { kind: "file", path: "a.js" } }, rulebook);
  const reasons = candidates.map(
    (candidate) => byMarker({ candidate, text: counted, paths: ["a.js"], match: new Secret("") })?.reason,
  );
  return { reasons, read };
}

test("a comment is looked for once in a line and in the one above, however many findings stand there", () => {
  const words = "word ".repeat(2000);
  const tokens = Array.from({ length: 500 }, (_, i) => crcToken(i)).join(" ");
  const { reasons, read } = asked(`${words}\n${tokens}\n${words}\n`);
  assert.deepEqual([reasons.length, ...new Set(reasons)], [500, undefined]);
  assert.ok(read <= words.length + tokens.length + 2, `${read} bytes were read`);
});

test("what a comment allows of several lines is each finding of its line, or of the line below", () => {
  const [a, b, c, d, e, f] = Array.from({ length: 6 }, (_, i) => crcToken(i));
  const { reasons } = asked(`${a} ${b} // patrol:allow\n${c}\n// patrol:allow-next-line\n${d} ${e}\n${f}\n`);
  const [inLine, below] = ["allowed by the comment patrol:allow", "allowed by the comment patrol:allow-next-line"];
  assert.deepEqual(reasons, [inLine, inLine, undefined, below, below, undefined]);
});

test.each<[string, (text: string) => Buffer]>([
  ["little-endian", (text) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ["big-endian", (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16()],
  ["little-endian, without a mark", (text) => Buffer.from(text, "utf16le")],
  ["big-endian, without a mark", (text) => Buffer.from(text, "utf16le").swap16()],
])("so it does in UTF-16: %s", (_, encoded) => {
  const [a, b, c, d, e] = Array.from({ length: 5 }, (_, i) => crcToken(i));
  // Half of two of these characters is a line feed's byte.
  const text = `${"word ".repeat(60)}\n${a} \u0a15 \u010a // patrol:allow\n${b}\r\n// patrol:allow-next-line\n${c} ${d}\n${e}`;
  const { reasons } = asked(text, encoded);
  const [inLine, below] = ["allowed by the comment patrol:allow", "allowed by the comment patrol:allow-next-line"];
  assert.deepEqual(reasons, [inLine, undefined, below, below, undefined]);
});
