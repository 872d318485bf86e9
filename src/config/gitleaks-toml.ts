import { dirname, resolve } from "node:path";
import { parse } from "smol-toml";
import { isLimit, MOST_CONFIGURATION_BYTES, readRegular } from "../disk/regular-file.ts";
import { PatrolError } from "../model/errors.ts";
import type { Allowlist, Rule } from "../model/rule.ts";
import { extendedPath, type Extended } from "./extended.ts";
import { withKnownKeys } from "./gitleaks-keys.ts";
import { gitleaksConfig, type GitleaksAllowlist, type GitleaksConfig, type GitleaksRule } from "./gitleaks-schema.ts";

/** More rules take a minute to compile, and no issuer's tokens need them: gitleaks has some two hundred. */
const MOST_RULES = 5000;
/** Paths and regexes of all allowlists together: each is held against each secret that is found. */
const MOST_ALLOWED = 5000;

/** gitleaks follows `extend` this far and no further. */
const MOST_EXTENDS = 2;

/** The version of gitleaks whose configuration this reads; a newer `minVersion` is told as a warning. */
const COMPATIBLE_WITH = [8, 30, 1] as const;

export interface GitleaksRules {
  readonly rules: Rule[];
  /** Sentences for people; the rules can be used all the same. */
  readonly warnings: string[];
  /** The files that `[extend]` names, the one that the text itself names first: the text alone does not say what the rules are. */
  readonly extended: readonly Extended[];
}

const fail = (where: string, what: string) => new PatrolError("rule-invalid", `${where}: ${what}`);

function conditionOf(given: string | undefined, where: string): Allowlist["condition"] {
  const condition = (given ?? "OR").toUpperCase();
  if (["OR", "||", ""].includes(condition)) return "or";
  if (["AND", "&&"].includes(condition)) return "and";
  throw fail(where, `condition is ${given}, it must be AND or OR`);
}

function targetOf(given: string | undefined, where: string): Allowlist["target"] {
  if (given === undefined || given === "" || given === "secret") return "secret";
  if (given === "match" || given === "line") return given;
  throw fail(where, `regexTarget is ${given}, it must be secret, match or line`);
}

function toAllowlist(given: GitleaksAllowlist, where: string): Allowlist {
  const parts = [given.commits, given.paths, given.regexes, given.stopwords];
  if (parts.every((part) => part.length === 0)) {
    throw fail(where, "an allowlist needs commits, paths, regexes or stopwords");
  }
  return {
    description: given.description,
    condition: conditionOf(given.condition, where),
    paths: given.paths,
    commits: given.commits.map((commit) => commit.trim()),
    target: targetOf(given.regexTarget, where),
    regexes: given.regexes,
    stopWords: given.stopwords.map((word) => word.toLowerCase()),
  };
}

/** `allowlist` is the older spelling of `allowlists` with one entry. */
function allowlistsOf(
  holder: { allowlist?: GitleaksAllowlist; allowlists?: GitleaksAllowlist[] },
  where: string,
): GitleaksAllowlist[] {
  if (holder.allowlist !== undefined && holder.allowlists !== undefined) {
    throw fail(where, "there is [allowlist] and [[allowlists]]; keep the second");
  }
  return holder.allowlists ?? (holder.allowlist === undefined ? [] : [holder.allowlist]);
}

function toRule(given: GitleaksRule, where: string): Rule {
  if (given.regex === undefined && given.path === undefined) throw fail(where, "a rule needs a regex or a path");
  return {
    id: given.id,
    name: given.description ?? given.id,
    issuer: "custom",
    pattern: given.regex ?? "",
    secretGroup: given.secretGroup ?? 0,
    keywords: given.keywords.map((keyword) => keyword.toLowerCase()),
    entropy: given.entropy,
    path: given.path,
    allowlists: allowlistsOf(given, where).map((allowlist) => toAllowlist(allowlist, where)),
    // Whoever meets a list takes the rule for one that others decide about.
    required: given.required.length > 0 ? given.required : undefined,
    skipReport: given.skipReport,
    tags: given.tags,
    references: [],
    examples: [],
    counterExamples: [],
  };
}

