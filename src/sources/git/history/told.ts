// What was told of a file, in numbers that a cache may keep, and candidates made of them again.
import { isDeepStrictEqual } from "node:util";
import { entropy } from "../../../engine/entropy.ts";
import type { Candidate, Span } from "../../../model/candidate.ts";
import type { Provenance } from "../../../model/fragment.ts";
import type { Rule } from "../../../model/rule.ts";
import { Secret } from "../../../model/secret.ts";

/** A rule's number, and where its match and the secret in it stand. */
export type Told = readonly [rule: number, match: Numbers, secret: Numbers];

type Numbers = readonly [start: number, end: number, line: number, column: number, endLine: number, endColumn: number];

function numbersOf({ start, end, startLine, startColumn, endLine, endColumn }: Span): Numbers {
  return [start, end, startLine, startColumn, endLine, endColumn];
}

function spanOf([start, end, startLine, startColumn, endLine, endColumn]: Numbers): Span {
  return { start, end, startLine, startColumn, endLine, endColumn };
}

export const toldOf = ({ rule, match, span }: Candidate, rules: readonly Rule[]): Told => [
  rules.indexOf(rule),
  numbersOf(match),
  numbersOf(span),
];

/**
 * The candidates of an object that stand in clear at these places; undefined: they cannot. An object never changes, nor do
 * rules of one digest, so nothing is matched again.
 */
export function candidatesAt(
  bytes: Buffer,
  told: readonly Told[],
  rules: readonly Rule[],
  provenance: Provenance,
): Candidate[] | undefined {
  const found: Candidate[] = [];
  for (const [number, match, secret] of told) {
    const rule = rules[number];
    if (rule === undefined || Math.max(secret[1], match[1]) > bytes.length) return undefined;
    const text = bytes.toString("latin1", secret[0], secret[1]);
    found.push({
      rule,
      secret: new Secret(text),
      span: spanOf(secret),
      match: spanOf(match),
      checksum: rule.checksum === undefined ? "none" : "valid",
      entropy: entropy(text),
      decoded: [],
      provenance,
    });
  }
  return found;
}

const shown = ({ secret, rule, ...rest }: Candidate) => ({ ...rest, rule: rule.id, secret: secret.reveal() });

/** Whether a report of these would say the same. */
export const areShownAlike = (some: readonly Candidate[], others: readonly Candidate[]): boolean =>
  isDeepStrictEqual(some.map(shown), others.map(shown));
