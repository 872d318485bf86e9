import assert from "node:assert/strict";
import { test } from "vitest";
import { builtInRules } from "../../src/config/rulebook.ts";
import type { Candidate, Span } from "../../src/model/candidate.ts";
import { Secret } from "../../src/model/secret.ts";
import { describe } from "../../src/report/describe.ts";

const [rule] = builtInRules();
const LINE = 20;
/** A line a finding, and one that reaches over the first half of them. */
const LINES = 2000;
const bytes = Buffer.from(`${"word demo_1234567890".slice(0, LINE - 1)}\n`.repeat(LINES));

function spanOf(start: number, end: number): Span {
  return { start, end, startLine: start / LINE + 1, endLine: start / LINE + 1, startColumn: 1, endColumn: end - start };
}

test("beside a secret that reaches far, others are looked through no more often than alone", () => {
  let asked = 0;
  const candidate = (span: Span): Candidate => ({
    rule: rule!,
    secret: new Secret(bytes.toString("latin1", span.start, span.end)),
    get span() {
      asked++;
      return span;
    },
    match: span,
    checksum: "none",
    entropy: 3,
    decoded: [],
    provenance: { kind: "file", path: "a.js" },
  });
  const short = Array.from({ length: LINES }, (_, i) => spanOf(i * LINE, i * LINE + 10));
  const rowsOf = (spans: readonly Span[]) => {
    asked = 0;
    return describe(spans.map(candidate), { bytes, provenance: { kind: "file", path: "a.js" } }, OPTIONS);
  };
  const alone = rowsOf(short);
  const askedAlone = asked;
  const beside = rowsOf([spanOf(0, (LINES / 2) * LINE), ...short]);
  assert.ok(asked < 2 * askedAlone, `${asked} looks instead of ${askedAlone}`);
  // What lies behind the long one is shown as without it.
  assert.deepEqual(
    beside.slice(-100).map(({ excerpt }) => excerpt),
    alone.slice(-100).map(({ excerpt }) => excerpt),
  );
});

const OPTIONS = { redact: 100, mask: (text: string) => text };
