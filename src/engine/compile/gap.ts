import { emptySet, intersect, isEmpty, isSubset, sizeOf, union, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import { flatten } from "./elements.ts";

type SetNode = Extract<Node, { readonly kind: "set" }>;

/** Phases that a gap has at most: each takes two bits of its map. */
export const MAX_PHASES = 4;
/** Bytes that are looked at in all, so that no more than the padding behind a text is read. */
const MAX_BYTES = 56;
/** Bytes that are passed over where a pattern allows more: behind them the gap lets pass what follows. */
const MAX_SKIPPED = 32;
/** Bytes that must stand behind each other in one phase. */
const MAX_NEEDED = 10;
/** A set of so many bytes is no reason to stop. */
export const NEARLY_ANY = 150;
/** Sets are taken together where that adds no more bytes. */
const ALIKE = 2;

/** Bytes of `skip`, at most `most` of them, then `count` bytes of `need`. */
interface Phase {
  readonly skip: ByteSet;
  readonly most: number;
  /** The pattern may skip more than `most`. */
  readonly isOpen: boolean;
  readonly need: ByteSet;
  readonly count: number;
}

/** Must stand behind a sequence wherever the pattern matches, one phase after another. */
export type Gap = readonly Phase[];

/**
 * What the nodes behind a sequence ask for, read with one look at each byte, which nothing has to wait for: an automaton's next
 * step waits for the last. Most texts that hold a keyword end here. Undefined where that would ask for next to nothing.
 */
export function gapOf(rest: readonly Node[]): Gap | undefined {
  const builder = new Builder();
  for (const part of rest) if (!flatten(part).every(({ node }) => builder.add(node))) break;
  return builder.phases.length > 0 ? builder.phases : undefined;
}

class Builder {
  readonly phases: Phase[] = [];
  #skip = emptySet();
  #most = 0;
  #bytes = 0;

  /** False when nothing behind the node can be asked for any more. */
  add(node: Node): boolean {
    const { min, max } = lengthOf(node);
    if (max === 0) return true;
    const needed = min === 0 ? [] : firstSets(node, Math.min(min, MAX_NEEDED));
    for (let at = 0; at < needed.length;) {
      let need = needed[at]!;
      const first = at++;
      for (; at < needed.length && isAlike(need, needed[at]!); at++) need = union(need, needed[at]!);
      if (!this.#addPhase(need, at - first)) return false;
    }
    if (max > needed.length) {
      this.#skip = union(this.#skip, bytesIn(node));
      this.#most += max - needed.length;
    }
    return sizeOf(this.#skip) < NEARLY_ANY;
  }

  #addPhase(need: ByteSet, count: number): boolean {
    const last = this.phases.at(-1);
    const joins = last !== undefined && this.#most === 0 && last.count < MAX_NEEDED && isAlike(last.need, need);
    const most = Math.min(this.#most, MAX_SKIPPED);
    const more = joins ? Math.min(count, MAX_NEEDED - last.count) : count;
    this.#bytes += most + more;
    if (this.#bytes > MAX_BYTES || sizeOf(need) >= NEARLY_ANY) return false;
    if (joins) {
      this.phases[this.phases.length - 1] = { ...last, need: union(last.need, need), count: last.count + more };
      return true;
    }
    if (this.phases.length === MAX_PHASES) return false;
    this.phases.push({ skip: this.#skip, most, isOpen: this.#most > most, need, count });
    // Where the needed bytes stand is not known if some of them may be skipped: what follows is not either.
    if (!isEmpty(intersect(this.#skip, need))) return false;
    this.#skip = emptySet();
    this.#most = 0;
    return true;
  }
}

/** Whether both together hold few more bytes than the first. */
const isAlike = (a: ByteSet, b: ByteSet): boolean => isSubset(b, a) || sizeOf(union(a, b)) <= sizeOf(a) + ALIKE;

/** The bytes that may stand first, second and so on in what the node matches, as far as that is known; at most `most`. */
function firstSets(node: Node, most: number): ByteSet[] {
  switch (node.kind) {
    case "set":
      return [node.set];
    case "assertion":
      return [];
    case "group":
      return firstSets(node.node, most);
    case "choice": {
      const branches = node.nodes.map((branch) => firstSets(branch, most));
      const known = Math.min(...branches.map(({ length }) => length));
      return Array.from({ length: known }, (_, i) => branches.map((sets) => sets[i]!).reduce(union));
    }
    case "sequence":
      return firstOfRow(node.nodes, most);
    case "repeat":
      return firstOfRow(Array<Node>(Math.min(node.min, most)).fill(node.node), most);
  }
}

function firstOfRow(nodes: readonly Node[], most: number): ByteSet[] {
  const sets: ByteSet[] = [];
  for (const node of nodes) {
    const { min, max } = lengthOf(node);
    const ofNode = firstSets(node, most - sets.length);
    sets.push(...ofNode);
    if (min !== max || ofNode.length < max || sets.length >= most) break;
  }
  return sets.slice(0, most);
}

/** All bytes that what the node matches may hold. @param ofSet what of a set counts; left out: all. */
export function bytesIn(node: Node, ofSet = ({ set }: SetNode): ByteSet => set): ByteSet {
  switch (node.kind) {
    case "set":
      return ofSet(node);
    case "assertion":
      return emptySet();
    case "group":
    case "repeat":
      return bytesIn(node.node, ofSet);
    case "sequence":
    case "choice":
      return node.nodes.map((part) => bytesIn(part, ofSet)).reduce(union, emptySet());
  }
}
