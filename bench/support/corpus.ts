import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { builtInRules } from "../../src/config/rulebook.ts";
import type { CompilableRule } from "../../src/engine/compile/compile-rules.ts";

export interface Arguments {
  /** A gitleaks TOML; without it the built-in rules. */
  readonly rules: string | undefined;
  readonly folders: readonly string[];
}

/** `--rules FILE FOLDER...`; without a folder the project's own tree and its dependencies. */
export function readArguments(args: readonly string[]): Arguments {
  const at = args.indexOf("--rules");
  const folders = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  return { rules: at < 0 ? undefined : args[at + 1], folders: folders.length > 0 ? folders : ["src", "node_modules"] };
}

export interface BenchRule extends CompilableRule {
  readonly keywords?: readonly string[];
}

export function loadRules(file: string | undefined): BenchRule[] {
  if (file === undefined) return builtInRules().filter(({ pattern }) => pattern !== "");
  const { rules } = parse(readFileSync(file, "utf8")) as {
    rules?: { id: string; regex?: string; keywords?: string[] }[];
  };
  return (rules ?? []).flatMap(({ id, regex, keywords = [] }) =>
    regex === undefined ? [] : [{ id, pattern: regex, keywords }],
  );
}

/** Text files below the folders, evenly picked until about `maxBytes`. */
export function loadCorpus(folders: readonly string[], maxBytes: number): Buffer[] {
  const texts: Buffer[] = [];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.parentPath.includes("/.git")) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      if (bytes.length > 0 && !bytes.subarray(0, 8000).includes(0)) texts.push(bytes);
    }
  }
  const total = texts.reduce((sum, { length }) => sum + length, 0);
  const stride = Math.max(1, Math.ceil(total / maxBytes));
  return texts.filter((_, i) => i % stride === 0);
}

/** CPU seconds of this process so far, user and system. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
