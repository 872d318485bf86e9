import assert from "node:assert/strict";
import { test } from "vitest";
import { builtInRules } from "../../src/config/rulebook.ts";
import type { Candidate, Span } from "../../src/model/candidate.ts";
import { Secret } from "../../src/model/secret.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { describe, shownBeside } from "../../src/report/describe.ts";

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

test("what may be shown beside candidates is what a row of theirs would hold, and not what lies within a secret of theirs", () => {
  const random = seededRandom(11);
  const below = (bound: number) => Math.floor(random() * bound);
  for (let round = 0; round < 200; round++) {
    const places = Array.from({ length: 1 + below(5) }, () => {
      const [start, length, before, behind] = [200 + below(600), 1 + below(60), below(80), below(80)];
      return { span: spanOf(start, start + length), match: spanOf(start - before, start + length + behind) };
    });
    const isShown = shownBeside(
      places.map((place) => ({
        ...place,
        rule: rule!,
        secret: new Secret("demo"),
        checksum: "none",
        entropy: 3,
        decoded: [],
        provenance: { kind: "file" },
      })),
    );
    for (let at = 0; at < 1100; at += 7) {
      const [start, end] = [at, at + 1 + below(50)];
      const isInside = places.some(({ span }) => span.start <= start && span.end >= end);
      const isNear = places.some(
        ({ span, match }) =>
          (start < span.end + 48 && end > span.start - 48) || (start < match.end && end > match.start),
      );
      assert.equal(isShown(start, end), isNear && !isInside, `${start} to ${end}`);
    }
  }
});
