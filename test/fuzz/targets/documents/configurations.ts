// Rules that somebody else wrote.
import { parseGitleaksToml } from "../../../../src/config/gitleaks-toml.ts";
import { parseRuleFile } from "../../../../src/config/rule-file.ts";
import { parseYaml } from "../../../../src/config/yaml.ts";
import { coreBinaries, quickTraining } from "../../../../src/config/engine-files.ts";
import { compileRules } from "../../../../src/engine/compile/compile-rules.ts";
import { CoreEngine } from "../../../../src/engine/core/core-engine.ts";
import { Core } from "../../../../src/engine/core/core.ts";
import { compileRulebook, type Rulebook } from "../../../../src/engine/rulebook.ts";
import { scan } from "../../../../src/engine/scan.ts";
import type { Candidate } from "../../../../src/model/candidate.ts";
import type { Rule } from "../../../../src/model/rule.ts";
import { hold, refusal } from "../../target.ts";
import { nested, type Document } from "./document.ts";

const TOML = `title = "x"
[extend]
useDefault = false
disabledRules = ["a"]
[[rules]]
id = "demo"
regex = '''demo_[a-z]{4}'''
secretGroup = 0
entropy = 2.5
keywords = ["demo"]
[[rules.allowlists]]
condition = "AND"
regexes = ["x+"]
paths = ['''a/.*''']
[[rules.required]]
id = "demo"
withinLines = 3
[allowlist]
stopwords = ["word"]
`;

const YAML = `- id: demo-token
  name: demo token
  token: demo_[a-z]{8}
  references: [https://example.org]
  examples: ["{{token}}"]
  counter-examples: ["demo_"]
`;

const SCANNED = Buffer.from(
  `demo_abcd xdemo_abcde key = "demo_zzzz" word\n${Buffer.from(" demo_base ").toString("base64")}\n`,
);
const core = compiledCores();

/** Whatever a configuration says, a scan with it ends, and finds with the core what it finds without. */
function scanWith(rulebook: Rulebook): void {
  const fragment = { bytes: SCANNED, provenance: { kind: "file", path: "a/b.txt" } as const };
  const told = (candidates: readonly Candidate[]) =>
    candidates.map(({ rule, span }) => `${rule.id} ${span.start} ${span.end}`).join();
  const slowly = told(scan(fragment, rulebook));
  const quickly = told(scan(fragment, { ...rulebook, engine: core(rulebook.rules) }));
  hold(slowly === quickly, () => `without the core ${slowly}, with it ${quickly}`);
}

/** Makes an engine for rules; nothing is kept in a cache. */
function compiledCores(): (rules: readonly Rule[]) => CoreEngine {
  const module = new Core(coreBinaries()).twin().module;
  const training = quickTraining();
  return (rules) => {
    const made = new Core(module);
    made.load(
      compileRules(rules, training).image,
      rules.map(({ pattern }) => pattern),
    );
    return new CoreEngine(made, { rules });
  };
}

export const CONFIGURATIONS: Readonly<Record<string, Document>> = {
  "gitleaks-toml": {
    read(text) {
      const config = refusal(() => parseGitleaksToml(text, { path: "/nowhere/.gitleaks.toml", builtIn: () => [] }));
      const rulebook = config && refusal(() => compileRulebook(config.rules));
      if (rulebook !== undefined) scanWith(rulebook);
    },
    seeds: [TOML, '[extend]\npath = "/nowhere/other.toml"\n'],
    words: [
      "[[rules]]",
      "[[rules.allowlists]]",
      "regex = ",
      "'''",
      '"',
      "id",
      "path",
      "condition",
      "=",
      "\n",
      "[",
      "{",
      "}",
      "inf",
      "nan",
      "__proto__",
      "constructor",
      "1e999",
    ],
    heavy: [`a = ${nested("[", "]")}`, `${"a.".repeat(100_000)}b = 1`, `[${"a.".repeat(100_000)}b]`],
  },
  "rule-yaml": {
    read(text) {
      let content: unknown;
      try {
        content = parseYaml(text);
      } catch {
        return; // what the library says of it is shown with the file's name
      }
      const rules = refusal(() => parseRuleFile("demo", content));
      if (rules !== undefined) refusal(() => compileRulebook(rules));
    },
    seeds: [YAML],
    words: [
      "- id: ",
      "&a ",
      "*a",
      "<<: *a",
      "|",
      ">",
      "!!js/function",
      "? ",
      ": ",
      "[",
      "{",
      "token: ",
      "path: ",
      "\n",
      "  ",
    ],
    heavy: [nested("[", "]"), nested("{a: ", "}"), "- ".repeat(100_000), "? ".repeat(50_000), nested("? [", "]", 60)],
  },
};
