import { lengthOf, type Node } from "../regex/node.ts";

/** Bytes after which a filter has seen enough. */
const DEPTH = 40;
/** Wider counted repeats than this become open ones: counting them costs a state a byte. */
const MAX_SPREAD = 24;

/** A pattern that matches at least wherever the beginning of `node` does, and needs far fewer states. */
export function relax(node: Node): Node {
  return cut(node, DEPTH);
}

function cut(node: Node, depth: number): Node {
  switch (node.kind) {
    case "set":
    case "assertion":
      return node;
    case "group":
      return cut(node.node, depth);
    case "choice":
      return { kind: "choice", nodes: node.nodes.map((branch) => cut(branch, depth)) };
    case "sequence": {
      const nodes: Node[] = [];
      let left = depth;
      for (const part of node.nodes) {
        if (left <= 0) break;
        nodes.push(cut(part, left));
        left -= lengthOf(part).min;
      }
      return { kind: "sequence", nodes };
    }
    case "repeat": {
      const each = lengthOf(node.node).min;
      // A repeat whose least alone passes the depth ends the filter there.
      if (each > 0 && node.min * each > depth) {
        const count = Math.ceil(depth / each);
        return { kind: "repeat", node: node.node, min: count, max: count, lazy: false };
      }
      return node.max - node.min > MAX_SPREAD ? { ...node, max: Infinity } : node;
    }
  }
}
