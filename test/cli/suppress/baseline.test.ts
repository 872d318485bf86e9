import assert from "node:assert/strict";
import { test } from "vitest";
import { byBaseline } from "../../../src/cli/suppress/baseline.ts";
import { known, tellsOf } from "../../../src/cli/suppress/known-finding.ts";
import type { Located } from "../../../src/cli/suppress/suppress.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { Secret } from "../../../src/model/secret.ts";

const ENTROPIES = [0, 3, 3.00005, 3.0001, 3.00019, 3.5];
const RULES = ["one", "two", "path"];
const FILES = ["a.js", "b.js"];

test("a baseline knows what going through all of its entries would know, whatever they hide", () => {
  const random = seededRandom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const place = () => ({
    rule: pick(RULES),
    file: pick(FILES),
    line: 1 + Math.floor(random() * 3),
    commit: pick(["", "c0"]),
  });
  const secretOf = () => pick(["aab", "aba", "abb", "b"]);
  const redacted = (secret: string) =>
    pick([secret, "REDACTED", "", `${secret.slice(0, 2)}...`, `${secret.slice(0, 1)}...`]);

  const entries = Array.from({ length: 60 }, () => {
    const { rule, file, line, commit } = place();
    const Secret = redacted(secretOf());
    const Match = pick([`k=${Secret}`, "k=REDACTED", `k=${Secret};`]);
    return { RuleID: rule, File: file, StartLine: line, Commit: commit, Secret, Match, Entropy: pick(ENTROPIES) };
  });
  const located = (): Located => {
    const { rule, file, line, commit } = place();
    const secret = rule === "path" ? "" : secretOf();
    const span = { start: 0, end: 1, startLine: line, endLine: line, startColumn: 1, endColumn: 1 };
    const candidate = {
      rule: { id: rule, pattern: rule === "path" ? "" : "x" },
      secret: new Secret(secret),
      span,
      match: { ...span, startLine: pick([line, line - 1]) },
      entropy: pick(ENTROPIES),
      provenance: { kind: "file", ...(commit && { commit }) },
    } as unknown as Candidate;
    const text = Object.assign(() => "", { lineStart: () => 0, lineEnd: () => 0 });
    return { candidate, text, paths: [file, pick(FILES)], match: new Secret(pick([`k=${secret}`, `k=${secret};`])) };
  };

  let holding = 0;
  for (let round = 0; round < 400; round++) {
    const some = entries.filter(() => random() < 0.15);
    const { suppressor } = byBaseline(JSON.stringify(some), "known.json");
    const finding = located();
    const isKnown = some
      .map((entry, index) => known(entry, "known.json", index))
      .some((entry) => entry.rule === finding.candidate.rule.id && tellsOf(entry, finding));
    if (isKnown) holding++;
    assert.equal(suppressor(finding) !== undefined, isKnown, JSON.stringify({ round, some }));
  }
  assert.ok(holding > 50 && holding < 350, `${holding}`);
});
