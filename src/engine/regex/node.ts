import type { ByteSet } from "./byte-set.ts";

/** Places that consume no byte. Word means `\w` of RE2: ASCII only. */
export type Assertion = "text-start" | "text-end" | "line-start" | "line-end" | "word-boundary" | "not-word-boundary";

/** A pattern over bytes. Flags are resolved: `(?i)` has widened the sets, `(?s)` and `(?m)` have chosen sets and assertions. */
export type Node =
  /** `closes`: the byte must stand there, but the match ends before it; only at a pattern's end (closing.ts). */
  | { readonly kind: "set"; readonly set: ByteSet; readonly closes?: true }
  | { readonly kind: "sequence"; readonly nodes: readonly Node[] }
  /** Earlier branches are preferred, as in Perl. */
  | { readonly kind: "choice"; readonly nodes: readonly Node[] }
  /** `max` is `Infinity` where the pattern names none. */
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  /** A capturing group; `index` counts from 1 in the order of opening parentheses. */
  | { readonly kind: "group"; readonly node: Node; readonly index: number; readonly name?: string }
  | { readonly kind: "assertion"; readonly assertion: Assertion };

export const NOTHING: Node = { kind: "sequence", nodes: [] };

interface Length {
  readonly min: number;
  readonly max: number;
}

const ONE: Length = { min: 1, max: 1 };
const lengths = new WeakMap<Node, Length>();

/** The fewest and the most bytes that the node can match. */
export function lengthOf(node: Node): Length {
  if (node.kind === "set") return ONE;
  let length = lengths.get(node);
  if (length === undefined) lengths.set(node, (length = measure(node)));
  return length;
}

function measure(node: Node): Length {
  switch (node.kind) {
    case "set":
      return ONE;
    case "assertion":
      return { min: 0, max: 0 };
    case "group":
      return lengthOf(node.node);
    case "sequence": {
      const parts = node.nodes.map(lengthOf);
      return {
        min: parts.reduce((sum, part) => sum + part.min, 0),
        max: parts.reduce((sum, part) => sum + part.max, 0),
      };
    }
    case "choice": {
      const parts = node.nodes.map(lengthOf);
      return { min: Math.min(...parts.map((part) => part.min)), max: Math.max(...parts.map((part) => part.max)) };
    }
    case "repeat": {
      const { min, max } = lengthOf(node.node);
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max };
    }
  }
}

/**
 * Whether something that can match no byte is repeated. Matchers do not agree on what such a round of a repeat means; RE2
 * alone is asked then.
 */
export function repeatsNothing(node: Node): boolean {
  switch (node.kind) {
    case "set":
    case "assertion":
      return false;
    case "group":
      return repeatsNothing(node.node);
    case "repeat":
      return (node.max > 1 && lengthOf(node.node).min === 0) || repeatsNothing(node.node);
    case "sequence":
    case "choice":
      return node.nodes.some(repeatsNothing);
  }
}

/** How many capturing groups the node holds. */
export function groupCount(node: Node): number {
  switch (node.kind) {
    case "set":
    case "assertion":
      return 0;
    case "group":
      return 1 + groupCount(node.node);
    case "repeat":
      return groupCount(node.node);
    case "sequence":
    case "choice":
      return node.nodes.reduce((sum, part) => sum + groupCount(part), 0);
  }
}

/** How many steps an automaton of the node has once its counted repeats are unrolled. */
export function stepsOf(node: Node): number {
  switch (node.kind) {
    case "set":
    case "assertion":
      return 1;
    case "group":
      return stepsOf(node.node);
    case "repeat": {
      const each = stepsOf(node.node);
      return node.max === Infinity ? each * (node.min + 1) + 1 : each * node.max + node.max - node.min;
    }
    case "sequence":
      return node.nodes.reduce((sum, part) => sum + stepsOf(part), 0);
    case "choice":
      return node.nodes.reduce((sum, part) => sum + stepsOf(part), 1);
  }
}
