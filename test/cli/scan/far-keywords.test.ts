import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "vitest";
import { FarKeywords } from "../../../src/cli/scan/far-keywords.ts";
import { withEngine } from "../../../src/config/engine.ts";
import { parseGitleaksToml } from "../../../src/config/gitleaks-toml.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { holdKeyword, impliesKeyword } from "../../../src/engine/compile/implied.ts";
import { planRule } from "../../../src/engine/compile/plan.ts";
import { parseRegex } from "../../../src/engine/regex/parse.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Row } from "../../../src/report/row.ts";
import { Blocks } from "../../../src/sources/files/blocks.ts";
import { inWorkplace } from "../../support/patrol.ts";

const rule = (id: string, regex: string, keywords: readonly string[]) =>
  `[[rules]]\nid = "${id}"\nregex = '''${regex}'''\nkeywords = ${JSON.stringify(keywords)}\n`;
const TOML = [
  rule("far", String.raw`\bfar_[a-z0-9]{8}\b`, ["acme", "zeta"]),
  rule("never", String.raw`\bfar_[a-z0-9]{8}\b`, ["nowhere"]),
  rule("own", String.raw`\bown_[a-z0-9]{8}\b`, ["own_"]),
  rule("both", String.raw`\b(?:one|two)_[a-z0-9]{8}\b`, ["one_"]),
].join("");

const random = seededRandom(5);
const below = (most: number) => Math.floor(random() * most);
const token = (prefix: string) => `${prefix}${Array.from({ length: 8 }, () => below(36).toString(36)).join("")}`;
const told = ({ rule, match: { startLine, startColumn }, secret }: Candidate) =>
  `${rule.id} ${startLine}:${startColumn} ${secret.reveal()}`;

function text(): Buffer {
  const parts = [
    () => token("far_"),
    () => token("own_"),
    () => token("two_"),
    () => Buffer.from(` ${token("far_")} `).toString("base64"),
    () => "\n",
    () => "word ".repeat(below(60)),
  ];
  const words = Array.from({ length: 120 }, () => parts[below(parts.length)]!());
  for (const keyword of ["ACME", "Zeta", "one_"]) if (below(3) === 0) words[below(words.length)] = keyword;
  return Buffer.from(words.join(" "));
}

const ACME = Buffer.from("acme");

