import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import type { Provenance } from "../../src/model/fragment.ts";
import { crcToken } from "../support/tokens.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-toml-"));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { path: join(folder, ".gitleaks.toml"), builtIn: () => builtInRules() };
const rulesOf = (toml: string) => parseGitleaksToml(toml, options);

function secrets(toml: string, text: string, provenance: Partial<Provenance> = {}): string[] {
  const fragment = { bytes: Buffer.from(text), provenance: { kind: "file" as const, ...provenance } };
  return scan(fragment, compileRulebook(rulesOf(toml).rules)).map(({ secret }) => secret.reveal());
}

const RULE = `[[rules]]
id = "demo"
description = "Demo key"
regex = '''demo-([a-z]{4})(\\d{2})?'''
`;

describe("rules", () => {
  test("the secret is the first group that holds something, or the one that secretGroup names", () => {
    assert.deepEqual(secrets(RULE, "x demo-abcd12"), ["abcd"]);
    assert.deepEqual(secrets(`${RULE}secretGroup = 2`, "x demo-abcd12"), ["12"]);
  });

  test("a keyword must stand anywhere in the fragment, in either case", () => {
    const toml = `${RULE}keywords = ["Token"]`;
    assert.deepEqual(secrets(toml, "demo-abcd"), []);
    assert.deepEqual(secrets(toml, "demo-abcd\n\n# my tOKEN"), ["abcd"]);
  });

  test("entropy and path narrow a rule", () => {
    assert.deepEqual(secrets(`${RULE}entropy = 1.9`, "demo-abcd demo-aaab"), ["abcd"]);
    assert.deepEqual(secrets(`${RULE}path = '''\\.env$'''`, "demo-abcd", { path: "a/.env" }), ["abcd"]);
    assert.deepEqual(secrets(`${RULE}path = '''\\.env$'''`, "demo-abcd", { path: "a/b.c" }), []);
  });

  test("a rule with a path alone finds the file", () => {
    const toml = `[[rules]]\nid = "key-file"\npath = '''\\.p12$'''`;
    assert.deepEqual(secrets(toml, "anything", { path: "a/b.p12" }), [""]);
    assert.deepEqual(secrets(toml, "anything", { path: "a/b.txt" }), []);
  });

  test("keywords of a required rule keep it from being reported, not from helping", () => {
    const asks = `${RULE}[[rules.required]]\nid = "helper"\n`;
    const helper = `[[rules]]\nid = "helper"\nregex = "account=([0-9]+)"\nkeywords = ["acme"]\n`;
    for (const more of ["", "skipReport = true\n"]) {
      assert.deepEqual(secrets(asks + helper + more, "account=1\ndemo-abcd"), ["abcd"]);
      assert.deepEqual(secrets(asks + helper + more, "demo-abcd"), []);
    }
    assert.deepEqual(secrets(asks + helper, "account=1 # acme\ndemo-abcd"), ["1", "abcd"]);
  });

  test("required rules must match near by, and one that only helps is not reported", () => {
    const toml = `${RULE}
[[rules.required]]
id = "helper"
withinLines = 1
[[rules]]
id = "helper"
regex = "account=[0-9]+"
skipReport = true`;
    assert.deepEqual(secrets(toml, "demo-abcd\naccount=1"), ["abcd"]);
    assert.deepEqual(secrets(toml, "demo-abcd\n\naccount=1"), []);
    assert.deepEqual(secrets(toml, "account=1"), []);
  });
});

describe("allowlists", () => {
  const lists: [string, string, Partial<Provenance>, boolean][] = [
    ["regexes = ['''^ab''']", "demo-abcd", {}, false],
    ["regexes = ['''^demo''']", "demo-abcd", {}, true],
    ["regexTarget = 'match'\nregexes = ['''^demo''']", "demo-abcd", {}, false],
    ["regexTarget = 'line'\nregexes = ['''fine here$''']", "demo-abcd is fine here\nnext", {}, false],
    ["stopwords = ['BCD']", "demo-abcd", {}, false],
    ["paths = ['''^test/''']", "demo-abcd", { path: "test/a" }, false],
    ["paths = ['''^test/''']", "demo-abcd", { path: "src/a" }, true],
    ["commits = ['ABCDEF']", "demo-abcd", { commit: "abcdef" }, false],
    ["condition = 'AND'\nstopwords = ['bcd']\npaths = ['''^test/''']", "demo-abcd", { path: "src/a" }, true],
    ["condition = 'AND'\nstopwords = ['bcd']\npaths = ['''^test/''']", "demo-abcd", { path: "test/a" }, false],
    ["condition = 'OR'\nstopwords = ['bcd']\npaths = ['''^test/''']", "demo-abcd", { path: "src/a" }, false],
  ];
  test.each(lists)("%s on %s", (allowlist, text, provenance, isFound) => {
    const expected = isFound ? ["abcd"] : [];
    assert.deepEqual(secrets(`${RULE}[[rules.allowlists]]\n${allowlist}`, text, provenance), expected);
    assert.deepEqual(secrets(`${RULE}[rules.allowlist]\n${allowlist}`, text, provenance), expected);
    assert.deepEqual(secrets(`[[allowlists]]\n${allowlist}\n${RULE}`, text, provenance), expected);
  });

  test("see neither of a match nor of a secret that is all of it the line feeds that the pattern took in", () => {
    const rule = `[[rules]]\nid = "demo"\nregex = '\\s?demo-[a-z]{4}(?:\\s|$)'\n`;
    for (const pattern of [
      rule,
      rule.replace("regex", "keywords = ['demo']\nregex"),
      rule.replace(/'(.*)'/, "'($1)'"),
    ]) {
      assert.deepEqual(secrets(pattern, "\ndemo-abcd\n"), ["demo-abcd"]);
      for (const target of ["secret", "match"])
        assert.deepEqual(
          secrets(
            `${pattern}[[rules.allowlists]]\nregexTarget = "${target}"\nregexes = ['^demo-abcd$']`,
            "\ndemo-abcd\n",
          ),
          [],
        );
    }
  });

  test("a global one with targetRules leaves other rules alone", () => {
    const toml = `${RULE}\n[[rules]]\nid = "other"\nregex = "other-([a-z]+)"
[[allowlists]]\ntargetRules = ["other"]\nregexes = ["abc"]`;
    assert.deepEqual(secrets(toml, "demo-abcd other-abcd"), ["abcd"]);
  });

  test("a pattern drops what it matches and nothing that only looks like it", () => {
    const toml = `${RULE}[[allowlists]]\nregexes = ['''(?i)^(?:true|false|null)$''']`;
    assert.deepEqual(secrets(toml, "demo-true demo-trux"), ["trux"]);
  });
});

