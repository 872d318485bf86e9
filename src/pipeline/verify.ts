import type { Candidate } from "../model/candidate.ts";
import type { Finding } from "../model/finding.ts";
import type { Verdict } from "../model/verdict.ts";
import { fingerprintOf } from "../tokens/fingerprint.ts";
import type { Peppers } from "../tokens/peppers.ts";
import type { TokenStore } from "../tokens/token-store.ts";

/** Asks the store about all candidates of a fragment at once. Other issuers' tokens are `unknown`: not ours. */
export async function verify(
  candidates: readonly Candidate[],
  river: { readonly tokenStore: TokenStore; readonly peppers: Peppers },
): Promise<Finding[]> {
  const ours = candidates.filter((candidate) => river.tokenStore.answersFor(candidate.rule.id));
  const answers = ours.length === 0 ? [] : await river.tokenStore.lookup(ours.map((candidate) => candidate.secret));
  const verdicts = new Map<Candidate, Verdict>();
  ours.forEach((candidate, index) => {
    verdicts.set(candidate, answers[index] ?? { kind: "unverified", because: "token-store-unavailable" });
  });
  return candidates.map((candidate) => ({
    candidate,
    verdict: verdicts.get(candidate) ?? { kind: "unknown" },
    fingerprint: fingerprintOf(candidate, river.peppers),
  }));
}
