import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkedRulebook, compileRulebook, type Rulebook } from "../engine/rulebook.ts";
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { built, shippedJson, shippedRules } from "./built.ts";
import { withEngine } from "./engine.ts";
import { packageRoot } from "./package-root.ts";
import { parsePublished, withPublished } from "./published.ts";
import { parseRuleFile } from "./rule-file.ts";

const DEFAULT_TOKEN_PREFIX = "patrol_";

/** As `PATROL_TOKEN_PREFIX` may be: it ends in `_`, so that a double click selects the whole token. */
const TOKEN_PREFIX = /^[A-Za-z][A-Za-z0-9_]{1,30}_$/;

/** Fills the prefix of the tokens that the built-in store mints into what rules/patrol.yaml says. */
function patrolRule(template: string, prefix: string): string {
  if (!TOKEN_PREFIX.test(prefix)) {
    throw new PatrolError(
      "setting-invalid",
      `PATROL_TOKEN_PREFIX is ${prefix}: it must be 3 to 32 letters, digits and _, begin with a letter and end in _`,
    );
  }
  return template.replaceAll("{{prefix}}", prefix).replaceAll("{{keyword}}", prefix.toLowerCase());
}

/** The rules of `rules/`, by file and then as they stand in it. Reads files; throws `rule-invalid`, `setting-invalid`. */
export function builtInRules(tokenPrefix = DEFAULT_TOKEN_PREFIX): Rule[] {
  const folder = join(packageRoot(), "rules");
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const rules = files.sort().flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const content: unknown = parse(name === "patrol.yaml" ? patrolRule(text, tokenPrefix) : text);
    return parseRuleFile(name.slice(0, -".yaml".length), content);
  });
  return withPublished(rules, parsePublished(readFileSync(join(folder, "published.txt"), "utf8")));
}

/** The shipped rules with another prefix of the built-in store's tokens, for who has no `rules/`. */
export function withTokenPrefix(shipped: readonly Rule[], prefix: string): Rule[] {
  const own = parseRuleFile("patrol", parse(patrolRule(Buffer.from(built("patrol.yaml")).toString("utf8"), prefix)));
  return shipped.map((rule) => own.find(({ id }) => id === rule.id) ?? rule);
}

/** The same as the build left them beside the bundle: reading YAML would take half of the time that the service starts in. */
function rulesBeside(tokenPrefix: string): Rule[] | undefined {
  const file = new URL("./rules.jsonl", import.meta.url);
  if (tokenPrefix !== DEFAULT_TOKEN_PREFIX || !existsSync(file)) return undefined;
  return shippedRules(readFileSync(file));
}

/** What the build leaves of the rules, for `shippedRules`. */
export const rulesToShip = (rules: readonly Rule[], stamp: string) =>
  shippedJson(rules, { stamp, hash: checkedRulebook(rules).hash });

const books = new Map<string, Rulebook>();

/** What the engine keeps of its memory between pushes: one with large files may take far more. */
const KEPT_BYTES = 64 << 20;

/** The built-in rules, compiled once a process and prefix. */
export function builtInRulebook(tokenPrefix = DEFAULT_TOKEN_PREFIX): Rulebook {
  const known = books.get(tokenPrefix);
  if (known !== undefined) return known;
  // What the build left was checked then; checking compiles every pattern.
  const shipped = rulesBeside(tokenPrefix);
  const rulebook = shipped ? checkedRulebook(shipped) : compileRulebook(builtInRules(tokenPrefix));
  const fresh = withEngine(rulebook, { keepsBytes: KEPT_BYTES });
  books.set(tokenPrefix, fresh);
  return fresh;
}
