// Of matches that overlap the first one counts, so that a change may bring back what it kept others from, or hide it.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook, type Rulebook } from "../../../src/engine/rulebook.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Allowlist, Rule } from "../../../src/model/rule.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { randomText } from "../../support/tokens.ts";
import { GitKit } from "./git-kit.ts";

const named = (id: string, pattern: string, more: Partial<Rule> = {}) => ruleOf(pattern, { id, name: id, ...more });
const shown = ({ rule, secret, span }: Candidate) =>
  `${span.startLine}.${span.startColumn} ${rule.id} ${secret.reveal()}`;

/** A history that holds the versions as deltas of each other tells of each what a scan of it tells. Gives how much that was. */
async function compare(rulebook: Rulebook, versions: readonly string[]): Promise<number> {
  const kit = new GitKit();
  kit.commit(Object.fromEntries(versions.map((text, n) => [`${n}.txt`, text])));
  kit.git("repack", "-adfq", "--depth=50", "--window=100");
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
  let told = 0;
  for (const [n, text] of versions.entries()) {
    const path = `${n}.txt`;
    const expected = scan({ bytes: Buffer.from(text), provenance: { kind: "file", path } }, rulebook).map(shown);
    const found = candidates.filter(({ provenance }) => provenance.path === path).map(shown);
    assert.deepEqual(found, expected, path);
    told += found.length;
  }
  return told;
}

const around = (n: number) =>
  Array.from({ length: 20 }, (_, i) => `line ${n + i} of words that say nothing\n`).join("");

/** Versions of a list, of which each has an item or two other than the one before. */
function lists(seed: number, count: number, items: number, item: (below: (n: number) => number) => string): string[] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const list = Array.from({ length: items }, () => item(below));
  return Array.from({ length: count }, () => {
    for (let i = 0; i <= below(2); i++) list[below(items)] = item(below);
    return `${around(0)}${list.join("")}\n${around(50)}`;
  });
}

test("of tokens that share the byte between them a history tells what a scan of each version tells", async () => {
  const pool = Array.from({ length: 6 }, (_, seed) => `tok${randomText(seed, 12, "0123456789abcdef")}`);
  const rules = [
    named("shares", "(?:^|[^a-z0-9])(tok[0-9a-f]{12})(?:[^a-z0-9]|$)"),
    named("takes-both", "[^a-z0-9](tok[0-9a-f]{12}[^a-z0-9])"),
  ];
  const versions = lists(5, 80, 14, (below) => {
    const token = pool[below(6)] ?? "";
    return (below(4) === 0 ? token.replace("tok", "tik") : token) + [",", ",", "\n", ", "][below(4)];
  });
  assert.ok((await compare(withEngine(compileRulebook(rules)), versions)) > 500);
});

test("of a rule whose keyword may stand anywhere a history tells what a scan of each version tells, as keywords come and go", async () => {
  const pool = Array.from({ length: 4 }, (_, seed) => randomText(seed, 40, "0123456789abcdef"));
  const rules = [
    named("forty-hex", "\\b[0-9a-f]{40}\\b", { keywords: ["greek letters", "sgp_"] }),
    named("plain", "\\btok[0-9a-f]{12}\\b", { keywords: ["tok"] }),
  ];
  const items = lists(8, 120, 24, (below) =>
    below(3) === 0
      ? `${around(below(900))}id ${pool[below(4)]!}\n`
      : `tok${randomText(below(3), 12, "0123456789abcdef")}\n`,
  );
  const words = ["Greek Letters", "sgp_", "greek\nletters", "SGP", "SGP_x"];
  const versions = items.map((text, n) => {
    const at = text.indexOf("\n", (n * 7919) % text.length) + 1;
    return n % 5 < 3 ? text : `${text.slice(0, at)}${words[n % 7] ?? ""}\n${text.slice(at)}`;
  });
  const book = withEngine(compileRulebook(rules));
  const isTold = (text: string) => /greek letters|sgp_/i.test(text);
  const changes = versions.filter((text, n) => n > 0 && isTold(text) !== isTold(versions[n - 1]!)).length;
  assert.ok(changes > 6, `${changes} versions bring or take the keyword`);
  assert.ok((await compare(book, versions)) > 500);
});

const refusing = (regexes: readonly string[]): Allowlist => ({
  condition: "or",
  paths: [],
  commits: [],
  target: "secret",
  regexes,
  stopWords: [],
});

test("what a match that an allowlist refuses kept another one from is found when a later version takes it away", async () => {
  const rules = [named("tok", "tok[a-z0-9]{12}", { allowlists: [refusing(["^toktok"])] })];
  // Git stores the last one whole.
  const refused = `${around(0)}a toktok0123456789ab z\n${around(50)}`;
  const found = `${around(0)}a Toktok0123456789ab z\n${around(50)}`;
  assert.equal(await compare(withEngine(compileRulebook(rules)), [found, refused]), 1);
});

test("of matches that are refused and overlap others a history tells what a scan of each version tells", async () => {
  const pieces = ["tok", "tok", "tok", "aa", "0a1b2c", "7d", "x", "-", "ee9", "\n"];
  const rules = [
    named("refused-words", "tok[a-z0-9]{9}", { allowlists: [refusing(["^toktok", "0a1b"])] }),
    named("low-entropy", "to[a-z0-9]{7,13}", { entropy: 3 }),
    named("behind-a-run", "[a-z0-9]{0,9}?tok([a-z0-9]{4,8})[^a-z]", { allowlists: [refusing(["aa", "x"])] }),
    named("empty-secret", "tok([a-z]{0,6})[0-9]{2}[a-z]", { secretGroup: 1 }),
  ];
  const versions = lists(9, 400, 60, (below) => pieces[below(pieces.length)] ?? "");
  assert.ok((await compare(withEngine(compileRulebook(rules)), versions)) > 1000);
  // Without the fast engine every version is matched whole, and what was refused counts likewise.
  await compare(compileRulebook(rules), versions.slice(0, 20));
});
