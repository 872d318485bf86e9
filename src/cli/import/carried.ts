import { compileRe2 } from "../../engine/re2.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Gathered } from "../suppress/known-entries.ts";

/** One entry of another tool's file that tells of a secret or a place. */
export interface Claim {
  /** For people; holds no secret. */
  readonly what: string;
  readonly reason: string;
  readonly tellsOf: (finding: Gathered) => boolean;
  /** Of an entry that hides its one secret, so that it may tell of others as well: whether a finding stands where it says. */
  readonly isAt?: (finding: Gathered) => boolean;
}

/** What a claim tells of: nothing where it cannot be known which of several secrets that is. */
export function claimedBy({ tellsOf, isAt }: Claim, found: readonly Gathered[]): readonly Gathered[] {
  const all = found.filter(tellsOf);
  const secretOf = ({ candidate }: Gathered) => candidate.secret.reveal();
  const isOne = (some: readonly Gathered[]) => new Set(some.map(secretOf)).size === 1;
  if (isAt === undefined || all.length === 0 || isOne(all)) return all;
  const there = all.filter(isAt);
  return isOne(there) ? all.filter((one) => secretOf(one) === secretOf(there[0] as Gathered)) : [];
}

/** What a tool's files say, in our words. */
export interface Carried {
  readonly claims: readonly Claim[];
  /** RE2 syntax over paths below the folder. */
  readonly paths: readonly string[];
  /** RE2 syntax; a secret, or a line, that matches is not reported. */
  readonly secrets: readonly string[];
  readonly lines: readonly string[];
  /** What stays as it is, because scans here read it themselves. */
  readonly stays: readonly string[];
  /** What could not be taken over, and why. */
  readonly left: readonly string[];
}

export const NOTHING: Carried = { claims: [], paths: [], secrets: [], lines: [], stays: [], left: [] };

export const together = (all: readonly Carried[]): Carried => ({
  claims: all.flatMap(({ claims }) => claims),
  paths: all.flatMap(({ paths }) => paths),
  secrets: all.flatMap(({ secrets }) => secrets),
  lines: all.flatMap(({ lines }) => lines),
  stays: all.flatMap(({ stays }) => stays),
  left: all.flatMap(({ left }) => left),
});

/** Patterns that RE2 can read, and sentences on those that it cannot. */
export function readable(patterns: readonly string[], where: string): { good: string[]; left: string[] } {
  const good: string[] = [];
  const left: string[] = [];
  for (const pattern of patterns) {
    try {
      compileRe2(pattern, where);
      good.push(pattern);
    } catch (error) {
      if (!(error instanceof PatrolError)) throw error;
      left.push(error.message);
    }
  }
  return { good, left };
}

/** Parses what should be JSON. Throws `usage-invalid`, naming the file. */
export function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    throw new PatrolError("usage-invalid", `${name} is not JSON`, { cause: error });
  }
}

export const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asText = (value: unknown): string => (typeof value === "string" ? value : "");
