import { existsSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { readRegular } from "../../disk/regular-file.ts";
import { readGlob, type Glob } from "./glob.ts";

/** One line of a `.gitignore`. */
interface Pattern extends Pick<Glob, "ofName" | "matches"> {
  readonly negated: boolean;
  readonly folderOnly: boolean;
  /** Its place in the file: the last one that matches decides. */
  readonly line: number;
}

/** The patterns of one file. */
interface PatternFile {
  /** Those without wildcards, by the name that they match, or the path with a slash before it: some files have hundreds. */
  readonly plain: ReadonlyMap<string, readonly Pattern[]>;
  readonly wild: readonly Pattern[];
  /** Whether any of them is asked of paths. */
  readonly asksPaths: boolean;
  /** How many characters of a folder's path stand above the file. */
  readonly above: number;
}

/** What git tracks of a repository, whatever its patterns say of it. */
export interface Tracked {
  /** Whether a file is tracked, or anything in a folder; by its path below the repository's top. */
  readonly holds: (path: string, isFolder: boolean) => boolean;
}

/** What is tracked in the repository whose work tree has this top. */
export type TrackedIn = (top: string) => Tracked;

/** The patterns in force in a folder. */
export interface IgnoreRules {
  /** Least binding first. */
  readonly files: readonly PatternFile[];
  /** The path of this folder below the repository's top, with a slash behind each name. */
  readonly folder: string;
  /** What is left out by no pattern; undefined outside of a repository. */
  readonly tracked: Tracked | undefined;
  /** A pattern leaves out this folder, or one above it: no other takes anything in it back. */
  readonly isLeftOut: boolean;
}

/** Undefined: there is no pattern in it. */
function parse(text: string, above: number): PatternFile | undefined {
  const plain = new Map<string, Pattern[]>();
  const wild: Pattern[] = [];
  let asksPaths = false;
  for (const [number, raw] of text.split("\n").entries()) {
    let line = raw.replace(/\r$/, "").replace(/(?<!\\) +$/, "");
    if (line === "" || line.startsWith("#")) continue;
    const negated = line.startsWith("!");
    if (negated) line = line.slice(1);
    const folderOnly = line.endsWith("/");
    if (folderOnly) line = line.slice(0, -1);
    const glob = readGlob(line);
    if (glob === undefined) continue;
    const { ofName, matches, literal } = glob;
    const pattern = { ofName, matches, negated, folderOnly, line: number };
    asksPaths ||= !ofName;
    if (literal === undefined) wild.push(pattern);
    else {
      const key = ofName ? literal : `/${literal}`;
      plain.set(key, [...(plain.get(key) ?? []), pattern]);
    }
  }
  return plain.size + wild.length > 0 ? { plain, wild, asksPaths, above } : undefined;
}

/** None, or one. git follows no link that is called `.gitignore`. */
function readPatterns(file: string | Buffer, above: number, followsLink: boolean): readonly PatternFile[] {
  try {
    const read = parse(
      readRegular(file, followsLink)
        .toString("utf8")
        .replace(/^\uFEFF/, ""),
      above,
    );
    return read === undefined ? [] : [read];
  } catch {
    return [];
  }
}

/** What is in force at `root` from the folders above it, up to the top of its repository. */
export function ignoreRulesAbove(root: string, trackedIn: TrackedIn): IgnoreRules {
  const start = resolve(root);
  let top = start;
  while (!existsSync(`${top}${sep}.git`)) {
    if (dirname(top) === top) return { files: [], folder: "", tracked: undefined, isLeftOut: false };
    top = dirname(top);
  }
  const names = start.slice(top.length).split(sep).filter(Boolean);
  const git = `${top}${sep}.git`;
  const files = statSync(git).isDirectory() ? [...readPatterns(`${git}/info/exclude`, 0, true)] : [];
  let rules: IgnoreRules = { files, folder: "", tracked: trackedIn(top), isLeftOut: false };
  let location = top;
  for (const name of names) {
    rules = ignoreRulesBelow(ignoreRulesIn(location, rules), name);
    location += `${sep}${name}`;
  }
  // What is named is asked for, whatever the patterns say of it.
  return { ...rules, isLeftOut: false };
}

/** What is in force in a folder by that name in this one, before its own `.gitignore`. */
export const ignoreRulesBelow = (rules: IgnoreRules, name: string): IgnoreRules => ({
  ...rules,
  folder: `${rules.folder}${name}/`,
  isLeftOut: rules.isLeftOut || isMatched(rules, name, true),
});

/** Adds the `.gitignore` of a folder to what is in force there. */
export function ignoreRulesIn(location: string | Buffer, above: IgnoreRules): IgnoreRules {
  const file =
    typeof location === "string"
      ? `${location === "" ? "." : location}/.gitignore`
      : Buffer.concat([location, Buffer.from("/.gitignore")]);
  const own = readPatterns(file, above.folder.length, false);
  return own.length === 0 ? above : { ...above, files: [...above.files, ...own] };
}

/** Whether git would leave out a name of this folder: what it tracks it does not. */
export function isIgnored(rules: IgnoreRules, name: string, isFolder: boolean): boolean {
  if (!rules.isLeftOut && !isMatched(rules, name, isFolder)) return false;
  return rules.tracked?.holds(rules.folder + name, isFolder) !== true;
}

/** The last pattern that matches decides. */
function isMatched({ files, folder }: IgnoreRules, name: string, isFolder: boolean): boolean {
  for (let index = files.length - 1; index >= 0; index--) {
    const file = files[index]!;
    const path = file.asksPaths ? folder.slice(file.above) + name : name;
    const last = lastMatch(file, name, path, isFolder);
    if (last !== undefined) return !last.negated;
  }
  return false;
}

function lastMatch({ plain, wild, asksPaths }: PatternFile, name: string, path: string, isFolder: boolean) {
  const counts = ({ folderOnly }: Pattern) => isFolder || !folderOnly;
  let last = plain.get(name)?.findLast(counts);
  const ofPath = asksPaths ? plain.get(`/${path}`)?.findLast(counts) : undefined;
  if (ofPath !== undefined && !(last !== undefined && last.line > ofPath.line)) last = ofPath;
  for (let index = wild.length - 1; index >= 0; index--) {
    const pattern = wild[index]!;
    if (last !== undefined && last.line > pattern.line) break;
    if (counts(pattern) && pattern.matches(pattern.ofName ? name : path)) return pattern;
  }
  return last;
}
