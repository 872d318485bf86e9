// What entropy or an allowlist refuses as the secret's own bytes say: the core can tell most of it, so that JavaScript need not look.
import type { Allowlist } from "../../model/rule.ts";
import { ALL_BYTES, emptySet, hasByte, intersect, isEmpty, rangeSet, union, type ByteSet } from "../regex/byte-set.ts";
import { groupCount, lengthOf, type Node } from "../regex/node.ts";
import { parseRegex } from "../regex/parse.ts";
import { bytesIn } from "./gap.ts";

/** What a rule asks of its matches that the core may decide. */
export interface Asking {
  readonly keywords?: readonly string[];
  readonly secretGroup?: number;
  readonly entropy?: number;
  readonly allowlists?: readonly Allowlist[];
}

/** Where a match's secret may stand, and what is refused: `core/assembly/refusal.ts` tries all places that these bounds leave. */
export interface Refusal {
  /** The bytes that a secret may hold, that may stand right before it, and behind it in the match. */
  readonly bytes: ByteSet;
  readonly before: ByteSet;
  readonly behind: ByteSet;
  /** The fewest bytes of a secret, and of the match before it. */
  readonly least: number;
  readonly leastBefore: number;
  /** The most bytes of the match behind a secret. */
  readonly mostBehind: number;
  /** Bits a character up to which a secret is refused; 0: entropy is not asked. */
  readonly bits: number;
  /** A secret of no other bytes than one of these is refused. */
  readonly allowed: readonly ByteSet[];
}

/** What stands behind a secret is some bytes at the most, each number of which is tried. */
const MOST_BEHIND = 3;
/** A map has so many bits left for them. */
const MOST_ALLOWED = 5;
/** The core's entropy is of whole units of a table, and JavaScript's a sum of fractions: between the two JavaScript decides. */
const MARGIN = 0.001;
const ASCII = rangeSet([0, 127]);
const FEEDS = rangeSet([10, 10], [13, 13]);

/** Undefined where the core cannot tell where a match's secret may stand, or has nothing to refuse. */
export function refusalOf({ secretGroup = 0, entropy = 0, allowlists = [] }: Asking, node: Node): Refusal | undefined {
  const allowed = allowedRegexes(allowlists)
    .flatMap((regex) => onlySetOf(regex) ?? [])
    .slice(0, MOST_ALLOWED);
  if ((entropy <= MARGIN && allowed.length === 0) || groupCount(node) !== 1 || secretGroup > 1) return undefined;
  const parts = partsOf(node);
  const at = parts.findIndex(({ kind }) => kind === "group");
  const secret = parts[at];
  // Of a group that holds nothing the whole match is the secret.
  if (secret === undefined || lengthOf(secret).min === 0) return undefined;
  const [head, tail] = [sequence(parts.slice(0, at)), sequence(parts.slice(at + 1))];
  const bytes = bytesOf(secret);
  const mostBehind = mostMatched(tail);
  // Line feeds at its edges do not belong to a secret that is all of the match.
  const isPlain = isEmpty(intersect(bytes, FEEDS)) && isEmpty(intersect(bytes, complementOfAscii()));
  if (!isPlain || mostBehind > MOST_BEHIND) return undefined;
  return {
    bytes,
    before: lengthOf(head).min === 0 ? ALL_BYTES : lastBytesOf(head),
    behind: bytesOf(tail),
    least: lengthOf(secret).min,
    leastBefore: lengthOf(head).min,
    mostBehind,
    bits: Math.max(0, entropy - MARGIN),
    allowed,
  };
}

const complementOfAscii = (): ByteSet => ASCII.map((word) => ~word);

const sequence = (nodes: readonly Node[]): Node => ({ kind: "sequence", nodes });

/** What stands one behind another in every match. */
const partsOf = (node: Node): readonly Node[] => (node.kind === "sequence" ? node.nodes.flatMap(partsOf) : [node]);

/** All bytes that the node may match, but for those that only close a match. */
const bytesOf = (node: Node): ByteSet => bytesIn(node, ({ closes, set }) => (closes === true ? emptySet() : set));

