import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asksForEdges, knowEdges } from "../engine/regex/edges.ts";
import { checkedRulebook, ENGINE_VERSION, type Rulebook } from "../engine/rulebook.ts";
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { checkStamp, checkTail } from "../model/stamp.ts";
import { numberAllowlists, withAllowlists, type Numbered } from "./numbered-rules.ts";
import { packageRoot } from "./package-root.ts";

/** Gives a file that the build made, by its name in dist/. */
export type ReadBuilt = (name: string) => Uint8Array<ArrayBuffer>;

let carried: ReadBuilt | undefined;

/** For the standalone binary, which carries these files in itself. */
export function carryBuilt(read: ReadBuilt): void {
  carried = read;
}

export const isStandalone = () => carried !== undefined;

/** The rules and their image are made from the same. */
const RULES_STAMP = "rules.img";

/** Set in the first look's bundle, which lies in dist/ itself and need not look for the package's root. */
declare const IN_DIST: boolean | undefined;

export const distFile = (name: string) =>
  typeof IN_DIST === "undefined" ? join(packageRoot(), "dist", name) : `${__dirname}/${name}`;

/** Throws `source-unreadable` when the build did not make it, or another build did. */
export function built(name: string): Uint8Array<ArrayBuffer> {
  if (carried !== undefined) return carried(name);
  const path = distFile(name);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readFileSync(path) as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    throw new PatrolError("source-unreadable", `${path} is missing; run npm run build`, { cause });
  }
  checkTail(name, bytes, path);
  return bytes;
}

/** Without what few ask for. */
interface Shipped extends Numbered {
  readonly stamp: string;
  readonly engine: number;
  readonly hash: string;
  readonly asksForEdges: boolean;
}

type ExampleKey = "examples" | "counterExamples";
/** By the rule's id. */
type Examples = Readonly<Record<string, Pick<Rule, ExampleKey>>>;

/** In their place, until `withExamples` is asked. */
const NOT_READ: readonly string[] = Object.freeze([]);

/** The content of `rules.jsonl`, for the build: a line for every start, and one with the examples. */
export function shippedJson(rules: readonly Rule[], rest: Pick<Shipped, "stamp" | "hash">): string {
  const numbered = numberAllowlists(rules.map(({ examples: _, counterExamples: __, ...rule }) => rule));
  const shipped: Shipped = { ...rest, engine: ENGINE_VERSION, asksForEdges: asksForEdges(rules), ...numbered };
  const examples: Examples = Object.fromEntries(
    rules.map(({ id, examples, counterExamples }) => [id, { examples, counterExamples }]),
  );
  return `${JSON.stringify(shipped)}\n${JSON.stringify(examples)}\n`;
}

/** A line of `rules.jsonl`. */
function lineOf(json: Uint8Array, line: 0 | 1): string {
  // No copy, as every scan reads the first.
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  const end = bytes.indexOf(10);
  return line === 0 ? bytes.toString("utf8", 0, end) : bytes.toString("utf8", end + 1);
}

/** The rules with the examples of those that `shippedRules` gave, or that were made of them. */
export function withExamples(rules: readonly Rule[], json = () => built("rules.jsonl")): readonly Rule[] {
  if (!rules.some(({ examples }) => examples === NOT_READ)) return rules;
  const shipped = JSON.parse(lineOf(json(), 1)) as Examples;
  return rules.map((rule) => (rule.examples === NOT_READ ? { ...rule, ...shipped[rule.id] } : rule));
}

const leftByBuild = new WeakMap<readonly Rule[], Pick<Shipped, "hash" | "asksForEdges">>();

/** The built-in rules as the build left them in `rules.jsonl`, without their examples. */
export function shippedRules(json: Uint8Array): Rule[] {
  const { stamp, engine, hash, asksForEdges, ...numbered } = JSON.parse(lineOf(json, 0)) as Shipped;
  checkStamp(RULES_STAMP, stamp, "rules.jsonl");
  const rules = withAllowlists(numbered) as Rule[];
  for (const rule of rules) Object.assign(rule, { examples: NOT_READ, counterExamples: NOT_READ });
  if (engine === ENGINE_VERSION) leftByBuild.set(rules, { hash, asksForEdges });
  return rules;
}

/** A rulebook of the very rules that `shippedRules` gave, with what the build left of it: to find that takes longer than to read the rules. */
export function shippedRulebook(rules: readonly Rule[]): Rulebook {
  const left = leftByBuild.get(rules);
  const rulebook = checkedRulebook(rules, left?.hash);
  if (left !== undefined) knowEdges(rulebook.rules, left.asksForEdges);
  return rulebook;
}
