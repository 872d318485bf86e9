import assert from "node:assert/strict";
import { test } from "vitest";
import { parseRuleFile } from "../../src/config/rule-file.ts";
import { builtInRulebook, builtInRules } from "../../src/config/rulebook.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { crcToken } from "../support/tokens.ts";

const ids = (text: string, prefix?: string) =>
  scan({ bytes: Buffer.from(text), provenance: { kind: "text" } }, builtInRulebook(prefix)).map(({ rule }) => rule.id);

test("the tokens of the built-in store are found by the prefix that the setting names", () => {
  assert.deepEqual(ids(crcToken(1, "patrol_")), ["patrol-token"]);
  assert.deepEqual(ids(crcToken(1, "acme_dev_")), []);
  assert.deepEqual(ids(crcToken(1, "acme_dev_"), "acme_dev_"), ["patrol-token"]);
  for (const prefix of ["", "acme", "a.c_", "_acme_"]) assert.throws(() => builtInRules(prefix), /PATROL_TOKEN_PREFIX/);
});

test("the hash says what is found: it changes with a pattern and not with a name or the order of loading", () => {
  const rules = builtInRules();
  const { hash } = compileRulebook(rules);
  const [first, ...rest] = rules;
  assert.ok(first);
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(compileRulebook(builtInRules()).hash, hash);
  assert.equal(compileRulebook([{ ...first, name: "other", references: [] }, ...rest]).hash, hash);
  assert.notEqual(compileRulebook([{ ...first, pattern: `${first.pattern}x` }, ...rest]).hash, hash);
  assert.notEqual(compileRulebook([{ ...first, entropy: 4.5 }, ...rest]).hash, hash);
  assert.notEqual(compileRulebook(rest).hash, hash);
});

test("a fault in a rule file names file, rule and field", () => {
  const good = {
    id: "a-b",
    name: "A",
    token: "a",
    references: ["r"],
    examples: ["{{token}}"],
    "counter-examples": ["b"],
  };
  assert.equal(parseRuleFile("acme", [good])[0]?.issuer, "acme");
  assert.throws(() => parseRuleFile("acme", [{ ...good, id: "A b" }]), /rules\/acme\.yaml: rule A b, id/);
  assert.throws(() => parseRuleFile("acme", [{ ...good, checksum: "nope" }]), /rule a-b, checksum/);
  assert.throws(() => parseRuleFile("acme", [{ ...good, keyword: ["a"] }]), /rule a-b.*keyword/);
  assert.throws(
    () => compileRulebook([...parseRuleFile("x", [good]), ...parseRuleFile("y", [good])]),
    /rule a-b: the id/,
  );
});

test("a rule without a greatest length is refused with the way out, unless it says that it spans lines", () => {
  const endless = {
    id: "a-b",
    name: "A",
    token: "ab_[a-z]{20,}",
    references: ["r"],
    examples: ["{{token}}"],
    "counter-examples": ["b"],
  };
  assert.throws(() => parseRuleFile("acme", [endless]), /rule a-b: its token has no greatest length; write/);
  assert.equal(parseRuleFile("acme", [{ ...endless, tags: ["multi-line"] }]).length, 1);
});
