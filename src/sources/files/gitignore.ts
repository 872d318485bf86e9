import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";

/** One line of a `.gitignore`. */
interface Pattern {
  readonly matches: RegExp;
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

/** A wildcard pattern of git's (`gitignore(5)`) as an expression over a `/`-separated path; undefined when nothing matches it. */
export function toExpression(glob: string): RegExp | undefined {
  const anchored = glob.includes("/");
  let source = anchored ? "^" : "^(?:.*/)?";
  const text = glob.replace(/^\//, "");
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at);
    const character = rest[0] ?? "";
    if (rest.startsWith("**/") && (at === 0 || text[at - 1] === "/")) {
      source += "(?:.*/)?";
      at += 2;
    } else if (rest === "**" && (at === 0 || text[at - 1] === "/")) {
      source += ".*";
      at += 1;
    } else if (character === "*") {
      source += "[^/]*";
      while (text[at + 1] === "*") at++;
    } else if (character === "?") {
      source += "[^/]";
    } else if (character === "[") {
      const set = /^\[([!^]?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/.exec(rest);
      if (!set) return undefined;
      source += `(?!/)[${set[1] ? "^" : ""}${set[2]?.replace(/\[:(\w+):\]|\\?([\]^[])/g, (_, name?: string, mark?: string) => (name ? (CLASSES[name] ?? "") : `\\${mark}`))}]`;
      at += set[0].length - 1;
    } else {
      if (character === "\\") at++;
      const literal = character === "\\" ? text[at] : character;
      if (literal === undefined) return undefined;
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    }
  }
  try {
    return new RegExp(`${source}$`, "s");
  } catch {
    return undefined;
  }
}

const CLASSES: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

function parse(text: string, depth: number): Pattern[] {
  const patterns: Pattern[] = [];
  for (const raw of text.split("\n")) {
    let line = raw.replace(/\r$/, "").replace(/(?<!\\) +$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const negated = line.startsWith("!");
    if (negated) line = line.slice(1);
    const folderOnly = line.endsWith("/");
    if (folderOnly) line = line.replace(/\/+$/, "");
    const matches = toExpression(line);
    if (matches) patterns.push({ matches, negated, folderOnly, depth });
  }
  return patterns;
}

const readPatterns = (file: string | Buffer, depth: number) => {
  try {
    return parse(readFileSync(file, "utf8"), depth);
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
    if (pattern.matches.test([...rules.folder.slice(pattern.depth), name].join("/"))) return !pattern.negated;
  }
  return false;
}
