/** The plain matcher: every rule whose keyword occurs is run over the whole text. Slow, exact, the others' reference. */
import type { Rule } from "../model/rule.ts";
import { compileRe2, type Re2 } from "./re2.ts";
import type { Rulebook } from "./rulebook.ts";

/** What a pattern found: byte offsets into the text. The secret lies inside the match. */
export interface Match {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
  readonly secretStart: number;
  readonly secretEnd: number;
}

interface Compiled {
  readonly rule: Rule;
  readonly pattern: Re2;
  /** 0 when the pattern has no group. */
  readonly group: number;
}

const compiled = new WeakMap<Rulebook, readonly Compiled[]>();

export function compilePlain(rulebook: Rulebook): readonly Compiled[] {
  const known = compiled.get(rulebook);
  if (known !== undefined) return known;
  const fresh = rulebook.rules
    .filter((rule) => rule.pattern !== "")
    .map((rule) => {
      const pattern = compileRe2(rule.pattern, `rule ${rule.id}, pattern`);
      return { rule, pattern, group: rule.secretGroup > 0 ? rule.secretGroup : Math.min(1, pattern.groupCount()) };
    });
  compiled.set(rulebook, fresh);
  return fresh;
}

/** All matches of all rules: leftmost-first, those of one rule not overlapping. `text` is latin1. */
export function matchPlain(text: string, rulebook: Rulebook): Match[] {
  const found: Match[] = [];
  const folded = text.toLowerCase();
  for (const { rule, pattern, group } of compilePlain(rulebook)) {
    if (rule.keywords.length > 0 && !rule.keywords.some((keyword) => folded.includes(keyword))) continue;
    const matcher = pattern.matcher(text);
    while (matcher.find()) {
      const [start, end] = [matcher.start(0), matcher.end(0)];
      const secretStart = matcher.start(group);
      // A group that took no part leaves the whole match as the secret.
      const [from, to] = secretStart < 0 ? [start, end] : [secretStart, matcher.end(group)];
      if (to > from) found.push({ rule, start, end, secretStart: from, secretEnd: to });
    }
  }
  return found;
}
