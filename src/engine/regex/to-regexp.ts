import { bytesOf, hasByte, type ByteSet } from "./byte-set.ts";
import { lengthOf, type Assertion, type Node } from "./node.ts";

const ASSERTIONS: Readonly<Record<Assertion, string>> = {
  "text-start": "^",
  "text-end": "$",
  "line-start": "(?<![^\\n])",
  "line-end": "(?![^\\n])",
  "word-boundary": "\\b",
  "not-word-boundary": "\\B",
};

/** As RE2 writes them. */
const RE2_ASSERTIONS: Readonly<Record<Assertion, string>> = {
  ...ASSERTIONS,
  "text-end": "\\z",
  "line-start": "(?m:^)",
  "line-end": "(?m:$)",
};

/**
 * The same pattern as the source of a native RegExp without flags, for text where one UTF-16 unit is one byte (latin1).
 * Groups keep their numbers.
 */
export const toRegExpSource = (node: Node): string => source(node, ASSERTIONS);

/** The same for RE2, which cannot look ahead: no byte may close the match. */
export const toRe2Source = (node: Node): string => source(node, RE2_ASSERTIONS);

function source(node: Node, assertions: Readonly<Record<Assertion, string>>): string {
  const inside = (part: Node) => source(part, assertions);
  switch (node.kind) {
    case "set":
      return node.closes ? `(?=${setSource(node.set)})` : setSource(node.set);
    case "assertion":
      return assertions[node.assertion];
    case "group":
      return `(${inside(node.node)})`;
    case "choice":
      return `(?:${node.nodes.map(inside).join("|")})`;
    case "sequence":
      return node.nodes.map(inside).join("");
    case "repeat": {
      const inner = inside(node.node);
      // Where nothing is what it matches first, as `(|a)?`, a native RegExp goes on for something, and RE2 takes nothing.
      if (node.min === 0 && node.max === 1 && lengthOf(node.node).min === 0)
        return node.lazy ? `(?:|${inner})` : `(?:${inner}|)`;
      const simple = node.node.kind === "set" || node.node.kind === "group";
      return (simple ? inner : `(?:${inner})`) + quantifier(node.min, node.max) + (node.lazy ? "?" : "");
    }
  }
}

function quantifier(min: number, max: number): string {
  if (min === 0 && max === 1) return "?";
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

const escapeByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;
const isPlain = (byte: number): boolean => /\w/.test(String.fromCharCode(byte));

function setSource(set: ByteSet): string {
  const bytes = bytesOf(set);
  if (bytes.length === 0) return "[^\\x00-\\xff]";
  if (bytes.length === 1) return isPlain(bytes[0]!) ? String.fromCharCode(bytes[0]!) : escapeByte(bytes[0]!);
  let source = "";
  for (let first = 0; first < 256; first++) {
    if (!hasByte(set, first)) continue;
    let last = first;
    while (last < 255 && hasByte(set, last + 1)) last++;
    source += first === last ? escapeByte(first) : `${escapeByte(first)}-${escapeByte(last)}`;
    first = last;
  }
  return `[${source}]`;
}
