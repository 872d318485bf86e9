import type { ByteSet } from "../regex/byte-set.ts";
import type { Node } from "../regex/node.ts";

/** Copies of one repeated set that are kept; more are not needed to tell texts apart. */
const MAX_COPIES = 96;
const MAX_BRANCHES = 64;
const MAX_BRANCH_LENGTH = 40;

/** A pattern laid flat. Each element keeps the node it came from, so that the rest of a pattern can be put together again. */
export type Element = { readonly node: Node } & (
  | { readonly kind: "set"; readonly set: ByteSet }
  /** A handful of fixed texts, each a list of sets; they may differ in length and be empty. */
  | { readonly kind: "branches"; readonly branches: readonly (readonly ByteSet[])[] }
  | { readonly kind: "gap" }
  | { readonly kind: "boundary" }
  /** Any other place without length. */
  | { readonly kind: "place" }
);

export function flatten(node: Node, elements: Element[] = []): Element[] {
  switch (node.kind) {
    case "set":
      elements.push({ kind: "set", set: node.set, node });
      break;
    case "assertion":
      elements.push({ kind: node.assertion === "word-boundary" ? "boundary" : "place", node });
      break;
    case "group":
      flatten(node.node, elements);
      break;
    case "sequence":
      for (const part of node.nodes) flatten(part, elements);
      break;
    case "choice":
      elements.push(branchesOrGap(node));
      break;
    case "repeat":
      flattenRepeat(node, elements);
  }
  return elements;
}

function flattenRepeat(node: Node & { kind: "repeat" }, elements: Element[]): void {
  const copies = node.node.kind === "set" ? Math.min(node.min, MAX_COPIES) : node.min <= 4 ? node.min : 0;
  for (let i = 0; i < copies; i++) flatten(node.node, elements);
  if (node.max === copies) return;
  const rest: Node = { ...node, min: node.min - copies, max: node.max - copies };
  const optional = rest.min === 0 && rest.max === 1;
  elements.push(optional ? branchesOrGap(rest) : { kind: "gap", node: rest });
}

function branchesOrGap(node: Node): Element {
  const branches = fixedBranches(node);
  return branches === undefined ? { kind: "gap", node } : { kind: "branches", branches, node };
}

/** All texts of a node as lists of sets, or undefined when they are many, long or look at their neighbours. */
function fixedBranches(node: Node): ByteSet[][] | undefined {
  switch (node.kind) {
    case "set":
      return [[node.set]];
    case "assertion":
      return undefined;
    case "group":
      return fixedBranches(node.node);
    case "sequence": {
      let texts: ByteSet[][] = [[]];
      for (const part of node.nodes) {
        const more = fixedBranches(part);
        if (more === undefined || texts.length * more.length > MAX_BRANCHES) return undefined;
        texts = texts.flatMap((text) => more.map((tail) => [...text, ...tail]));
        if (texts.some((text) => text.length > MAX_BRANCH_LENGTH)) return undefined;
      }
      return texts;
    }
    case "choice": {
      const all: ByteSet[][] = [];
      for (const branch of node.nodes) {
        const texts = fixedBranches(branch);
        if (texts === undefined) return undefined;
        all.push(...texts);
      }
      return all.length <= MAX_BRANCHES ? all : undefined;
    }
    case "repeat": {
      if (node.max > MAX_BRANCH_LENGTH) return undefined;
      const all: ByteSet[][] = [];
      for (let count = node.min; count <= node.max; count++) {
        const texts = fixedBranches({ kind: "sequence", nodes: Array<Node>(count).fill(node.node) });
        if (texts === undefined) return undefined;
        all.push(...texts);
        if (all.length > 16) return undefined;
      }
      return all;
    }
  }
}
