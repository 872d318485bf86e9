import { emptySet, isSubset, rangeSet, union, complement, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import { buildNfa, STEP, type Nfa } from "./nfa.ts";
import type { Sequence } from "./sequences.ts";

/**
 * Bytes behind an anchor within which every byte of a match is looked at without more ado: the first of these that will do
 * for a rule. Scans of small parts cost the more the larger it is.
 */
const NEAR_BYTES = [32, 96] as const;

/** So many are looked at with any rules. */
export const LEAST_NEAR = NEAR_BYTES[0];

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
  const walks: (Walk | undefined)[] = [];
  for (const near of NEAR_BYTES) {
    let tail = emptySet();
    for (const [i, suffix] of suffixes.entries()) {
      if (lengthOf(suffix).max <= near) continue;
      const walk = (walks[i] ??= Walk.of(suffix));
      if (walk === undefined) return { kind: "far" };
      tail = union(tail, walk.bytesBeyond(near));
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
  const bytes = Walk.of(pattern)?.bytesBeyond(LEAD_BYTES);
  return bytes !== undefined && isSubset(bytes, TOKEN_BYTES) ? bytes : undefined;
}

/** Beyond so many bytes nobody asks how many there are. */
const DEEPEST = Math.max(...NEAR_BYTES, LEAD_BYTES);

class Walk {
  readonly #nfa: Nfa;
  /** Of each step: how many bytes of a match may stand before it at the most, up to `DEEPEST`; -1 where none gets there. */
  readonly #depths: Int8Array;
  readonly #leads: Uint8Array;

  private constructor(nfa: Nfa) {
    this.#nfa = nfa;
    this.#depths = depthsOf(nfa);
    this.#leads = stepsBeforeBytes(nfa);
  }

  static of(pattern: Node): Walk | undefined {
    const nfa = buildNfa(pattern);
    return nfa && new Walk(nfa);
  }

  /** The bytes that a match can have beyond its first `near`, its very last one apart. */
  bytesBeyond(near: number): ByteSet {
    const { size, kinds, args, nexts, sets } = this.#nfa;
    const tail = new Set<number>();
    for (let step = 0; step < size; step++) {
      const isBeyond = kinds[step] === STEP.byte && this.#depths[step]! >= near;
      if (isBeyond && this.#leads[nexts[step]!] === 1) tail.add(args[step]!);
    }
    return [...tail].reduce((all, set) => union(all, sets[set]!), emptySet());
  }
}

/** See `Walk`. Steps stand behind those they go on at, but for rounds of a repeat without an end; so few passes do. */
function depthsOf({ start, kinds, size, args, nexts, branches }: Nfa): Int8Array {
  const depths = new Int8Array(size).fill(-1);
  depths[start] = 0;
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let step = size - 1; step > 0; step--) {
      const depth = depths[step]!;
      if (depth < 0) continue;
      if (kinds[step] !== STEP.split) {
        const behind = kinds[step] === STEP.byte ? Math.min(DEEPEST, depth + 1) : depth;
        depths[nexts[step]!] = Math.max(depths[nexts[step]!]!, behind);
        continue;
      }
      for (let b = args[step]!; b < nexts[step]!; b++) {
        const next = branches[b]!;
        const isRound = next > step;
        // Any number of rounds may have been before.
        if (isRound) depths[step] = DEEPEST;
        isChanged ||= isRound && depths[next]! < DEEPEST;
        depths[next] = Math.max(depths[next]!, depths[step]!);
      }
    }
  }
  return depths;
}

/** 1 for each step that is a byte step or gets to one without a byte. */
function stepsBeforeBytes({ size, kinds, args, nexts, branches }: Nfa): Uint8Array {
  const before = new Uint8Array(size);
  // Steps stand behind those they go on at, but for rounds of a repeat; so few passes do.
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let step = 0; step < size; step++) {
      if (before[step] === 1) continue;
      let leads = kinds[step] === STEP.byte;
      if (kinds[step] === STEP.assertion) leads = before[nexts[step]!] === 1;
      if (kinds[step] === STEP.split) {
        for (let b = args[step]!; b < nexts[step]! && !leads; b++) leads = before[branches[b]!] === 1;
      }
      if (!leads) continue;
      before[step] = 1;
      isChanged = true;
    }
  }
  return before;
}
