import { PatrolError } from "../model/errors.ts";
import type { Allowlist, Rule } from "../model/rule.ts";

const LINE = /^(?<rule>[a-z0-9-]+) (?<project>[^ ]+)(?<digests>(?: [0-9a-f]{16})+)$/;

/**
 * `rules/published.txt`: on each line a rule's id, the project that publishes the secrets, and their digests
 * (engine/published.ts). By rule. Throws `rule-invalid` with the line's number.
 */
export function parsePublished(text: string): ReadonlyMap<string, readonly string[]> {
  const byRule = new Map<string, string[]>();
  text.split("\n").forEach((line, index) => {
    if (line === "" || line.startsWith("#")) return;
    const { rule, digests } = LINE.exec(line)?.groups ?? {};
    if (rule === undefined || digests === undefined) {
      const form = "a rule's id, a project and digests of 16 hexadecimal digits, with one space between them";
      throw new PatrolError("rule-invalid", `rules/published.txt, line ${index + 1}: not of the form: ${form}`);
    }
    byRule.set(rule, [...(byRule.get(rule) ?? []), ...digests.trim().split(" ")]);
  });
  return byRule;
}

const allowlistOf = (digests: readonly string[]): Allowlist => ({
  description: "published with open-source software, so that everybody has it",
  condition: "or",
  paths: [],
  commits: [],
  target: "secret",
  regexes: [],
  stopWords: [],
  digests,
});

/** The rules, each with an allowlist of what is published of its kind. Throws `rule-invalid` for a rule that there is not. */
export function withPublished(rules: readonly Rule[], byRule: ReadonlyMap<string, readonly string[]>): Rule[] {
  for (const id of byRule.keys()) {
    if (!rules.some((rule) => rule.id === id)) {
      throw new PatrolError("rule-invalid", `rules/published.txt: there is no rule ${id}`);
    }
  }
  return rules.map((rule) => {
    const digests = byRule.get(rule.id);
    return digests === undefined ? rule : { ...rule, allowlists: [...rule.allowlists, allowlistOf(digests)] };
  });
}
