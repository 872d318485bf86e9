import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "vitest";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core } from "../../src/engine/core/core.ts";
import { CoreEngine } from "../../src/engine/core/core-engine.ts";
import { compileRulebook, type Rulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { inWorkplace } from "../support/patrol.ts";

const ruleOf = (pattern: string, more = "") => `[[rules]]\nid = "own"\nregex = ${JSON.stringify(pattern)}\n${more}`;
const rulebookOf = (toml: string) =>
  compileRulebook(parseGitleaksToml(toml, { path: ".gitleaks.toml", builtIn: () => [] }).rules);
/** The same rules behind the core. */
function behindCore(rulebook: Rulebook): Rulebook & { readonly engine: CoreEngine } {
  const core = new Core(coreBinaries());
  core.load(
    compileRules(rulebook.rules, quickTraining()).image,
    rulebook.rules.map(({ pattern }) => pattern),
  );
  return { rules: rulebook.rules, hash: rulebook.hash, engine: new CoreEngine(core, rulebook) };
}

function found(rulebook: Rulebook, text: string): string[] {
  const bytes = Buffer.from(text);
  const candidates = scan({ bytes, provenance: { kind: "file" } }, rulebook);
  return candidates.map(({ match }) => bytes.subarray(match.start, match.end).toString()).sort();
}

describe("a pattern that a user brings", () => {
  const tooMuch: [string, string, string][] = [
    ["an endless text", "x".repeat(70_000), "more than 65536 characters at position 0; make several rules of it"],
    [
      "very many optional parts",
      `abcd${"[a-z]{0,900}".repeat(40)}`,
      "steps, more than 30000; lower its counted repeats",
    ],
    ["counts within counts", "((a{1000}){1000})", "repeats within each other above 1000"],
    ["groups within groups", `${"(".repeat(5000)}a${")".repeat(5000)}`, "more than 200 nested groups"],
    ["groups without an end", "(".repeat(60_000), "more than 200 nested groups"],
    ["classes without an end", "[".repeat(60_000), "a [ without its ]"],
    ["letters by their property", "key_\\pL{10}", "\\p at position 4"],
    ["letters by their script", "key_\\p{Greek}+", "\\p at position 4"],
    ["all characters but one of several bytes", "key_[^é]", "a negated class with a character of several bytes"],
    ["a character that there is not", "key_\\x{110000}", "a character that there is not"],
    ["a group that looks ahead", "key(?=x)", "an unknown group"],
    ["a group again", "(a)key\\1", "\\1 at position 6"],
    ["the end before the last line feed", "key_\\Z", "\\Z at position 4"],
  ];
  test.each(tooMuch)("is refused in a short sentence with a way out where it holds %s", (_, pattern, part) => {
    assert.throws(
      () => rulebookOf(ruleOf(pattern)),
      (error: unknown) =>
        error instanceof PatrolError &&
        error.code === "rule-invalid" &&
        error.message.includes("rule own") &&
        error.message.includes(part) &&
        error.message.length < 300,
    );
  });

  const read: [string, string, string, string[]][] = [
    [
      "characters of several bytes",
      "schl[üö]ssel=[а-я]{4}",
      "schlüssel=ключ schlössel=ключ schlassel=ключ",
      ["schlössel=ключ", "schlüssel=ключ"],
    ],
    [
      "ranges over lengths",
      "key_[\\x{7f0}-\\x{fffff}]{2}",
      "key_\u07ff\uffee key_\u0431\u0431 key_\u{1f600}\u0800",
      ["key_\u07ff\uffee", "key_\u{1f600}\u0800"],
    ],
    ["flags", "(?sU)key_.{2,9}(?m:$)", "key_a\nb\nkey_c", ["key_a\nb"]],
    ["edges", "\\Akey_[a-z]{3}\\b|\\Btok_[a-z]{3}\\z", "key_abc xtok_def", ["key_abc", "tok_def"]],
    ["case, of ASCII letters only", "(?i)key_s[0-9]", "KEY_S1 \u212aey_s2 key_\u017f3", ["KEY_S1"]],
    ["many ways to one end", "key(?:a?){30}a{30}b", `key${"a".repeat(40)}b`, [`key${"a".repeat(40)}b`]],
  ];
  test.each(read)("is read as RE2 reads it where it holds %s", (_, pattern, text, expected) => {
    const rulebook = rulebookOf(ruleOf(pattern));
    assert.deepEqual(found(rulebook, text), expected);
    assert.deepEqual(found(behindCore(rulebook), text), expected);
  });

  const hostile: [string, string, string][] = [
    ["nested repeats", "key_(a+)+$", "a"],
    ["a repeat of choices", "key_(?:(?:a|b|ab){1,9}){1,9}c", "ab"],
    ["counts side by side", "a{0,500}a{1000}b", "a"],
    ["counts around a word", ".{0,400}key.{0,400}key", "key"],
    ["optional parts", `abcd${"a?".repeat(400)}a{200}`, "abcda"],
  ];
  test.each(hostile)("does not go back and forth over a text: %s", (_, pattern, piece) => {
    const text = `key_${piece.repeat(30_000 / piece.length)}`;
    const plain = rulebookOf(ruleOf(pattern));
    const fast = behindCore(plain);
    // It ends, and where nothing was given up, both find the same.
    const ours = found(fast, text);
    if (fast.engine.takeExceeded().length === 0) assert.deepEqual(ours, found(plain, text));
  });
});

describe("a configuration that a user brings", () => {
  const faults: [string, string, RegExp][] = [
    ["a wrong type", ruleOf("key_[a-z]{9}", "keywords = 5"), /own\.toml: rule own, keywords: /],
    [
      "a pattern that is none",
      ruleOf("key_[a-z"),
      /own\.toml: rule own: the pattern has a \[ without its \] at position 4; /,
    ],
    [
      "a group that there is not",
      ruleOf("key_([a-z]{9})", "secretGroup = 2"),
      /own\.toml: rule own: secretGroup is 2, the pattern has 1/,
    ],
    ["a path that is no pattern", ruleOf("key_[a-z]{9}", "path = '(('"), /own\.toml: rule own, path: not a pattern/],
    [
      "an endless path",
      ruleOf("key_[a-z]{9}", `path = '${"(".repeat(900)}'`),
      /own\.toml: rule own, path: not a pattern.{1,200}\n?$/,
    ],
    [
      "a base that is not there",
      `[extend]\npath = "base.toml"\n${ruleOf("key_[a-z]{9}")}`,
      /cannot read the configuration .*base\.toml, which .*own\.toml extends/,
    ],
  ];
  test.each(faults)("%s ends the scan with the file's name, the rule's and what is wrong", (_, toml, message) =>
    inWorkplace(async ({ write, patrol }) => {
      write({ "own.toml": toml, "s/a.txt": "key_abcdefghi\n" });
      const { status, stderr } = await patrol(["dir", "s", "-c", "own.toml"]);
      assert.equal(status, 2);
      assert.match(stderr, message);
    })(),
  );

  test("keys that mean nothing are told, and a file that extends itself ends", () => {
    const toml = `[extend]\npath = "${join("test", "none.toml")}"\n${ruleOf("key_[a-z]{9}", "colour = 'red'")}`;
    const { rules, warnings } = parseGitleaksToml(toml, {
      path: ".gitleaks.toml",
      builtIn: () => [],
      instead: () => toml,
    });
    assert.deepEqual(
      rules.map(({ id }) => id),
      ["own"],
    );
    assert.match(warnings.join("\n"), /gitleaks knows no colour/);
    assert.match(warnings.join("\n"), /followed 2 times only/);
  });
});
