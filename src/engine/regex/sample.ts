import { bytesOf, type ByteSet } from "./byte-set.ts";
import type { Node } from "./node.ts";

/** How many more bytes than its least a repeat without a bound gets. */
const OPEN_REPEAT = 12;

/** A seeded generator of numbers in [0, 1): the same seed gives the same numbers on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A random text of the pattern, one UTF-16 unit a byte. Printable bytes are preferred where a set has any. Assertions
 * are not looked at: `\b` at an edge needs a caller that puts the right neighbour there.
 */
export function sample(node: Node, random: () => number): string {
  switch (node.kind) {
    case "set":
      return String.fromCharCode(pick(printable(node.set), random));
    case "assertion":
      return "";
    case "group":
      return sample(node.node, random);
    case "sequence":
      return node.nodes.map((part) => sample(part, random)).join("");
    case "choice":
      return sample(pick(node.nodes, random), random);
    case "repeat": {
      const max = node.max === Infinity ? node.min + OPEN_REPEAT : node.max;
      const count = node.min + Math.floor(random() * (max - node.min + 1));
      let text = "";
      for (let i = 0; i < count; i++) text += sample(node.node, random);
      return text;
    }
  }
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)]!;
}

function printable(set: ByteSet): number[] {
  const bytes = bytesOf(set);
  const shown = bytes.filter((byte) => byte >= 32 && byte < 127);
  return shown.length > 0 ? shown : bytes;
}
