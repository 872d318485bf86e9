import { existsSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { readRegular } from "../../disk/regular-file.ts";
import { globMatcher, type GlobMatcher } from "./glob.ts";

/** One line of a `.gitignore`. */
interface Pattern {
  readonly matches: GlobMatcher;
  readonly negated: boolean;
  readonly folderOnly: boolean;
  /** How many names of the folder's path stand above the file that holds the pattern. */
  readonly depth: number;
}

/** The patterns in force in a folder, least binding first. */
export interface IgnoreRules {
  readonly patterns: readonly Pattern[];
  /** Names from the repository's top down to this folder. */
  readonly folder: readonly string[];
}

function parse(text: string, depth: number): Pattern[] {
  const patterns: Pattern[] = [];
  for (const raw of text.split("\n")) {
    let line = raw.replace(/\r$/, "").replace(/(?<!\\) +$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const negated = line.startsWith("!");
    if (negated) line = line.slice(1);
    const folderOnly = line.endsWith("/");
    if (folderOnly) line = line.replace(/\/+$/, "");
    const matches = globMatcher(line);
    if (matches) patterns.push({ matches, negated, folderOnly, depth });
  }
  return patterns;
}

const readPatterns = (file: string | Buffer, depth: number) => {
  try {
    return parse(readRegular(file).toString("utf8"), depth);
  } catch {
    return [];
  }
};

/** What is in force at `root` from the folders above it, up to the top of its repository. */
export function ignoreRulesAbove(root: string): IgnoreRules {
  const start = resolve(root);
  let top = start;
  while (!existsSync(`${top}${sep}.git`)) {
    if (dirname(top) === top) return { patterns: [], folder: [] };
    top = dirname(top);
  }
  const folder = start.slice(top.length).split(sep).filter(Boolean);
  const git = `${top}${sep}.git`;
  const patterns = statSync(git).isDirectory() ? readPatterns(`${git}/info/exclude`, 0) : [];
  for (const depth of folder.keys())
    patterns.push(...readPatterns([top, ...folder.slice(0, depth), ".gitignore"].join(sep), depth));
  return { patterns, folder };
}

/** Adds the `.gitignore` of a folder to what is in force there. */
export function ignoreRulesIn(location: string | Buffer, above: IgnoreRules): IgnoreRules {
  const file =
    typeof location === "string"
      ? `${location === "" ? "." : location}/.gitignore`
      : Buffer.concat([location, Buffer.from("/.gitignore")]);
  const own = readPatterns(file, above.folder.length);
  return own.length === 0 ? above : { patterns: [...above.patterns, ...own], folder: above.folder };
}

/** Whether git would leave out a name of this folder: the last pattern that matches decides. */
export function isIgnored(rules: IgnoreRules, name: string, isFolder: boolean): boolean {
  for (let index = rules.patterns.length - 1; index >= 0; index--) {
    const pattern = rules.patterns[index];
    if (!pattern || (pattern.folderOnly && !isFolder)) continue;
    if (pattern.matches([...rules.folder.slice(pattern.depth), name].join("/"))) return !pattern.negated;
  }
  return false;
}
