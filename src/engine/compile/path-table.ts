import type { PathTable } from "../core/path-look.ts";
import { ALL_BYTES } from "../regex/byte-set.ts";
import { parseRegex } from "../regex/parse.ts";
import { buildAutomaton } from "./automaton.ts";

const MOST_STATES = 2000;

/** Printable ASCII that names no other characters by number or by kind: of those the case is folded otherwise elsewhere. */
const isPlain = (pattern: string) => /^[ -~]*$/.test(pattern) && !/\\[xpP0-7]/.test(pattern);

/** Undefined when some pattern cannot be read, or all of them together need too large a table. */
export function compilePaths(patterns: readonly string[]): PathTable | undefined {
  if (!patterns.every(isPlain)) return undefined;
  const anything = {
    kind: "repeat",
    node: { kind: "set", set: ALL_BYTES },
    min: 0,
    max: Infinity,
    lazy: false,
  } as const;
  const any = { kind: "choice", nodes: patterns.map((pattern) => parseRegex(pattern)) } as const;
  const automaton = buildAutomaton({ kind: "sequence", nodes: [anything, any] }, MOST_STATES, true);
  if (automaton === undefined) return undefined;
  const { classes, classCount, transitions, starts } = automaton;
  return {
    classes: Buffer.from(classes).toString("base64"),
    classCount,
    transitions: Buffer.from(transitions.buffer, transitions.byteOffset, transitions.byteLength).toString("base64"),
    start: starts[0],
  };
}
