import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "smol-toml";
import { builtInRules } from "../../src/config/rulebook.ts";
import type { CompilableRule } from "../../src/engine/compile/compile-rules.ts";

export interface Arguments {
  /** A gitleaks TOML; without it the built-in rules. */
  readonly rules: string | undefined;
  readonly folders: readonly string[];
}

/** `--rules FILE FOLDER...`; without a folder those of `others`, or the dependencies as they are installed: they change with the lock file only. */
export function readArguments(args: readonly string[], others: readonly string[] = ["node_modules"]): Arguments {
  const at = args.indexOf("--rules");
  const folders = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  return { rules: at < 0 ? undefined : args[at + 1], folders: folders.length > 0 ? folders : others };
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

/** Of a larger file its beginning is taken: four bundles would be half of a corpus. */
const MOST_OF_A_FILE = 1 << 20;

/**
 * Text files below the folders, about `maxBytes` of them. Which ones is decided by hashes of their paths, so that one file more or
 * less changes nothing but itself and what comes last; a file that is edited stays.
 */
export function loadCorpus(folders: readonly string[], maxBytes: number): Buffer[] {
  const files = folders
    .flatMap((folder) => filesBelow(folder).map((path) => ({ path, rank: sha256(relative(folder, path)) })))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  const texts: Buffer[] = [];
  let total = 0;
  for (const { path } of files) {
    if (total >= maxBytes) break;
    const bytes = readFileSync(path).subarray(0, MOST_OF_A_FILE);
    if (bytes.length === 0 || bytes.subarray(0, 8000).includes(0)) continue;
    texts.push(bytes);
    total += bytes.length;
  }
  return texts;
}

/** But for Git's own, and what tools keep beside installed dependencies. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("/.git"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("node_modules/."));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** CPU seconds of this process so far, user and system. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