/** What a rule of the same id adds to the one it extends: what it names replaces, lists grow. */
function extendRule(base: Rule, given: GitleaksRule, where: string): Rule {
  const allowlists = allowlistsOf(given, where).map((allowlist) => toAllowlist(allowlist, where));
  const isOther = given.regex !== undefined && given.regex !== base.pattern;
  return {
    ...base,
    name: given.description ?? base.name,
    pattern: given.regex ?? base.pattern,
    // Another pattern finds other tokens: the old one's checksum says nothing of them.
    checksum: isOther ? undefined : base.checksum,
    secretGroup: given.secretGroup ?? (isOther ? 0 : base.secretGroup),
    entropy: given.entropy ?? base.entropy,
    path: given.path ?? base.path,
    keywords: [...base.keywords, ...given.keywords.map((keyword) => keyword.toLowerCase())],
    tags: [...base.tags, ...given.tags],
    required: given.required.length > 0 ? given.required : base.required,
    skipReport: given.skipReport ?? base.skipReport,
    allowlists: [...base.allowlists, ...allowlists],
  };
}

const tooMany = (where: string, what: string, count: number, most: number) =>
  new PatrolError(
    "limit-exceeded",
    `${where}: it has ${count} ${what}, more than ${most}; take out what is not needed`,
  );

/** Throws `limit-exceeded` where compiling the rules, or holding findings against allowlists, would have no end. */
function checkCounts({ rules, allowlists }: Pick<Collected, "rules" | "allowlists">, where: string): void {
  if (rules.size > MOST_RULES) throw tooMany(where, "rules", rules.size, MOST_RULES);
  const lists = new Set<{ readonly paths: readonly string[]; readonly regexes: readonly string[] }>();
  for (const rule of rules.values()) for (const list of rule.allowlists) lists.add(list);
  for (const { given } of allowlists) lists.add(given);
  const allowed = [...lists].reduce((sum, { paths, regexes }) => sum + paths.length + regexes.length, 0);
  if (allowed > MOST_ALLOWED) throw tooMany(where, "paths and regexes in allowlists", allowed, MOST_ALLOWED);
}

/** With the keys that mean nothing to gitleaks. */
function parseConfig(text: string, where: string): { config: GitleaksConfig; strange: string[] } {
  // From a variable, a pipe, or what is staged.
  if (text.length > MOST_CONFIGURATION_BYTES) throw tooMany(where, "characters", text.length, MOST_CONFIGURATION_BYTES);
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    // What comes behind the first line of it are lines of the file, in which an allowlist may name secrets.
    const [why = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
    const { line, column } = error as { readonly line?: number; readonly column?: number };
    throw fail(where, `not TOML: ${line === undefined ? "" : `line ${line}, column ${column}: `}${why}`);
  }
  const strange = new Set<string>();
  const known = withKnownKeys(content, (key) => strange.add(key));
  const parsed = gitleaksConfig.safeParse(known);
  if (parsed.success) return { config: parsed.data, strange: [...strange] };
  const [fault] = parsed.error.issues;
  const [list, index, ...field] = fault?.path ?? [];
  const id = list === "rules" ? (known as { rules?: { id?: unknown }[] }).rules?.[Number(index)]?.id : undefined;
  const place = typeof id === "string" ? `rule ${shown(id)}, ${field.join(".")}` : (fault?.path.join(".") ?? "");
  throw fail(where, `${place}: ${fault?.message ?? "not a configuration of gitleaks"}`);
}

const MOST_SHOWN = 100;

const shown = (text: string) => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);

function isNewer(minVersion: string): boolean {
  const wanted = minVersion.replace(/^v/, "").split(".").map(Number);
  for (const [i, ours] of COMPATIBLE_WITH.entries()) {
    if ((wanted[i] ?? 0) !== ours) return (wanted[i] ?? 0) > ours;
  }
  return false;
}

/** Rules by id, the allowlists that hold for all or some of them, and what to tell. */
interface Collected {
  readonly rules: Map<string, Rule>;
  readonly allowlists: { readonly given: GitleaksAllowlist; readonly where: string }[];
  readonly warnings: string[];
  readonly extended: Extended[];
}

function readConfig(path: string, by: string): string {
  try {
    // Whoever wrote the configuration chose the path: nobody waits for a pipe.
    return readRegular(path, true, MOST_CONFIGURATION_BYTES).toString("utf8");
  } catch (error) {
    if (isLimit(error)) throw error;
    throw new PatrolError("source-unreadable", `cannot read the configuration ${path}${by}`, { cause: error });
  }
}

