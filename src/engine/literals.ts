import { bytesOf } from "./regex/byte-set.ts";
import type { Node } from "./regex/node.ts";

/** More alternatives than this say too little to be worth looking for. */
const MOST_ALTERNATIVES = 24;

/** What a part of a pattern says: all texts it can match, when they are few, and the best of what it must hold. */
interface Said {
  readonly exact?: readonly string[];
  readonly needed?: readonly string[];
}

const shortest = (texts: readonly string[]) => Math.min(...texts.map((text) => text.length));

/** The rarer one: longer texts, then fewer of them. */
function better(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const byLength = shortest(b) - shortest(a);
  return byLength > 0 || (byLength === 0 && b.length < a.length) ? b : a;
}

const worth = (texts: readonly string[] | undefined) =>
  texts !== undefined && texts.length > 0 && shortest(texts) > 0 ? texts : undefined;

const unique = (texts: readonly string[]) => [...new Set(texts)];

function product(a: readonly string[], b: readonly string[]): string[] | undefined {
  const texts = unique(a.flatMap((left) => b.map((right) => left + right)));
  return texts.length <= MOST_ALTERNATIVES ? texts : undefined;
}

function sequence(parts: readonly Said[]): Said {
  let run: readonly string[] | undefined = [""];
  let [needed, isExact] = [undefined as readonly string[] | undefined, true];
  for (const part of parts) {
    const longer: string[] | undefined = part.exact && run && product(run, part.exact);
    if (longer === undefined) {
      needed = better(needed, worth(run));
      isExact = false;
    }
    run = longer ?? part.exact ?? [""];
    needed = better(needed, worth(part.needed));
  }
  return isExact ? { exact: run, needed: worth(run) } : { needed: better(needed, worth(run)) };
}

function choice(branches: readonly Said[]): Said {
  const exact = branches.every((branch) => branch.exact)
    ? unique(branches.flatMap((branch) => branch.exact ?? []))
    : undefined;
  const needed = branches.every((branch) => branch.needed)
    ? unique(branches.flatMap((branch) => branch.needed ?? []))
    : undefined;
  const few = (texts: readonly string[] | undefined) =>
    texts !== undefined && texts.length <= MOST_ALTERNATIVES ? texts : undefined;
  return { exact: few(exact), needed: few(needed) };
}

function said(node: Node): Said {
  switch (node.kind) {
    case "assertion":
      return { exact: [""] };
    case "set": {
      const bytes = bytesOf(node.set);
      if (bytes.length > 8) return {};
      const exact = unique(bytes.map((byte) => String.fromCharCode(byte).toLowerCase()));
      return { exact, needed: exact };
    }
    case "group":
      return said(node.node);
    case "sequence":
      return sequence(node.nodes.map(said));
    case "choice":
      return choice(node.nodes.map(said));
    case "repeat": {
      const inner = said(node.node);
      if (node.min === 0) return node.max === 0 ? { exact: [""] } : {};
      if (node.min === node.max && node.min <= 8) return sequence(Array.from({ length: node.min }, () => inner));
      return { needed: inner.needed };
    }
  }
}

/**
 * Texts of which every match holds at least one, letter case aside (lower case, latin1). Undefined when the pattern
 * promises none.
 */
export const requiredLiterals = (node: Node): readonly string[] | undefined => worth(said(node).needed);
