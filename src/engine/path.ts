import type { Rule } from "../model/rule.ts";
import type { Rulebook } from "./rulebook.ts";
import { compileRe2, type Re2 } from "./re2.ts";

const compiled = new Map<string, Re2>();

function patternOf(rule: Rule, path: string): Re2 {
  const pattern = compiled.get(path) ?? compileRe2(path, `rule ${rule.id}, path`);
  compiled.set(path, pattern);
  return pattern;
}

/** Longer paths cannot be checked out on any system we know (`PATH_MAX` of Linux). A tree may hold them all the same. */
const LONGEST_PATH = 4096;

/**
 * A path as patterns are held against it: its bytes, latin1. Of a longer one than any system can hold its beginning and its end, since
 * ten thousand files that lie deep in a tree of long names would have megabytes each.
 */
export function pathBytes(path: string): string {
  const bytes = Buffer.from(path, "utf8");
  if (bytes.length <= LONGEST_PATH) return bytes.toString("latin1");
  const half = LONGEST_PATH / 2;
  return bytes.toString("latin1", 0, half) + bytes.toString("latin1", bytes.length - half);
}

let answered = { path: "", answers: new Map<string, boolean>() };

/** Throws `rule-invalid` when the rule's path is no pattern. */
export function appliesToPath(rule: Rule, path: string | undefined): boolean {
  if (rule.path === undefined) return true;
  if (path === undefined) return false;
  // A file is asked about once, however many matches it has.
  if (path !== answered.path) answered = { path, answers: new Map() };
  let answer = answered.answers.get(rule.path);
  if (answer === undefined)
    answered.answers.set(rule.path, (answer = patternOf(rule, rule.path).test(pathBytes(path))));
  return answer;
}

export const isPathOnly = (rule: Rule): boolean => rule.pattern === "" && rule.path !== undefined;

const pathOnly = new WeakMap<readonly Rule[], readonly Rule[]>();

/** The rules without a pattern. Remembered: most rulebooks have none, and files are many. */
export function pathOnlyRules(rulebook: Pick<Rulebook, "rules" | "isSimple">): readonly Rule[] {
  if (rulebook.isSimple === true) return [];
  const { rules } = rulebook;
  let found = pathOnly.get(rules);
  if (found === undefined) pathOnly.set(rules, (found = rules.filter((rule) => isPathOnly(rule))));
  return found;
}
