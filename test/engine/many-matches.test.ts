import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { withEngine } from "../../src/config/engine.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";

const rulebookOf = (toml: string) =>
  withEngine(compileRulebook(parseGitleaksToml(toml, { path: "own.toml", builtIn: () => [] }).rules));

const RULE = `[[rules]]\nid = "own"\nregex = '''own_([a-z0-9]{8})'''\n`;
const secret = (i: number) => `own_${i.toString(36).padStart(8, "q")} `;
const many = (count: number) => Array.from({ length: count }, (_, i) => secret(i)).join("");
const found = (text: string, toml: string, path?: string) =>
  scan(
    { bytes: Buffer.from(text), provenance: { kind: "file", ...(path !== undefined && { path }) } },
    rulebookOf(toml),
  );

describe("thousands of matches", () => {
  test("on one line of a megabyte ask a pattern for lines once", () => {
    // Once a match, the pattern would read five gigabytes.
    const toml = `${RULE}[[rules.allowlists]]\nregexTarget = "line"\nregexes = ['''nothing.{0,9}here''']\n`;
    const text = many(4_000).padEnd(1_400_000, "word ");
    assert.equal(found(text, toml).length, 4_000);
    assert.equal(found(`${text} nothing here`, toml).length, 0);
    assert.equal(found(`${text} nothing here\n${secret(1)}`, toml).length, 1);
  });

  test("in encoded runs within a run of a megabyte have that decoded once", () => {
    // Once a match, it would be three gigabytes.
    const lines = Array.from({ length: 3_000 }, (_, i) => `key=${secret(i).trim().replace("o", "%6f")}`);
    const text = `${lines.join("\\n")}\\n${"x".repeat(900_000)}`;
    assert.equal(found(text, RULE.replace("own_", "\\bown_")).length, 3_000);
  });

  test("begin in one word of megabytes without its being walked back from each", () => {
    // Once a beginning, it would be a terabyte.
    const rulebook = withEngine(compileRulebook(builtInRules()));
    const text = Buffer.from("https://".repeat(1_500_000));
    assert.deepEqual(scan({ bytes: text, provenance: { kind: "file" } }, rulebook), []);
    assert.deepEqual(rulebook.engine?.takeExceeded?.(), []);
  });

  test("count beside a helper that is near enough, and not beside thousands that are not", () => {
    const helper = `[[rules]]\nid = "helper"\nregex = '''help_[0-9]{4}'''\nskipReport = true\n`;
    const near = (text: string, by: string) =>
      found(text, `${RULE}[[rules.required]]\nid = "helper"\n${by}\n${helper}`).length;
    const apart = `${many(4_000).replaceAll(" ", "\n")}${"\n".repeat(9)}${"help_1234\n".repeat(4_000)}`;
    assert.equal(near(apart, "withinLines = 9"), 0);
    assert.equal(near(apart, "withinLines = 10"), 1);
    assert.equal(near(`${many(4_000)}${"help_1234 ".repeat(4_000)}`, "withinColumns = 2"), 1);
    assert.equal(near(apart, "withinColumns = 2"), 4_000);
  });
});

test("a path that no system can hold is known by its beginning and its end", () => {
  const toml = (path: string) => `${RULE}path = '''${path}'''\n`;
  const long = `${"deep/".repeat(200_000)}a.js`;
  assert.equal(found(secret(1), toml("^deep/.*\\.js$"), long).length, 1);
  assert.equal(found(secret(1), toml("\\.ts$"), long).length, 0);
});
