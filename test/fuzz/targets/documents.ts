import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readUpdates } from "../../../src/cli/hook/updates.ts";
import { byBaseline } from "../../../src/cli/suppress/baseline.ts";
import { ignoreLine, parseIgnoreEntry } from "../../../src/cli/suppress/ignore-entry.ts";
import { parseIgnoreFile } from "../../../src/cli/suppress/ignore-file.ts";
import { receiptText, verifiedReceipt, type Receipt } from "../../../src/cli/receipt/receipt-file.ts";
import { parseGitleaksToml } from "../../../src/config/gitleaks-toml.ts";
import { parseRuleFile } from "../../../src/config/rule-file.ts";
import { parseYaml } from "../../../src/config/yaml.ts";
import { coreBinaries, quickTraining } from "../../../src/config/engine-files.ts";
import { compileRules } from "../../../src/engine/compile/compile-rules.ts";
import { CoreEngine } from "../../../src/engine/core/core-engine.ts";
import { Core } from "../../../src/engine/core/core.ts";
import { compileRulebook, type Rulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { parsePush } from "../../../src/http/github/push-payload.ts";
import { parseSignature } from "../../../src/http/github/signature.ts";
import { jsonFault, parseJson } from "../../../src/http/parse-json.ts";
import type { ReportedFinding } from "../../../src/report/row.ts";
import { template } from "../../../src/report/template/template.ts";
import { globMatcher, toExpression } from "../../../src/sources/files/glob.ts";
import { hold, PLANTED, refusal, type Target } from "../target.ts";

interface Document {
  readonly read: (text: string, bytes: Buffer) => void;
  readonly seeds: readonly string[];
  readonly words: readonly string[];
  readonly heavy?: readonly string[];
}

const nested = (open: string, close: string, times = 100_000) => open.repeat(times) + close.repeat(times);

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

const PUSH = JSON.stringify({
  ref: "refs/heads/main",
  before: "0".repeat(40),
  after: "a".repeat(40),
  commits: [{ id: "a" }],
  repository: { id: 1, full_name: "owner/name", private: false, default_branch: "main" },
  installation: { id: 7 },
});

const { privateKey } = generateKeyPairSync("ed25519");
const publicKey = createPublicKey(privateKey);
const RECEIPT = receiptText(
  { kind: "patrol-coverage-receipt", version: 1, notes: ["a"] } as unknown as Receipt,
  privateKey,
);

const FINDING: ReportedFinding = {
  row: {
    RuleID: "demo",
    Description: "a {{ token }}",
    StartLine: 3,
    EndLine: 3,
    StartColumn: 1,
    EndColumn: 9,
    Match: "key = REDACTED",
    Secret: "REDACTED",
    File: 'a"b\n.js',
    SymlinkFile: "",
    Commit: "a".repeat(40),
    Entropy: 3.5,
    Author: "Ada",
    Email: "ada@example.org",
    Date: "2026-01-31T12:00:00Z",
    Message: "one",
    Tags: ["x", "y"],
    Fingerprint: "a:b:3",
  },
  rule: { id: "demo", name: "demo", issuer: "demo", references: [], revokeAt: undefined as never },
  checksum: "valid",
  decoded: [],
  required: [],
  excerpt: "key",
  startCharacter: 1,
  endCharacter: 9,
  contentKey: "00",
  suppression: undefined as never,
};

const ROW = `[{"RuleID":"a","File":"b","Commit":"","Secret":"${PLANTED}","Match":"x","Entropy":3.1,"StartLine":2}]`;
const DIGEST = "ab".repeat(32);

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
    return new CoreEngine(made, rules);
  };
}

