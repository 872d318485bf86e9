import type { Candidate } from "./candidate.ts";
import type { Verdict } from "./verdict.ts";

/** A candidate with its verdict. */
export interface Finding {
  readonly candidate: Candidate;
  readonly verdict: Verdict;
  /** Hex; equal when the same token is seen again at the same place by the same rule. Keyed: says nothing of the token. */
  readonly fingerprint: string;
}
