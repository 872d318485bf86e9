import { lengthOf, type Node } from "../regex/node.ts";

/** Wider counted repeats than this become open ones: counting them costs a state a byte. */
const MAX_SPREAD = 24;

/**
 * A pattern that matches at least wherever the first `depth` bytes of `node` do, and needs far fewer states. Repeats with more
 * than `spread` optional copies become open ones.
 */
export function relax(node: Node, depth: number, spread: number = MAX_SPREAD): Node {
  return cut(node, depth, spread).node;
}

/** `isCut`: something of the node is left out at its end, so nothing may be asked for behind it. */
interface Cut {
  readonly node: Node;
  readonly isCut: boolean;
}

function cut(node: Node, depth: number, spread: number): Cut {
  switch (node.kind) {
    case "set":
    case "assertion":
      return { node, isCut: false };
    case "group":
      return cut(node.node, depth, spread);
    case "choice": {
      const branches = node.nodes.map((branch) => cut(branch, depth, spread));
      return {
        node: { kind: "choice", nodes: branches.map((branch) => branch.node) },
        isCut: branches.some(({ isCut }) => isCut),
      };
    }
    case "sequence": {
      const nodes: Node[] = [];
      let left = depth;
      for (const part of node.nodes) {
        if (left <= 0) return { node: { kind: "sequence", nodes }, isCut: true };
        const kept = cut(part, left, spread);
        nodes.push(kept.node);
        if (kept.isCut) return { node: { kind: "sequence", nodes }, isCut: true };
        left -= lengthOf(part).min;
      }
      return { node: { kind: "sequence", nodes }, isCut: false };
    }
    case "repeat": {
      const each = lengthOf(node.node).min;
      if (each > 0 && node.min * each > depth) {
        const count = Math.ceil(depth / each);
        return { node: { kind: "repeat", node: node.node, min: count, max: count, lazy: false }, isCut: true };
      }
      return { node: node.max - node.min > spread ? { ...node, max: Infinity } : node, isCut: false };
    }
  }
}