export const DOCUMENTS: Readonly<Record<string, Document>> = {
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
  "ignore-file": {
    read(text) {
      parseIgnoreFile(text);
      for (const line of text.split("\n")) {
        const entry = parseIgnoreEntry(line.trim());
        if (entry === undefined) continue;
        const again = parseIgnoreEntry(ignoreLine(entry));
        hold(JSON.stringify(again) === JSON.stringify(entry), () => `${line} is written as ${ignoreLine(entry)}`);
      }
    },
    seeds: [
      `# head\n${DIGEST} rule=demo until=2026-12-31 owner="Ada L" reason="a \\"test\\" one"\n`,
      `abc:path/file.js:demo:3\n${DIGEST}\n`,
    ],
    words: [DIGEST, " rule=", " reason=", " until=", '"', "\\", ":", "\n", "<<<<<<< x", " a=b", "\\u0000"],
    heavy: [
      `${DIGEST}${" a=b".repeat(200_000)}"`,
      `${DIGEST}${" ".repeat(500_000)}x`,
      ":".repeat(500_000),
      `${DIGEST} a="${"\\".repeat(500_001)}`,
    ],
  },
  baseline: {
    read: (text) => void refusal(() => byBaseline(text, "baseline.json")),
    seeds: [ROW, "[]"],
    words: ['"RuleID"', '"Secret"', "null", "[", "{", "}", "]", ",", ":", "1e999", "\\ud800"],
    heavy: [nested("[", "]"), nested('{"a":', "}")],
  },
  receipt: {
    read: (text) => void refusal(() => verifiedReceipt(text, "receipt.json", publicKey)),
    seeds: [RECEIPT],
    words: [
      '"signature"',
      '"kind"',
      '"value"',
      "null",
      "[",
      "{",
      "\\ud800",
      "1e999",
      '"__proto__"',
      '"algorithm":"Ed25519"',
    ],
    heavy: [RECEIPT.replace('"notes": [', `"notes": [${nested("[", "]", 50_000)},`)],
  },
  "hook-updates": {
    read(text) {
      for (const type of ["pre-push", "pre-receive"] as const) {
        for (const { ref, old } of refusal(() => readUpdates(text, type)) ?? [])
          hold(ref !== "" && /^[0-9a-f]+$/.test(old), () => "an update of nothing");
      }
    },
    seeds: [
      `refs/heads/main ${"a".repeat(40)} refs/heads/main ${"0".repeat(40)}\n`,
      `${"0".repeat(40)} ${"b".repeat(40)} refs/heads/a b\n`,
    ],
    words: [" ", "\n", "refs/", "0".repeat(40), "a".repeat(64), "\r"],
  },
  webhook: {
    read(text, bytes) {
      refusal(() => parseSignature(text));
      const at = jsonFault(text);
      hold(at >= 0 && at <= text.length, () => `a fault at ${at} of ${text.length}`);
      const json = refusal(() => parseJson(bytes));
      const push = json === undefined ? undefined : refusal(() => parsePush(json));
      if (push !== undefined) hold(/^[\w.-]+\/[\w.-]+$/.test(push.repository), () => `a repository ${push.repository}`);
    },
    seeds: [PUSH, `sha256=${"a".repeat(64)}`, JSON.stringify({ a: [1, "x\\n\u20ac", null, { b: PLANTED }] })],
    words: [
      '"ref"',
      '"repository"',
      "\\u0000",
      "\\ud800",
      "..",
      "-",
      "1e999",
      "null",
      "{",
      "[",
      '"',
      ",",
      ":",
      "__proto__",
    ],
    heavy: [
      nested("[", "]", 500_000),
      nested('{"a":', "}"),
      '"'.repeat(500_001),
      `{"full_name":"${"a.".repeat(300_000)}"}`,
    ],
  },
  template: {
    read(text) {
      const write = refusal(() => template(text));
      if (write !== undefined)
        refusal(() =>
          write([FINDING, FINDING], {
            version: "1",
            rules: [],
            skipped: [],
            startedAt: new Date(0),
            endedAt: new Date(0),
          }),
        );
    },
    seeds: [
      "{{ range $i, $f := . }}{{ if $i }},{{ end }}{{ quote .Secret }}{{ else }}none{{ end }}",
      '{{- /* c */ -}}{{ with len . }}{{ . | printf "%d" }}{{ end }}{{ $x := 1 }}{{ $x = 2 }}',
    ],
    words: [
      "{{",
      "}}",
      "{{-",
      "-}}",
      "/*",
      "*/",
      "range",
      "if",
      "else",
      "end",
      "with",
      "define",
      "printf",
      '"%999999999d"',
      "|",
      "(",
      ")",
      "$",
      ".",
      ":=",
      "repeat 999999999",
      "`",
      '"',
    ],
    heavy: [
      nested("{{ if 1 }}", "{{ end }}", 20_000),
      `{{ ${nested("(", ")", 50_000)} }}`,
      `{{${" ".repeat(200_000)}@}}`,
      "{{/*".repeat(50_000),
    ],
  },
  gitignore: {
    read(text) {
      for (const whole of text.split("\n").slice(0, 30)) {
        const line = whole.slice(0, 500);
        const matches = globMatcher(line);
        hold((matches === undefined) === (toExpression(line) === undefined), () => `${line}: two opinions`);
        for (const path of ["keep.log", "build/x", "some/folder/a.txt", "a/b/c/b", `some/${"a".repeat(60)}.txt`]) {
          const found = matches?.(path);
          // An expression tries every way through many wildcards.
          if ((line.match(/\*/g)?.length ?? 0) > 3) continue;
          const expected = toExpression(line)?.test(path);
          hold(found === expected, () => `${line} on ${path}: ${found}, as an expression ${expected}`);
        }
      }
    },
    seeds: ["*.log\n!keep.log\n/build/\n**/node_modules\na/**/b\n[a-c]?x\\*\n[[:alpha:]]*", "*a*b"],
    words: ["*", "**", "/", "?", "[", "]", "!", "\\", "[[:alpha:]]", "[^", "*a", "**/"],
    heavy: ["*a".repeat(20), "**/".repeat(60) + "x"],
  },
};

/** A text format, as one target. */
export const documentTarget = (name: string) => (): Target => {
  const { read, seeds, words, heavy } = DOCUMENTS[name] as Document;
  return {
    name,
    rounds: 80,
    maxBytes: 1 << 14,
    run: (input) => read(Buffer.from(input).toString("utf8"), Buffer.from(input)),
    seeds: () => seeds.map((text) => Buffer.from(text)),
    ...(heavy && { heavy: () => heavy.map((text) => Buffer.from(text)) }),
    words,
  };
};
