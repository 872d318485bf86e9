import { emptySet, isSubset, rangeSet, union, complement, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import { buildNfa, type Nfa } from "./nfa.ts";
import type { Sequence } from "./sequences.ts";

/**
 * Bytes behind an anchor within which every byte of a match is looked at without more ado: the first of these that will do
 * for a rule. Scans of small parts cost the more the larger it is.
 */
const NEAR_BYTES = [32, 96] as const;

/** The same before a fingerprint: so many bytes of a match may be anything. */
export const LEAD_BYTES = 16;

/** Bytes that make up a token: anything printable but blanks, quotes and brackets that end one. */
const TOKEN_BYTES = complement(
  union(rangeSet([0, 32], [34, 34], [39, 39], [59, 60], [62, 62], [96, 96]), rangeSet([127, 255])),
);

/**
 * How far a match can reach behind its anchor, which decides how much of the text before a changed place must be seen
 * again. `tail` holds the bytes that a match can have beyond `near` bytes, its very last one apart: going back along
 * them finds the anchor. `far`: the tail is nearly anything (lines of a key), so that only the whole object will do.
 */
export type Reach = { readonly kind: "tail"; readonly tail: ByteSet; readonly near: number } | { readonly kind: "far" };

export function reachOf(pattern: Node, sequences: readonly Sequence[]): Reach {
  const suffixes = sequences.every(({ before }) => before.min === before.max)
    ? [pattern]
    : sequences.map(({ suffix }) => suffix);
  for (const near of NEAR_BYTES) {
    let tail = emptySet();
    for (const suffix of suffixes) {
      if (lengthOf(suffix).max <= near) continue;
      const nfa = buildNfa(suffix);
      if (nfa === undefined) return { kind: "far" };
      tail = union(tail, bytesBeyond(nfa, near));
    }
    if (isSubset(tail, TOKEN_BYTES)) return { kind: "tail", tail, near };
  }
  return { kind: "far" };
}

/**
 * The bytes that a match can have beyond its first `LEAD_BYTES`, its very last one apart: going on along them, one gets from
 * the beginning of a match to its fingerprint. Undefined: they are nearly anything.
 */
export function leadBytesOf(pattern: Node): ByteSet | undefined {
  const nfa = buildNfa(pattern);
  if (nfa === undefined) return undefined;
  const bytes = bytesBeyond(nfa, LEAD_BYTES);
  return isSubset(bytes, TOKEN_BYTES) ? bytes : undefined;
}

/** The bytes that a match can have beyond its first `near`, its very last one apart. */
function bytesBeyond(nfa: Nfa, near: number): ByteSet {
  let frontier = byteSteps(nfa, [nfa.start]);
  for (let depth = 0; depth < near && frontier.size > 0; depth++) {
    frontier = byteSteps(
      nfa,
      [...frontier].map((step) => nextOf(nfa, step)),
    );
  }
  const reached = new Set(frontier);
  for (const step of reached) for (const next of byteSteps(nfa, [nextOf(nfa, step)])) reached.add(next);
  let tail = emptySet();
  for (const at of reached) {
    const step = nfa.steps[at]!;
    const isLast = byteSteps(nfa, [nextOf(nfa, at)]).size === 0;
    if (step.kind === "byte" && !isLast) tail = union(tail, step.set);
  }
  return tail;
}

function nextOf(nfa: Nfa, at: number): number {
  const step = nfa.steps[at]!;
  return step.kind === "byte" ? step.next : at;
}

/** The byte steps reached from `from` without a byte; assertions are taken to hold. */
function byteSteps(nfa: Nfa, from: readonly number[]): Set<number> {
  const found = new Set<number>();
  const seen = new Set<number>();
  const stack = [...from];
  while (stack.length > 0) {
    const at = stack.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    const step = nfa.steps[at]!;
    if (step.kind === "byte") found.add(at);
    if (step.kind === "split") stack.push(...step.next);
    if (step.kind === "assertion") stack.push(step.next);
  }
  return found;
}
