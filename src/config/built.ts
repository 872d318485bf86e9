import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asksForEdges, knowEdges } from "../engine/regex/edges.ts";
import { areSimple, checkedRulebook, ENGINE_VERSION, type Rulebook } from "../engine/rulebook.ts";
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
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = isMissing
      ? `${path} is missing; run npm run build`
      : `cannot read ${path}: ${(cause as Error).message}`;
    throw new PatrolError("source-unreadable", why, { cause });
  }
  checkTail(name, bytes, path);
  return bytes;
}

/** What a scan that finds nothing asks of the rules. */
interface Shipped {
  readonly stamp: string;
  readonly engine: number;
  readonly hash: string;
  readonly asksForEdges: boolean;
  readonly isSimple: boolean;
}

type ExampleKey = "examples" | "counterExamples";
/** By the rule's id. */
type Examples = Readonly<Record<string, Pick<Rule, ExampleKey>>>;

/** In their place, until `withExamples` is asked. */
const NOT_READ: readonly string[] = Object.freeze([]);

/** The content of `rules.jsonl`, for the build: a line for every start, one with the rules, and one with their examples. */
export function shippedJson(rules: readonly Rule[], rest: Pick<Shipped, "stamp" | "hash">): string {
  const numbered = numberAllowlists(rules.map(({ examples: _, counterExamples: __, ...rule }) => rule));
  const known = { asksForEdges: asksForEdges(rules), isSimple: areSimple(rules) };
  const shipped: Shipped = { ...rest, engine: ENGINE_VERSION, ...known };
  const examples: Examples = Object.fromEntries(
    rules.map(({ id, examples, counterExamples }) => [id, { examples, counterExamples }]),
  );
  return [shipped, numbered, examples].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** A line of `rules.jsonl`. */
function lineOf(json: Uint8Array, line: 0 | 1 | 2): unknown {
  // No copy, as every scan reads the first.
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  let start = 0;
  for (let before = 0; before < line; before++) start = bytes.indexOf(10, start) + 1;
  return JSON.parse(bytes.toString("utf8", start, bytes.indexOf(10, start)));
}

/** The rules with the examples of those that `shippedRules` gave, or that were made of them. */
export function withExamples(rules: readonly Rule[], json = () => built("rules.jsonl")): readonly Rule[] {
  if (!rules.some(({ examples }) => examples === NOT_READ)) return rules;
  const shipped = lineOf(json(), 2) as Examples;
  return rules.map((rule) => (rule.examples === NOT_READ ? { ...rule, ...shipped[rule.id] } : rule));
}

function known(json: Uint8Array): Shipped {
  const shipped = lineOf(json, 0) as Shipped;
  checkStamp(RULES_STAMP, shipped.stamp, "rules.jsonl");
  return shipped;
}

/** The built-in rules as the build left them in `rules.jsonl`, without their examples. */
export function shippedRules(json: Uint8Array): Rule[] {
  known(json);
  const rules = withAllowlists(lineOf(json, 1) as Numbered) as Rule[];
  for (const rule of rules) Object.assign(rule, { examples: NOT_READ, counterExamples: NOT_READ });
  return rules;
}

/** A rulebook of these rules, with what the build left of it. They are read when somebody asks for them: who finds nothing does not. */
export function shippedRulebook(json: Uint8Array): Rulebook {
  const { engine, hash, asksForEdges: answer, isSimple } = known(json);
  if (engine !== ENGINE_VERSION) return checkedRulebook(shippedRules(json));
  let rules: readonly Rule[] | undefined;
  const read = () => {
    const given = Object.freeze(shippedRules(json));
    knowEdges(given, answer);
    return given;
  };
  return Object.freeze({
    get rules() {
      return (rules ??= read());
    },
    hash,
    isSimple,
  });
}