describe("a rule's keyword in a long stream", () => {
  test("is waited for by each match with what stands in its own lines, without a look at all others", () => {
    const rulebook = withEngine(compileRulebook(parseGitleaksToml(TOML, { path: "c.toml", builtIn: () => [] }).rules));
    const count = 1000;
    const bytes = Buffer.from(Array.from({ length: count }, () => `${token("own_")} ${token("far_")}\n\n`).join(""));
    const fragment = { bytes, provenance: { kind: "text" } as const };
    let asked = 0;
    const candidates = scan(fragment, rulebook).map(({ span, ...rest }) => ({
      ...rest,
      get span() {
        asked++;
        return span;
      },
    }));
    assert.equal(candidates.length, count);
    const keywords = new FarKeywords(rulebook, {});
    keywords.take({ bytes, firstLine: 1, firstColumn: 1, from: 0, to: bytes.length }, fragment, candidates);
    assert.ok(asked < 50 * count, `${asked} looks at ${count} candidates`);
    keywords.take({ bytes: ACME, firstLine: 1, firstColumn: 1, from: 0, to: 4 }, { ...fragment, bytes: ACME }, []);
    const found = keywords.found();
    assert.equal(found.length, count);
    for (const { others, hidden } of found) assert.deepEqual([others.length, hidden.length], [1, 1]);
  });

  test("may stand anywhere in it, however the stream is cut into blocks", async () => {
    const rulebook = withEngine(compileRulebook(parseGitleaksToml(TOML, { path: "c.toml", builtIn: () => [] }).rules));
    let far = 0;
    for (let round = 0; round < 15; round++) {
      const bytes = text();
      const sizes = { block: 1024 + 8 * below(200), shared: 640 };
      const keywords = new FarKeywords(rulebook, {});
      const inBlocks: string[] = [];
      for await (const block of new Blocks(Readable.from([bytes]), sizes, Infinity).all(() => false, Infinity)) {
        const { firstLine, firstColumn, from, to } = block;
        const fragment = {
          bytes: Buffer.from(block.bytes),
          provenance: { kind: "text", firstLine, firstColumn } as const,
        };
        const candidates = scan(fragment, rulebook);
        keywords.take(block, fragment, candidates);
        inBlocks.push(...candidates.filter(({ match }) => match.start >= from && match.start < to).map(told));
      }
      for (const { fragment, candidate } of keywords.found()) {
        const { start, end } = candidate.span;
        const shown = Buffer.from(fragment.bytes).subarray(start, end).toString("latin1");
        if (candidate.decoded.length === 0) assert.equal(shown, candidate.secret.reveal());
        inBlocks.push(told(candidate));
        far++;
      }
      const whole = scan({ bytes, provenance: { kind: "text" } }, rulebook).map(told);
      assert.deepEqual(inBlocks.sort(), whole.sort());
    }
    assert.ok(far > 50, `${far}`);
  });

  test(
    "is found before and behind its match by `patrol stdin`, and the match told with its line",
    inWorkplace(async ({ write, patrol }) => {
      write({ "c.toml": TOML });
      const filling = Buffer.alloc(36 << 20, "nothing to see in this line\n");
      const [first, last] = [token("far_"), token("two_")];
      const input = Buffer.concat([
        Buffer.from(`one_\nkey = "${first}"\nallowed = "${token("far_")}" # patrol:allow\n`),
        filling,
        Buffer.from(`\nkey = "${last}"\nAcme\n`),
      ]);
      const { status, stdout, stderr } = await patrol(["stdin", "-c", "c.toml", "-f", "json", "-r", "-"], { input });
      assert.equal(status, 1, stderr);
      const rows = (JSON.parse(stdout) as Row[]).map(({ RuleID, StartLine, Match }) => [RuleID, StartLine, Match]);
      assert.deepEqual(rows, [
        ["far", 2, "REDACTED"],
        ["both", input.toString("latin1").split("\n").length - 2, "REDACTED"],
      ]);
    }),
  );

  test("need not be looked for where every match holds one, as is so with all built-in rules", () => {
    for (const { id, pattern, keywords } of builtInRules())
      if (pattern !== "" && keywords.length > 0) assert.ok(impliesKeyword(parseRegex(pattern, id), keywords), id);
    const implies = (pattern: string, ...keywords: string[]) => impliesKeyword(parseRegex(pattern, "r"), keywords);
    // What nobody would write is answered at once as well.
    for (const keyword of ["condition".repeat(1000), "ab".repeat(2000), "a".repeat(4000)])
      assert.ok(!implies("tok_[a-z]{8}", keyword));
    assert.ok(implies("[a-z]{2,4}(?:he|she)r?s", "hers", "his", "she", "es"));
    assert.ok(!implies("(?i)(?:hers|his|s)h?e", "hers", "his", "she"));
    assert.ok(implies("(?i)a+b{2}c?|xabbx", "ab"));
    assert.ok(implies("(?:aba)+ba", "ababa"));
    assert.ok(!implies("(?i)a+[bc]{2}", "ab"));
    assert.ok(!implies("(?:key)?_[a-z]+", "key"));
    assert.ok(!implies("a(?:ab)*c", "aab"));
  });

  test("are known at once to stand in every match where each row that is looked for holds one", () => {
    const holds = (pattern: string, ...keywords: string[]) => {
      const { sequences } = planRule("r", parseRegex(pattern), (sets) => 1e-6 / sets.length);
      return holdKeyword(
        sequences.map(({ sets }) => sets),
        keywords,
      );
    };
    assert.ok(holds(String.raw`\bown_[a-z0-9]{8}\b`, "nowhere", "own_"));
    assert.ok(holds("(?i)key_[a-z]{4}", "key"));
    assert.ok(holds("(?:one|two)_[a-z]{4}", "one_", "wo_"));
    assert.ok(!holds("(?:one|two)_[a-z]{4}", "one_"));
    assert.ok(!holds("[a-k]ey_[a-z]{4}", "key"));
    assert.ok(!holds("key_[a-z]{4}", "key__"));
  });
});
