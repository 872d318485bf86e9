import { hasByte, setsKey, sizeOf, union, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import type { Automaton } from "./automaton.ts";
import { bytesIn, NEARLY_ANY } from "./gap.ts";
import { buildNfa, STEP, type Nfa } from "./nfa.ts";

/** Places behind the gap that are looked at. */
export const BEYOND_PLACES = 4;
/** A gap that holds no more bytes is read faster by the automaton. */
const LEAST_WIDTH = 32;
/** What is looked for behind a gap must not stand at a larger share of positions. */
const MOST_COST = 0.01;
const LINE_FEED = 10;

/**
 * What must stand behind a sequence and a wide gap of nearly any bytes: ` -u user:password` within some lines behind `curl`. An
 * automaton would read all bytes of the gap, one after another and again for every sequence that stands in it.
 */
export interface Beyond {
  /** The bytes that may stand first, second and so on behind the gap. */
  readonly sets: readonly ByteSet[];
  /** Must accept from there on. */
  readonly filter: Automaton;
  /** Bytes and line feeds that the gap holds at the most, one of them finite. */
  readonly mostBytes: number;
  readonly mostLines: number;
}

/** Beyonds that are looked for together at the most: the state of a pass has a word for each. */
const MOST_TOGETHER = 3;
/** Places that the look at a block of bytes goes by: what these do not tell, the others are asked about. */
const TELLING_PLACES = 2;

/** One pass over a text that looks beyond a gap for several rules, or for one. */
export interface Pass {
  /** Of what all of them look for: the bytes that may stand first, second and so on. */
  readonly sets: readonly ByteSet[];
  readonly filters: readonly Automaton[];
  readonly mostBytes: number;
  readonly mostLines: number;
}

/** A rule's part in a pass: which of the filters is its own. */
export interface InPass {
  readonly pass: Pass;
  readonly filter: number;
}

/**
 * Puts together what is looked for behind the same sequence, from the same place and within the same bounds, where that stops at no more
 * places than before: the first two sets are the same. `at` says where each one's gap begins.
 */
export function passesOf(
  beyonds: readonly { readonly beyond: Beyond | undefined; readonly at: number }[],
): (InPass | undefined)[] {
  const groups = new Map<string, { beyond: Beyond; index: number }[][]>();
  for (const [index, { beyond, at }] of beyonds.entries()) {
    if (beyond === undefined) continue;
    const { sets, mostBytes, mostLines } = beyond;
    const key = [at, mostBytes, mostLines, setsKey(sets.slice(0, TELLING_PLACES))].join();
    const alike = groups.get(key) ?? [];
    groups.set(key, alike);
    const last = alike.at(-1);
    if (last === undefined || last.length === MOST_TOGETHER) alike.push([{ beyond, index }]);
    else last.push({ beyond, index });
  }
  const found = beyonds.map((): InPass | undefined => undefined);
  for (const members of [...groups.values()].flat()) {
    const all = members.map(({ beyond }) => beyond);
    const places = Math.min(...all.map(({ sets }) => sets.length));
    const pass: Pass = {
      sets: Array.from({ length: places }, (_, place) => all.map(({ sets }) => sets[place]!).reduce(union)),
      filters: all.map(({ filter }) => filter),
      mostBytes: all[0]!.mostBytes,
      mostLines: all[0]!.mostLines,
    };
    members.forEach(({ index }, filter) => (found[index] = { pass, filter }));
  }
  return found;
}

/**
 * Looks for a wide gap in the nodes behind a sequence. `cost` is the share of positions at which sets stand in a row; `filterOf` makes
 * an automaton of what has to be accepted.
 */
export function beyondOf(
  rest: readonly Node[],
  cost: (sets: readonly ByteSet[]) => number,
  filterOf: (node: Node) => Automaton | undefined,
): Beyond | undefined {
  const parts = rest.flatMap(partsOf);
  const wide = parts.findIndex((part) => lengthOf(part).max >= LEAST_WIDTH && sizeOf(bytesIn(part)) >= NEARLY_ANY);
  if (wide < 0) return undefined;
  const gap: Node = { kind: "sequence", nodes: parts.slice(0, wide + 1) };
  const [mostBytes, mostLines] = [lengthOf(gap).max, lineFeedsIn(gap)];
  const tail: Node = { kind: "sequence", nodes: parts.slice(wide + 1) };
  if (mostBytes === Infinity && mostLines === Infinity) return undefined;
  const sets = firstBytes(tail);
  if (sets.length < 2 || cost(sets) > MOST_COST) return undefined;
  const filter = filterOf(tail);
  return filter && { sets, filter, mostBytes, mostLines };
}

function partsOf(node: Node): readonly Node[] {
  if (node.kind === "sequence") return node.nodes.flatMap(partsOf);
  return node.kind === "group" ? partsOf(node.node) : [node];
}

/** How many line feeds the node matches at the most. */
function lineFeedsIn(node: Node): number {
  switch (node.kind) {
    case "set":
      return hasByte(node.set, LINE_FEED) ? 1 : 0;
    case "assertion":
      return 0;
    case "group":
      return lineFeedsIn(node.node);
    case "sequence":
      return node.nodes.reduce((sum, part) => sum + lineFeedsIn(part), 0);
    case "choice":
      return Math.max(...node.nodes.map(lineFeedsIn));
    case "repeat": {
      const each = lineFeedsIn(node.node);
      return each === 0 ? 0 : each * node.max;
    }
  }
}

/** The bytes that may stand first, second and so on in what the node matches, as far as each match has them. */
function firstBytes(node: Node): ByteSet[] {
  const nfa = buildNfa(node);
  const found: ByteSet[] = [];
  let steps = nfa === undefined ? undefined : bytesAt(nfa, [nfa.start]);
  while (steps !== undefined && found.length < Math.min(BEYOND_PLACES, lengthOf(node).min)) {
    found.push([...new Set(steps.map((step) => nfa!.sets[nfa!.args[step]!]!))].reduce(union));
    steps = bytesAt(
      nfa!,
      steps.map((step) => nfa!.nexts[step]!),
    );
  }
  return found;
}

/** The byte steps that are reached without a byte, assertions taken to hold; undefined where nothing has to be read any more. */
function bytesAt({ kinds, args, nexts, branches }: Nfa, from: number[]): number[] | undefined {
  const seen = new Set<number>();
  const found: number[] = [];
  for (let at = from.pop(); at !== undefined; at = from.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (kinds[at] === STEP.match) return undefined;
    if (kinds[at] === STEP.byte) found.push(at);
    else if (kinds[at] === STEP.assertion) from.push(nexts[at]!);
    else for (let b = args[at]!; b < nexts[at]!; b++) from.push(branches[b]!);
  }
  return found;
}
