import { toExpression } from "../../sources/files/glob.ts";
import { readable } from "./carried.ts";

/** Globs of the kind that .gitignore holds, as RE2 over paths; a folder's glob takes in all below it. */
export function fromGlobs(globs: readonly string[], where: string): { good: string[]; left: string[] } {
  const patterns: string[] = [];
  const left: string[] = [];
  for (const glob of globs) {
    const source = glob.startsWith("!") ? undefined : toExpression(glob.replace(/\/+$/, ""))?.source;
    // What git spells as a set of characters becomes a look ahead, which RE2 lacks.
    if (source === undefined || source.includes("(?!")) left.push(`${where}: the pattern ${glob}`);
    else patterns.push(source.replace(/\$$/, "(?:/.*)?$").replaceAll("\\/", "/"));
  }
  const checked = readable(patterns, where);
  return { good: checked.good, left: [...left, ...checked.left] };
}

/** Lines of an ignore file, without comments. */
export const linesOf = (text: string) =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
