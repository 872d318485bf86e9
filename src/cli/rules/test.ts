import { basename } from "node:path";
import { compileRules, type RuleCost } from "../../engine/compile/compile-rules.ts";
import { MOST_STEPS } from "../../engine/compile/work.ts";
import { parseRegex } from "../../engine/regex/parse.ts";
import { sample, seededRandom } from "../../engine/regex/sample.ts";
import { fill } from "../../engine/rule-samples.ts";
import { compileRulebook, type Rulebook } from "../../engine/rulebook.ts";
import { scan } from "../../engine/scan.ts";
import { withExamples } from "../../config/built.ts";
import { quickTraining } from "../../config/engine-files.ts";
import { readNamed } from "../../disk/named-file.ts";
import { MOST_CONFIGURATION_BYTES } from "../../disk/regular-file.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Rule } from "../../model/rule.ts";
import type { Run } from "../usage/command.ts";
import { builtInRules } from "../configuration.ts";
import { counted } from "../terminal/look.ts";
import { eventsPerMegabyte } from "./events.ts";

/** Tokens that are made up for a rule without examples. */
const SAMPLES = 5;

async function rulesOf(path: string | undefined, env: Readonly<Record<string, string | undefined>>) {
  if (path === undefined) return await builtInRules(env);
  const text = readNamed(path, { by: "patrol rules test", mostBytes: MOST_CONFIGURATION_BYTES }).toString("utf8");
  if (/\.ya?ml$/.test(path)) {
    const [{ parseYaml }, { parseRuleFile }] = await Promise.all([
      import("../../config/yaml.ts"),
      import("../../config/rule-file.ts"),
    ]);
    let content: unknown;
    try {
      content = parseYaml(text);
    } catch (error) {
      throw new PatrolError("rule-invalid", `${path}: not YAML: ${error instanceof Error ? error.message : ""}`);
    }
    return parseRuleFile(basename(path).replace(/\.ya?ml$/, ""), content);
  }
  if (!path.endsWith(".toml"))
    throw new PatrolError("usage-invalid", `${path}: rules come as .yaml (ours) or .toml (gitleaks')`);
  const { parseGitleaksToml } = await import("../../config/gitleaks-toml.ts");
  const base = /\buseDefault\b/.test(text) ? await builtInRules(env) : [];
  return parseGitleaksToml(text, { path, builtIn: () => base }).rules;
}

const secretsIn = (text: string, rule: Rule, rulebook: Rulebook) =>
  scan({ bytes: Buffer.from(text, "latin1"), provenance: { kind: "text", path: "example.txt" } }, rulebook)
    .filter((candidate) => candidate.rule.id === rule.id)
    .map(({ secret }) => secret.reveal());

/** What a rule did with its own examples: a line for people, and what went wrong. Shows templates, never tokens. */
function tried(rule: Rule, rulebook: Rulebook): { says: string; faults: string[] } {
  const faults: string[] = [];
  rule.examples.forEach((example, index) => {
    const { text, token } = fill(rule, example, index);
    if (!secretsIn(text, rule, rulebook).includes(token))
      faults.push(`does not find its example ${JSON.stringify(example)}`);
  });
  rule.counterExamples.forEach((example, index) => {
    if (secretsIn(fill(rule, example, index).text, rule, rulebook).length > 0)
      faults.push(`finds its counter-example ${JSON.stringify(example)}`);
  });
  if (rule.examples.length > 0)
    return { says: `${rule.examples.length} examples, ${rule.counterExamples.length} counter-examples`, faults };
  if (rule.pattern === "") return { says: "decides by path, no examples", faults };
  if (rule.skipReport === true || (rule.required ?? []).length > 0)
    return { says: "counts beside other rules, no examples", faults };
  const found = samplesFound(rule);
  if (found === 0) faults.push("finds none of the texts made up from its own pattern");
  return { says: `no examples; finds ${found} of ${SAMPLES} texts made up from its pattern`, faults };
}

/** Of texts made up from the pattern, how many the rule finds. A path that it wants does not count here. */
function samplesFound(rule: Rule): number {
  const alone = compileRulebook([{ ...rule, path: undefined }]);
  const node = parseRegex(rule.pattern, rule.id);
  const keywords = rule.keywords.slice(0, 1).join("");
  let found = 0;
  for (let seed = 0; seed < SAMPLES; seed++)
    if (secretsIn(`${keywords}\n ${sample(node, seededRandom(seed))} \n`, rule, alone).length > 0) found++;
  return found;
}

/** Two digits: rules that accept once in a hundred megabytes are not worth telling apart. */
const rounded = (events: number) => Number(events.toFixed(events < 10 ? 2 : 0));

const GIVEN_UP = "a text made for it may have it given up";

/** The most that a text can make of a rule: worked out from its automata, while stops and events are counted in real text. */
function worstOf({ work }: RuleCost): string {
  if (work.steps === Infinity) return `has no bound: ${GIVEN_UP}`;
  if (work.steps > MOST_STEPS) return `may read a byte more than ${MOST_STEPS} times: ${GIVEN_UP}`;
  const times = Math.ceil(work.steps);
  return `reads a byte at most ${times === 1 ? "once" : `${times} times`}`;
}

function costOf(cost: RuleCost | undefined, events: number | undefined): string {
  if (cost === undefined) return "cost unknown: the fast matcher cannot look for it";
  const stops = `stops ${cost.candidatesPerMegabyte} times a megabyte`;
  const accepts = events === undefined ? [] : [`${rounded(events)} events a megabyte`];
  const far = cost.far ? ["reaches far: scans whole files"] : [];
  return [stops, ...accepts, `${cost.states} states`, worstOf(cost), ...far].join(", ");
}

/** `patrol rules test [FILE]`. Exit code 1 when a rule does not do what its examples say. */
export const testRules: Run = async (args, terminal) => {
  const rules = withExamples(await rulesOf(args.positionals[1], terminal.env));
  const wanted = new Set(args.list("enable-rule"));
  const rulebook = compileRulebook(rules);
  const chosen = wanted.size === 0 ? rules : rules.filter(({ id }) => wanted.has(id));
  if (chosen.length === 0) throw new PatrolError("usage-invalid", "none of these rules is asked for by --enable-rule");
  const compiled = compileRules(chosen, quickTraining(), { options: 6, passes: 0, upheavals: 0 });
  const costById = new Map(compiled.costs().map((cost) => [cost.id, cost]));
  const events = eventsPerMegabyte(chosen, compiled, args.text("sample"));
  let broken = 0;
  const lines: string[] = [];
  for (const [index, rule] of chosen.entries()) {
    let outcome: ReturnType<typeof tried>;
    try {
      outcome = tried(rule, rulebook);
    } catch (error) {
      outcome = { says: "", faults: [error instanceof Error ? error.message : String(error)] };
    }
    if (outcome.faults.length > 0) broken++;
    lines.push(
      `${outcome.faults.length > 0 ? "broken" : "ok    "}  ${rule.id}: ${[outcome.says, rule.pattern && costOf(costById.get(rule.id), events?.[index])].filter(Boolean).join("; ")}\n`,
      ...outcome.faults.map((fault) => `          ${fault}\n`),
    );
  }
  const slow = compiled.refused.map((error) => `note: ${error.message}\n`).join("");
  const stderr = `${slow}${counted(chosen.length, "rule")}, ${broken === 0 ? "all hold" : `${broken} broken`}\n`;
  return { exitStatus: broken > 0 ? 1 : 0, stdout: lines.join(""), stderr };
};
