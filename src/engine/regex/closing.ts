// The byte that closes a match: a pattern asks for it behind the secret, and it may open the next match too. Of two tokens with a
// comma between them, both of which want a boundary, the comma is both.
import { sizeOf } from "./byte-set.ts";
import { groupCount, lengthOf, NOTHING, type Node } from "./node.ts";

/** Makes of a byte that closes a match what is wanted in its place. */
type Close = (byte: Node & { kind: "set" }) => Node;

/** The pattern with the bytes changed that close a match; itself where it ends with its secret, or with more than a byte. */
function closing(node: Node, close: Close): Node {
  if (node.kind === "choice") return inBranches(node, (branch) => closing(branch, close));
  if (node.kind !== "sequence") return node;
  const before = [...node.nodes];
  let last = before.pop();
  while (last?.kind === "sequence") {
    before.push(...last.nodes);
    last = before.pop();
  }
  const body: Node = { kind: "sequence", nodes: before };
  // A match that takes nothing but this byte would begin where it ends.
  if (last === undefined || lengthOf(body).min === 0) return node;
  if (groupCount(body) === 0 && !isBoundary(last)) return node;
  const end = closed(last, close);
  return end === last ? node : { kind: "sequence", nodes: [...before, end] };
}

function inBranches(node: Node & { kind: "choice" }, change: (branch: Node) => Node): Node {
  const nodes = node.nodes.map(change);
  return nodes.some((branch, i) => branch !== node.nodes[i]) ? { ...node, nodes } : node;
}

/** The node with the single bytes changed that it may match. */
function closed(node: Node, close: Close): Node {
  switch (node.kind) {
    case "set":
      return close(node);
    case "group":
    case "repeat": {
      const inner = node.kind === "group" || node.max === 1 ? closed(node.node, close) : node.node;
      return inner === node.node ? node : { ...node, node: inner };
    }
    case "choice":
      return inBranches(node, (branch) => closed(branch, close));
    case "sequence":
    case "assertion":
      return node;
  }
}

/** Of a byte, a class holds more than it leaves out where it says what may not stand there. */
const MOST_BYTES = 128;

/** Whether the end of a pattern without a group, which all is the secret, says no more than that something else begins: `\W|$`. */
function isBoundary(last: Node): boolean {
  if (last.kind === "set") return sizeOf(last.set) > MOST_BYTES;
  return last.kind === "choice" && last.nodes.some(({ kind }) => kind === "assertion");
}

/** The pattern with the bytes marked before which a match ends for who looks for the next one. */
export const withClosing = (node: Node): Node => closing(node, (byte) => ({ ...byte, closes: true }));

/** A pattern with more groups than were written. */
export interface Marked {
  readonly node: Node;
  /** Empty groups that say where a match ends for who looks for the next one; where none of them does, it is its end. */
  readonly marks: readonly number[];
  /** The numbers of the groups that were written, in their order. */
  readonly groups: readonly number[];
}

const MARK: Node = { kind: "group", node: NOTHING, index: 0 };

/** The pattern as it is, with an empty group at each place where `withClosing` lets a match end. */
export function withMarks(node: Node): Marked {
  const marked = closing(node, (byte) => ({ kind: "sequence", nodes: [MARK, byte] }));
  const marks: number[] = [];
  const groups: number[] = [];
  const numbered = (part: Node): Node => {
    switch (part.kind) {
      case "group": {
        const index = marks.length + groups.length + 1;
        (part === MARK ? marks : groups).push(index);
        return { ...part, index, node: numbered(part.node) };
      }
      case "repeat":
        return { ...part, node: numbered(part.node) };
      case "sequence":
      case "choice":
        return { ...part, nodes: part.nodes.map(numbered) };
      case "set":
      case "assertion":
        return part;
    }
  };
  return { node: numbered(marked), marks, groups };
}
