import type { Rule } from "../model/rule.ts";
import { compileRe2, type Re2 } from "./re2.ts";

const compiled = new Map<string, Re2>();

function patternOf(rule: Rule, path: string): Re2 {
  const pattern = compiled.get(path) ?? compileRe2(path, `rule ${rule.id}, path`);
  compiled.set(path, pattern);
  return pattern;
}

/** Throws `rule-invalid` when the rule's path is no pattern. */
export function appliesToPath(rule: Rule, path: string | undefined): boolean {
  if (rule.path === undefined) return true;
  return path !== undefined && patternOf(rule, rule.path).test(Buffer.from(path, "utf8").toString("latin1"));
}

export const isPathOnly = (rule: Rule): boolean => rule.pattern === "" && rule.path !== undefined;
