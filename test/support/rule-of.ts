import type { Rule } from "../../src/model/rule.ts";

/** A rule of this pattern that asks for nothing else. */
export const ruleOf = (pattern: string, more: Partial<Rule> = {}): Rule => ({
  id: "demo",
  name: "demo",
  issuer: "demo",
  pattern,
  secretGroup: 0,
  keywords: [],
  allowlists: [],
  tags: [],
  references: [],
  examples: [],
  counterExamples: [],
  ...more,
});