/** The most bytes that the node matches, without those that only close a match. */
function mostMatched(node: Node): number {
  switch (node.kind) {
    case "set":
      return node.closes === true ? 0 : 1;
    case "assertion":
      return 0;
    case "group":
      return mostMatched(node.node);
    case "repeat": {
      const each = mostMatched(node.node);
      return each === 0 ? 0 : each * node.max;
    }
    case "sequence":
      return node.nodes.reduce((sum, part) => sum + mostMatched(part), 0);
    case "choice":
      return Math.max(...node.nodes.map(mostMatched));
  }
}

/** The bytes that what the node matches may end with, where it matches any. */
function lastBytesOf(node: Node): ByteSet {
  switch (node.kind) {
    case "set":
      return node.set;
    case "assertion":
      return emptySet();
    case "group":
    case "repeat":
      return lastBytesOf(node.node);
    case "choice":
      return node.nodes.map(lastBytesOf).reduce(union, emptySet());
    case "sequence": {
      let last = emptySet();
      for (const part of [...node.nodes].reverse()) {
        last = union(last, lastBytesOf(part));
        if (lengthOf(part).min > 0) break;
      }
      return last;
    }
  }
}

/** `^[a-z]+$` and its like, of the secret, in lists of which it is enough. */
function allowedRegexes(allowlists: readonly Allowlist[]): string[] {
  const enough = allowlists.filter(
    ({ target, condition, paths, commits, stopWords, digests }) =>
      target === "secret" &&
      (condition === "or" || (paths.length + commits.length + stopWords.length === 0 && digests === undefined)),
  );
  return enough.flatMap(({ regexes }) => regexes.filter((regex) => MAY_BE_SET.test(regex)));
}

const MAY_BE_SET = /^\^\[[ -~]+\]\+\$$/;

function onlySetOf(regex: string): ByteSet | undefined {
  if (!MAY_BE_SET.test(regex)) return undefined;
  const [start, all, end, ...others] = partsOf(parseRegex(regex));
  const isWhole =
    start?.kind === "assertion" &&
    start.assertion === "text-start" &&
    end?.kind === "assertion" &&
    end.assertion === "text-end" &&
    others.length === 0;
  if (!isWhole || all?.kind !== "repeat" || all.min !== 1 || all.max !== Infinity || all.node.kind !== "set")
    return undefined;
  return isEmpty(intersect(all.node.set, complementOfAscii())) ? all.node.set : undefined;
}

/** Bits of a byte in the map of a refusal; those of `allowed` come behind. */
const [IS_BYTE, IS_BEFORE, IS_BEHIND] = [1, 2, 4] as const;
const FIRST_ALLOWED = 8;

/** What the core goes by of each byte. */
export const refusalMap = ({ bytes, before, behind, allowed }: Refusal): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => {
    const bit = (set: ByteSet, value: number) => (hasByte(set, byte) ? value : 0);
    return allowed.reduce(
      (bits, set, i) => bits | bit(set, FIRST_ALLOWED << i),
      bit(bytes, IS_BYTE) | bit(before, IS_BEFORE) | bit(behind, IS_BEHIND),
    );
  });

/** Units of a bit in `entropyTable` and in what the core compares it with. */
const UNITS = 1 << 16;
/** Bytes of the longest secret that is told. */
const LONGEST = 255;

/** `n log2 n` of each number of bytes. */
export const entropyTable = (): number[] =>
  Array.from({ length: LONGEST + 1 }, (_, n) => (n === 0 ? 0 : Math.round(n * Math.log2(n) * UNITS)));

/** Where the map is, four numbers, which bits `allowed` has, and the bound in units. */
export const refusalWords = (refusal: Refusal, map: number, table: number): number[] => [
  map,
  table,
  refusal.least,
  refusal.leastBefore,
  refusal.mostBehind,
  refusal.allowed.length === 0 ? 0 : ((1 << refusal.allowed.length) - 1) * FIRST_ALLOWED,
  Math.floor(refusal.bits * UNITS),
  0,
];

/** What of it is compiled, for who tells rules apart by that. */
export function askingKey({ secretGroup = 0, entropy = 0, allowlists = [], keywords = [] }: Asking): unknown {
  return [secretGroup, entropy, allowedRegexes(allowlists), keywords];
}