function collect(
  text: string,
  where: string,
  folder: string,
  options: Pick<GitleaksOptions, "builtIn" | "instead">,
  depth: number,
): Collected {
  const { config, strange } = parseConfig(text, where);
  const collected: Collected = { rules: new Map(), allowlists: [], warnings: [], extended: [] };
  if (strange.length > 0) {
    collected.warnings.push(`${where}: gitleaks knows no ${shown(strange.join(", "))}; what it says is left out`);
  }
  const { extend } = config;
  if (extend?.useDefault === true && extend.path !== undefined) {
    throw fail(where, "[extend] names a path and useDefault; choose one");
  }
  if (extend?.useDefault === true) for (const rule of options.builtIn()) collected.rules.set(rule.id, rule);
  if (extend?.path !== undefined) {
    if (depth === MOST_EXTENDS) {
      collected.warnings.push(`${where}: [extend] is followed ${MOST_EXTENDS} times only; ${extend.path} is left out`);
    } else {
      const path = extendedPath(extend.path, folder);
      const content = options.instead?.(path) ?? readConfig(path, `, which ${where} extends`);
      const base = collect(content, path, dirname(path), options, depth + 1);
      collected.extended.push({ named: extend.path, path, content }, ...base.extended);
      for (const rule of base.rules.values()) collected.rules.set(rule.id, rule);
      collected.allowlists.push(...base.allowlists);
      collected.warnings.push(...base.warnings);
    }
  }
  for (const id of extend?.disabledRules ?? []) {
    if (!collected.rules.delete(id)) collected.warnings.push(`${where}: disabledRules names ${id}, which is no rule`);
  }
  const extended = new Map(collected.rules);
  const own = new Set<string>();
  for (const rule of config.rules) {
    const place = `${where}, rule ${rule.id}`;
    if (own.has(rule.id))
      collected.warnings.push(`${place}: it stands there twice; the last one counts, as in gitleaks`);
    own.add(rule.id);
    const base = extended.get(rule.id);
    collected.rules.set(rule.id, base === undefined ? toRule(rule, place) : extendRule(base, rule, place));
  }
  collected.allowlists.push(...allowlistsOf(config, where).map((given) => ({ given, where: `${where}, allowlist` })));
  if (config.minVersion !== undefined && isNewer(config.minVersion)) {
    collected.warnings.push(
      `${where}: it asks for gitleaks ${config.minVersion}; what is newer than 8.30 is not known here`,
    );
  }
  return collected;
}

export interface GitleaksOptions {
  /** Stands in messages; also says where a relative `extend.path` begins. */
  readonly path: string;
  /** What `useDefault` brings in. */
  readonly builtIn: () => readonly Rule[];
  /** What counts instead of the file at a path that `extend.path` names, if anything does. */
  readonly instead?: (path: string) => string | undefined;
}

/**
 * The rules of a gitleaks configuration (TOML, as gitleaks v8 reads it). Reads the files that `[extend]` names. Throws
 * `rule-invalid`, naming file, rule and field, and `source-unreadable`. Patterns are checked by `compileRulebook`.
 */
export function parseGitleaksToml(text: string, options: GitleaksOptions): GitleaksRules {
  const { rules, allowlists, warnings, extended } = collect(
    text,
    options.path,
    dirname(resolve(options.path)),
    options,
    0,
  );
  checkCounts({ rules, allowlists }, options.path);
  for (const { given, where } of allowlists) {
    const allowlist = toAllowlist(given, where);
    for (const id of given.targetRules) {
      if (!rules.has(id)) throw fail(where, `targetRules names ${id}, which is no rule`);
    }
    for (const rule of rules.values()) {
      if (given.targetRules.length > 0 && !given.targetRules.includes(rule.id)) continue;
      rules.set(rule.id, { ...rule, allowlists: [...rule.allowlists, allowlist] });
    }
  }
  if (rules.size === 0)
    throw fail(
      options.path,
      "it holds no rule, so that nothing could be found; for the built-in rules write useDefault = true below [extend]",
    );
  return { rules: withHelpers([...rules.values()]), warnings, extended };
}

/**
 * Keywords keep a rule from being reported, not from helping: gitleaks looks for what a rule requires without asking for
 * the keywords of what is required. A rule that does both gets a twin that only helps.
 */
function withHelpers(rules: readonly Rule[]): Rule[] {
  const isRequired = new Set(rules.flatMap(({ required = [] }) => required.map(({ id }) => id)));
  const asks = (rule: Rule) => isRequired.has(rule.id) && rule.keywords.length > 0;
  const twins = rules.filter((rule) => asks(rule) && rule.skipReport !== true);
  const twinOf = new Map(twins.map(({ id }) => [id, `${id} (helper)`]));
  return [
    ...rules.map((rule) => ({
      ...rule,
      ...(rule.skipReport === true && asks(rule) && { keywords: [] }),
      ...(rule.required && { required: rule.required.map((one) => ({ ...one, id: twinOf.get(one.id) ?? one.id })) }),
    })),
    ...twins.map(({ required: _required, ...rule }) => ({
      ...rule,
      id: twinOf.get(rule.id) ?? rule.id,
      keywords: [],
      skipReport: true,
    })),
  ];
}
