import { allowlistsText, configurationText } from "../../../src/cli/import/configuration-text.ts";
import type { Carried } from "../../../src/cli/import/carried.ts";
import { fromDetectSecrets } from "../../../src/cli/import/detect-secrets.ts";
import { fromGgshield } from "../../../src/cli/import/ggshield.ts";
import { fromGitleaks } from "../../../src/cli/import/gitleaks.ts";
import { fromSecretlint } from "../../../src/cli/import/secretlint.ts";
import { fromTrufflehog } from "../../../src/cli/import/trufflehog.ts";
import { Secret } from "../../../src/model/secret.ts";
import type { Gathered } from "../../../src/cli/suppress/known-entries.ts";
import { parseGitleaksToml } from "../../../src/config/gitleaks-toml.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { hold, laterRefusal, PLANTED, type Target } from "../target.ts";

const RULES = new Set(["demo"]);

const READERS: Readonly<Record<string, (text: string) => Carried | Promise<Carried>>> = {
  "report.json": (text) => fromGitleaks("report.json", text, RULES),
  ".gitleaksignore": (text) => fromGitleaks(".gitleaksignore", text, RULES),
  ".secrets.baseline": (text) => fromDetectSecrets(".secrets.baseline", text),
  "exclude.txt": (text) => fromTrufflehog("exclude.txt", text),
  ".gitguardian.yaml": (text) => fromGgshield(".gitguardian.yaml", text),
  ".secretlintrc": (text) => fromSecretlint(".secretlintrc", text),
  ".secretlintignore": (text) => fromSecretlint(".secretlintignore", text),
};

const TOML = `[[rules]]\nid = "demo"\nregex = '''demo_[a-z]{8}'''\nkeywords = ["demo_"]\n`;
const { rules } = parseGitleaksToml(TOML, { path: "/nowhere/a.toml", builtIn: () => [] });

function finding(): Gathered {
  const fragment = { bytes: Buffer.from("demo_abcdefgh\n"), provenance: { kind: "file", path: "src/a.js" } as const };
  const [candidate] = scan(fragment, compileRulebook(rules));
  hold(candidate !== undefined, () => "the rule of this target finds nothing");
  return { candidate, paths: ["src/a.js"], match: new Secret("demo"), content: "demo" };
}

const HASH = "ab".repeat(32);
const FILTER = "detect_secrets.filters.regex.should_exclude_file";

/** Other tools' files. What is written of them is a configuration that a scan reads. */
export function imports(): Target {
  const known = finding();
  return {
    name: "imports",
    rounds: 30,
    maxBytes: 1 << 14,
    async run(input) {
      const text = Buffer.from(input).toString("utf8");
      for (const [name, read] of Object.entries(READERS)) {
        const carried = await laterRefusal(async () => await read(text));
        if (carried === undefined) continue;
        for (const claim of carried.claims) {
          claim.tellsOf(known);
          hold(!claim.what.includes(PLANTED), () => `${name}: a secret is told`);
        }
        const expected = carried.paths.length + carried.secrets.length + carried.lines.length;
        if (expected === 0) continue;
        const written = configurationText(allowlistsText(carried, "a tool"), undefined);
        const config = parseGitleaksToml(written, { path: "/nowhere/.patrol.toml", builtIn: () => rules });
        compileRulebook(config.rules);
        const allowlists = config.rules.flatMap((rule) => rule.allowlists ?? []);
        const { length } = allowlists.flatMap(({ paths, regexes }) => [...paths, ...regexes]);
        hold(length === expected, () => `${name}: ${expected} patterns are written as ${length}`);
      }
    },
    seeds: () =>
      [
        `[{"RuleID":"demo","File":"src/a.js","Commit":"","Secret":"${PLANTED}","Match":"x","Entropy":3,"StartLine":1}]`,
        `abc1234:src/a.js:demo:1\nsrc/a.js:demo:1\n${HASH}\n`,
        JSON.stringify({
          filters_used: [
            { path: FILTER, pattern: ["^a/.*", "(?=x)"] },
            { path: "detect_secrets.filters.regex.should_exclude_secret", pattern: ["x\\d+"] },
            { path: "mine.py::filter" },
          ],
          results: { "src/a.js": [{ type: "Word", hashed_secret: "ab".repeat(20), line_number: 1, is_secret: true }] },
        }),
        "^vendor/.*\n# comment\n(?i)\\.lock$\n",
        `version: 2\nsecret:\n  ignored_paths: ["**/a/*", "b?"]\n  ignored_matches:\n    - {name: a, match: ${HASH}}\n    - ${PLANTED}\n`,
        `{"rules": [{"id": "@x/pattern", "allows": ["/x+/i", "plain"], "rules": [{"id": "y", "disabled": true}]}]} // c`,
        "*.lock\n!a\n/build/\n[[:alpha:]]x\n",
      ].map((text) => Buffer.from(text)),
    heavy: () =>
      [
        "[".repeat(100_000),
        `${"{a: ".repeat(5_000)}`,
        `a: &a [x,x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : "a"},*a]`).join("\n")}`,
        `${"*".repeat(50_000)}x\n`,
        `{"rules":${'[{"rules":'.repeat(20_000)}`,
        `${"a:".repeat(100_000)}1`,
      ].map((text) => Buffer.from(text)),
    words: [
      ...[
        '"results"',
        '"filters_used"',
        '"pattern"',
        FILTER,
        '"allows"',
        '"rules"',
        "ignored_paths:",
        "ignored_matches:",
      ],
      ...["- ", "&a ", "*a", "[", "{", "}", "]", ",", ":", '"', "\\", "null", "__proto__", "\n", HASH, "(?", "/", "**"],
    ],
  };
}
