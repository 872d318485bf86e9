import type { Disposition } from "../model/disposition.ts";
import type { Finding } from "../model/finding.ts";
import type { Policy } from "../model/policy.ts";
import { CLAUSES } from "./clauses.ts";

const HOUR_MS = 3_600_000;

/** What is to be done about a finding, and the clause that says so. The first clause that applies decides. */
export function decide(finding: Finding, policy: Policy, now: Date): Disposition {
  for (const clause of CLAUSES) {
    if (!clause.when({ finding, policy, now })) continue;
    if (clause.action !== "revoke") return { action: clause.action, clause: clause.id };
    const revokeAt = new Date(now.getTime() + (clause.graceHours?.(policy) ?? 0) * HOUR_MS);
    return { action: "revoke", clause: clause.id, revokeAt };
  }
  throw new RangeError("the last clause applies to everything");
}
