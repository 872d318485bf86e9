// Of matches that overlap the first one counts, so that a change may bring back what it kept others from, or hide it.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { randomText } from "../../support/tokens.ts";
import { GitKit, rulebook as plain } from "./git-kit.ts";

const [npm] = plain.rules as [Rule];
const pattern = "(?:^|[^a-z0-9])(tok[0-9a-f]{12})(?:[^a-z0-9]|$)";
const rulebook = withEngine(
  compileRulebook([{ ...npm, id: "tok", name: "tok", pattern, keywords: [], checksum: undefined, allowlists: [] }]),
);
const shown = ({ secret, span }: Candidate) => `${span.startLine}.${span.startColumn} ${secret.reveal()}`;

test("of tokens that share the byte between them a history tells what a scan of each version tells", async () => {
  const random = seededRandom(5);
  const below = (n: number) => Math.floor(random() * n);
  const pool = Array.from({ length: 6 }, (_, seed) => `tok${randomText(seed, 12, "0123456789abcdef")}`);
  const item = () => {
    const token = pool[below(6)] ?? "";
    return below(4) === 0 ? token.replace("tok", "tik") : token;
  };
  const around = (n: number) =>
    Array.from({ length: 20 }, (_, i) => `line ${n + i} of words that say nothing\n`).join("");
  const items = Array.from({ length: 14 }, item);
  const separators = Array.from({ length: 14 }, () => [",", ",", "\n", ", "][below(4)] ?? "");
  const versions = Array.from({ length: 80 }, () => {
    items[below(14)] = item();
    if (below(3) === 0) separators[below(14)] = [",", "\n", ", "][below(3)] ?? "";
    return `${around(0)}${items.map((one, i) => one + (separators[i] ?? "")).join("")}\n${around(50)}`;
  });
  const kit = new GitKit();
  kit.commit(Object.fromEntries(versions.map((text, n) => [`${n}.txt`, text])));
  kit.git("repack", "-adfq", "--depth=50", "--window=100");
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
  for (const [n, text] of versions.entries()) {
    const path = `${n}.txt`;
    const expected = scan({ bytes: Buffer.from(text), provenance: { kind: "file", path } }, rulebook).map(shown);
    const told = candidates.filter(({ provenance }) => provenance.path === path).map(shown);
    assert.deepEqual(told, expected, path);
  }
});
