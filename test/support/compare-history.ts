import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { withEngine } from "../../src/config/engine.ts";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import type { Row } from "../../src/report/row.ts";
import { historyReference } from "./history-reference.ts";

export interface Asked {
  /** A gitleaks TOML; undefined: the built-in rules. */
  readonly rules: string | undefined;
  readonly decodeDepth: number;
  /** The reference matches whole objects with the core, which is itself held against RegExp elsewhere. */
  readonly isQuick: boolean;
}

export interface Difference {
  /** Secrets that the reference sees, or that are told, each as `rule place`. Never the secret itself. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** Findings whose commit, path and line do not hold the secret. */
  readonly misplaced: readonly string[];
  readonly found: number;
}

/** What `patrol git` tells of a repository, the built program in a process of its own. */
function told(repository: string, { rules, decodeDepth }: Asked): Row[] {
  const words = [
    "dist/patrol.cjs",
    "git",
    repository,
    "--show-secrets",
    "--ignore-gitleaks-allow",
    "-f",
    "json",
    "-r",
    "-",
  ];
  const more = [`--max-decode-depth=${decodeDepth}`, "-l", "error", "--exit-code=0", "-i", "/dev/null"];
  const { stdout, stderr } = spawnSync(process.execPath, [...words, ...more, ...(rules ? ["-c", rules] : [])], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  // What a repository lacks is told and ends with 2; the rest is compared all the same.
  if (stdout === "") throw new Error(`patrol git told nothing: ${stderr}`);
  return JSON.parse(stdout) as Row[];
}

const gone = (repository: string, { Commit, File, StartLine, EndLine, Secret, Tags }: Row): boolean => {
  if (File.startsWith("(") || Secret === "" || Tags.some((tag) => tag.startsWith("decoded:"))) return false;
  const text = execFileSync("git", ["-C", repository, "cat-file", "blob", `${Commit}:${File}`], { maxBuffer: 2 ** 30 });
  const lines = text
    .toString("latin1")
    .split("\n")
    .slice(StartLine - 1, EndLine);
  return !Buffer.from(lines.join("\n"), "latin1").includes(Secret);
};

/** Holds what `patrol git` tells against the slow reference: same rules, every object. */
export function compareHistory(folder: string, asked: Asked): Difference {
  const repository = resolve(folder);
  const { rules } = asked.rules
    ? parseGitleaksToml(readFileSync(asked.rules, "utf8"), { path: asked.rules, builtIn: builtInRules })
    : { rules: builtInRules() };
  const rulebook = asked.isQuick ? withEngine(compileRulebook(rules)) : compileRulebook(rules);
  const expected = historyReference(repository, rulebook, { maxDecodeDepth: asked.decodeDepth });
  const rows = told(repository, asked);
  const keyed = new Map(rows.map((row) => [`${row.RuleID}\0${row.Secret}`, row]));
  const isInName = ({ File, Secret }: Row) => File.includes(Secret);
  const missing = [...expected].filter(([key]) => !keyed.has(key));
  const extra = [...keyed].filter(([key, row]) => !expected.has(key) && !isInName(row));
  return {
    missing: missing.map(([key, place]) => `${key.split("\0", 1)[0]} ${place}`),
    extra: extra.map(([, row]) => `${row.RuleID} ${row.Commit}:${row.File}:${row.StartLine}`),
    misplaced: rows.filter((row) => gone(repository, row)).map((row) => row.Fingerprint),
    found: keyed.size,
  };
}
