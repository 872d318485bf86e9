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

/** The patterns in force in a folder. */
export interface IgnoreRules {
  /** Least binding first. */
  readonly files: readonly PatternFile[];
  /** The path of this folder below the repository's top, with a slash behind each name. */
  readonly folder: string;
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

/** None, or one. */
function readPatterns(file: string | Buffer, above: number): readonly PatternFile[] {
  try {
    const read = parse(readRegular(file).toString("utf8"), above);
    return read === undefined ? [] : [read];
  } catch {
    return [];
  }
}

/** What is in force at `root` from the folders above it, up to the top of its repository. */
export function ignoreRulesAbove(root: string): IgnoreRules {
  const start = resolve(root);
  let top = start;
  while (!existsSync(`${top}${sep}.git`)) {
    if (dirname(top) === top) return { files: [], folder: "" };
    top = dirname(top);
  }
  const names = start.slice(top.length).split(sep).filter(Boolean);
  const git = `${top}${sep}.git`;
  const files = statSync(git).isDirectory() ? [...readPatterns(`${git}/info/exclude`, 0)] : [];
  let folder = "";
  for (const [depth, name] of names.entries()) {
    files.push(...readPatterns([top, ...names.slice(0, depth), ".gitignore"].join(sep), folder.length));
    folder += `${name}/`;
  }
  return { files, folder };
}

/** What is in force in a folder by that name in this one, before its own `.gitignore`. */
export const ignoreRulesBelow = ({ files, folder }: IgnoreRules, name: string): IgnoreRules => ({
  files,
  folder: `${folder}${name}/`,
});

/** Adds the `.gitignore` of a folder to what is in force there. */
export function ignoreRulesIn(location: string | Buffer, above: IgnoreRules): IgnoreRules {
  const file =
    typeof location === "string"
      ? `${location === "" ? "." : location}/.gitignore`
      : Buffer.concat([location, Buffer.from("/.gitignore")]);
  const own = readPatterns(file, above.folder.length);
  return own.length === 0 ? above : { files: [...above.files, ...own], folder: above.folder };
}

/** Whether git would leave out a name of this folder: the last pattern that matches decides. */
export function isIgnored({ files, folder }: IgnoreRules, name: string, isFolder: boolean): boolean {
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