describe("extending", () => {
  const token = crcToken(3);

  test("useDefault brings the built-in rules, disabledRules takes some away", () => {
    assert.deepEqual(secrets(`[extend]\nuseDefault = true\n${RULE}`, `demo-abcd ${token}`), ["abcd", token]);
    const without = `[extend]\nuseDefault = true\ndisabledRules = ["npm-access-token"]\n${RULE}`;
    assert.deepEqual(secrets(without, `demo-abcd ${token}`), ["abcd"]);
  });

  test("a rule of the same id adds to the one it extends and keeps its checksum", () => {
    const toml = `[extend]\nuseDefault = true
[[rules]]\nid = "npm-access-token"\n[[rules.allowlists]]\npaths = ["fixtures/"]`;
    assert.deepEqual(secrets(toml, token, { path: "a" }), [token]);
    assert.deepEqual(secrets(toml, token, { path: "fixtures/a" }), []);
  });

  test("a path is followed from the file that names it, twice", () => {
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    const rule = (id: string) => `[[rules]]\nid = "${id}"\nregex = "${id}-[a-z]+"\n`;
    write("a.toml", `[extend]\npath = "b.toml"\n${rule("a")}`);
    write("b.toml", `[extend]\npath = "c.toml"\n${rule("b")}`);
    write("c.toml", `[extend]\npath = "d.toml"\n${rule("c")}`);
    write("d.toml", rule("d"));
    const path = join(folder, "a.toml");
    const { rules, warnings } = parseGitleaksToml(readFileSync(path, "utf8"), { path, builtIn: () => [] });
    assert.deepEqual(rules.map(({ id }) => id).sort(), ["a", "b", "c"]);
    assert.match(warnings.join(), /d\.toml is left out/);
  });
});

describe("mistakes are named with their place", () => {
  const faults: [string, RegExp][] = [
    ["[[rules", /\.gitleaks\.toml: not TOML/],
    ["[[rules]]\nregex = 'a'", /rules\.0\.id/],
    ["[[rules]]\nid = 'a'", /rule a: a rule needs a regex or a path/],
    ["[[rules]]\nid = 'a'\nregex = '(a'", /rule a.*not a pattern|rule a, pattern|a: /],
    [`${RULE}secretGroup = 3`, /rule demo: secretGroup is 3/],
    [`${RULE}[[rules.allowlists]]\ndescription = 'x'`, /rule demo: an allowlist needs/],
    [`${RULE}[[rules.allowlists]]\nregexTarget = 'file'\nregexes = ['a']`, /regexTarget is file/],
    [`${RULE}[[rules.allowlists]]\ncondition = 'XOR'\nregexes = ['a']`, /condition is XOR/],
    [`${RULE}[[allowlists]]\ntargetRules = ['nope']\nregexes = ['a']`, /targetRules names nope/],
    [`${RULE}[[rules.required]]\nid = 'nope'`, /requires nope/],
    ["[extend]\npath = 'missing.toml'", /cannot read the configuration .*missing\.toml/],
  ];
  test.each(faults)("%s", (toml, message) => {
    assert.throws(() => compileRulebook(rulesOf(toml).rules), message);
  });

  test("a newer minVersion is a warning", () => {
    assert.deepEqual(rulesOf(`minVersion = "v8.25.0"\n${RULE}`).warnings, []);
    assert.match(rulesOf(`minVersion = "v9.0.0"\n${RULE}`).warnings.join(), /v9\.0\.0/);
  });
});
