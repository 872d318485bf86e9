import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { built, isStandalone, shippedRulebook, shippedRules, withExamples } from "../config/built.ts";
import { withEngine } from "../config/engine.ts";
import type { Extended } from "../config/extended.ts";
import { keepFile } from "../config/keep-file.ts";
import { numberAllowlists, withAllowlists, type Numbered } from "../config/numbered-rules.ts";
import { readCached } from "../config/rules-cache.ts";
import { readNamed } from "../disk/named-file.ts";
import { MOST_CONFIGURATION_BYTES } from "../disk/regular-file.ts";
import { checkedRulebook, compileRulebook, type Rulebook } from "../engine/rulebook.ts";
import { BUILD } from "../model/build.ts";
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { nearest } from "./usage/arguments.ts";
import { ownConfiguration, stagedBelow, type StagedAt } from "./own-files.ts";
import { packageVersion } from "./version.ts";

/** A configuration that was found, and who chose it. */
interface Found {
  readonly content: string;
  /** For messages; a path, or the variable's name. */
  readonly name: string;
  /** Where `extend.path` starts from; undefined for a configuration that is no file. */
  readonly path?: string;
  /** True when it lies in what is scanned, where the author of a leak may have put it. */
  readonly isFromTarget: boolean;
  /** True when it was read as the next commit has it. */
  readonly isStaged?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A person may name a pipe, unlike what lies in what is scanned. */
const read = (path: string, by: string) =>
  readNamed(path, { by, mostBytes: MOST_CONFIGURATION_BYTES }).toString("utf8");

/** `--config`, then PATROL_CONFIG and PATROL_CONFIG_TOML, betterleaks' two, gitleaks' two, then a file in what is scanned: as it is staged, if it is. */
function findConfiguration(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  target: string | undefined,
  staged: StagedAt | undefined,
): Found | undefined {
  if (flag !== undefined) return { content: read(flag, "--config"), name: flag, path: flag, isFromTarget: false };
  for (const tool of ["PATROL", "BETTERLEAKS", "GITLEAKS"]) {
    const path = env[`${tool}_CONFIG`];
    if (path) return { content: read(path, `${tool}_CONFIG`), name: path, path, isFromTarget: false };
    const content = env[`${tool}_CONFIG_TOML`];
    if (content) return { content, name: `${tool}_CONFIG_TOML`, isFromTarget: false };
  }
  const own = target === undefined ? undefined : ownConfiguration(target, staged);
  if (own === undefined) return undefined;
  const { path, bytes, isStaged } = own;
  return { content: bytes.toString("utf8"), name: path, path, isFromTarget: true, ...(isStaged && { isStaged }) };
}

/** Whether the built-in rules are those of the build: in a bundle, with the prefix that they were built with. */
const areShipped = (env: Environment) => !env["PATROL_TOKEN_PREFIX"] && typeof __dirname === "string";

/** The built-in rules: as the build left them, so that neither YAML nor its checker has to be loaded. */
export async function builtInRules(env: Readonly<Record<string, string | undefined>>): Promise<readonly Rule[]> {
  const prefix = env["PATROL_TOKEN_PREFIX"];
  const shipped = () => shippedRules(built("rules.jsonl"));
  if (areShipped(env)) return shipped();
  const { builtInRules: fromFiles, withTokenPrefix } = await import("../config/rulebook.ts");
  return prefix && isStandalone() ? withTokenPrefix(shipped(), prefix) : fromFiles(prefix || undefined);
}

/** Only the rules that were asked for; those they require serve them but report nothing themselves. */
function only(rules: readonly Rule[], ids: readonly string[]): Rule[] {
  const wanted = new Set(ids);
  for (const id of wanted) {
    if (rules.some((rule) => rule.id === id)) continue;
    const meant = nearest(
      id,
      rules.map((rule) => rule.id),
    );
    throw new PatrolError(
      "usage-invalid",
      `--enable-rule: there is no rule ${id}${meant ? `; did you mean ${meant}?` : ""}`,
    );
  }
  const helpers = new Set(
    rules.filter(({ id }) => wanted.has(id)).flatMap(({ required }) => (required ?? []).map(({ id }) => id)),
  );
  return rules.flatMap((rule) =>
    wanted.has(rule.id) ? [rule] : helpers.has(rule.id) ? [{ ...rule, skipReport: true }] : [],
  );
}

export interface Configuration {
  readonly rulebook: Rulebook;
  /** Rules that find nothing for this scan, and whose secrets no report may show all the same. */
  readonly hiding: readonly Rulebook[];
  /** Sentences for people about the configuration. */
  readonly warnings: readonly string[];
  /** Undefined: the built-in rules. */
  readonly found?: Found;
  /** What it extends by path. */
  readonly extended?: readonly Extended[];
}

/** The rules a scan goes by. `target`: the folder whose own configuration may count. */
export async function loadConfiguration(
  choice: { config?: string; enabled: readonly string[]; target?: string; staged?: StagedAt },
  env: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const found = findConfiguration(choice.config, env, choice.target, choice.staged);
  if (found && choice.enabled.length === 0) {
    const { rules, warnings, extended } = await keptOr(found, env, () => fromToml(found, env, choice));
    const hiding = await hidingRulebooks(rules, true, env);
    return { rulebook: withEngine(checkedRulebook(rules)), hiding, warnings, found, extended: extended ?? [] };
  }
  if (!found && choice.enabled.length === 0 && areShipped(env)) {
    const rulebook = withEngine(shippedRulebook(built("rules.jsonl")), { isBaked: true });
    return { rulebook, hiding: [], warnings: [] };
  }
  const { rules, warnings } = found
    ? await fromToml(found, env, choice)
    : { rules: await builtInRules(env), warnings: [] };
  const chosen = choice.enabled.length > 0 ? only(rules, choice.enabled) : rules;
  const rulebook = found || chosen !== rules ? compiled(chosen, found) : checkedRulebook(rules);
  const hiding = await hidingRulebooks(rules, found !== undefined, env, chosen !== rules);
  return { rulebook: withEngine(rulebook), hiding, warnings, ...(found && { found }) };
}

/**
 * The built-in rules where others are in use, and those of a configuration that report nothing: whatever they would find, a
 * report that shows a line or a name must not show it.
 */
async function hidingRulebooks(
  rules: readonly Rule[],
  isOwn: boolean,
  env: Environment,
  areSomeLeftOut = false,
): Promise<Rulebook[]> {
  const isBuiltIn = areShipped(env);
  const builtIn = [withEngine(checkedRulebook(await builtInRules(env)), { isBaked: isBuiltIn })];
  const areHelping = rules.some(({ required, skipReport }) => required !== undefined || skipReport === true);
  if (!isOwn || !(areHelping || areSomeLeftOut)) return builtIn;
  const reporting = rules.map(({ required: _required, skipReport: _skipReport, ...rule }) => rule);
  return [...builtIn, withEngine(checkedRulebook(reporting))];
}

/** Says in which file the rule stands that cannot be used. */
function compiled(rules: readonly Rule[], found: Found | undefined): Rulebook {
  try {
    return compileRulebook(rules);
  } catch (error) {
    if (!found || !(error instanceof PatrolError)) throw error;
    throw new PatrolError(error.code, `${found.name}: ${error.message}`, { cause: error });
  }
}

interface Read {
  readonly rules: readonly Rule[];
  readonly warnings: readonly string[];
  readonly extended?: readonly Extended[];
}

interface Kept extends Numbered {
  readonly warnings: readonly string[];
}

const keptText = ({ rules, warnings }: Read): string =>
  JSON.stringify({ ...numberAllowlists(withExamples(rules)), warnings } satisfies Kept);

const sizeAndTime = (path: string) => {
  const { size, mtimeMs } = statSync(path);
  return [size, mtimeMs];
};

/**
 * A configuration that was read and checked before, by its text, by the same build. Where other files have a say it is read
 * each time. From the source tree nothing is kept, as what reads it may change any time.
 */
async function keptOr(found: Found, env: Environment, read: () => Promise<Read>): Promise<Read> {
  const isKept = typeof __filename === "string" && !env["PATROL_TOKEN_PREFIX"];
  const stamp = () => JSON.stringify([packageVersion(), BUILD ?? sizeAndTime(__filename), found.name, found.content]);
  const name = isKept ? `${createHash("sha256").update(stamp()).digest("hex")}.json` : "";
  const kept = isKept ? readCached(name) : undefined;
  try {
    if (kept !== undefined) {
      const { warnings, ...numbered } = JSON.parse(kept.toString("utf8")) as Kept;
      return { warnings, rules: withAllowlists(numbered) as Rule[] };
    }
  } catch {
    // Damaged: it is made anew.
  }
  const fresh = await read();
  compiled(fresh.rules, found);
  if (isKept && !fresh.extended?.length) keepFile("rules", name, keptText(fresh));
  return fresh;
}

/** gitleaks' own format; its checker is loaded only when there is something to check. */
async function fromToml(
  found: Found,
  env: Readonly<Record<string, string | undefined>>,
  { target, staged }: { target?: string; staged?: StagedAt },
) {
  const { parseGitleaksToml } = await import("../config/gitleaks-toml.ts");
  const base = /\buseDefault\b/i.test(found.content) ? await builtInRules(env) : [];
  // A configuration from a variable lies nowhere: what it extends is looked for in the current folder.
  return parseGitleaksToml(found.content, {
    path: found.path ?? found.name,
    builtIn: () => base,
    ...(found.isStaged && { instead: (path) => stagedBelow(target ?? "", staged)(path)?.toString("utf8") }),
  });
}
