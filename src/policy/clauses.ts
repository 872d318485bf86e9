import type { Disposition } from "../model/disposition.ts";
import type { Finding } from "../model/finding.ts";
import type { Policy } from "../model/policy.ts";

/** What a clause may look at. */
interface Question {
  readonly finding: Finding;
  readonly policy: Policy;
  readonly now: Date;
}

/** One line of the policy. The first whose `when` holds decides; its id stands in incidents, mails and reports. */
export interface Clause {
  readonly id: string;
  /** For people: when it applies and what it does. */
  readonly says: string;
  readonly when: (question: Question) => boolean;
  readonly action: Disposition["action"];
  /** Hours until the revocation; only with action `revoke`. */
  readonly graceHours?: (policy: Policy) => number;
}

const why = ({ finding: { verdict } }: Question) => (verdict.kind === "inactive" ? verdict.why : undefined);
const exposure = ({ finding }: Question) => finding.candidate.provenance.exposure;

export const CLAUSES: readonly Clause[] = [
  {
    id: "unverified",
    says: "The token store could not be asked: nothing is decided, and the push is looked at again.",
    when: ({ finding }) => finding.verdict.kind === "unverified",
    action: "review",
  },
  {
    id: "not-ours",
    says: "The token store does not know it: nothing is recorded.",
    when: ({ finding }) => finding.verdict.kind === "unknown",
    action: "dismiss",
  },
  {
    id: "revoked-before",
    says: "The token was revoked before: the leak is recorded, nobody is written to.",
    when: (question) => why(question) === "revoked",
    action: "review",
  },
  {
    id: "expired-before",
    says: "The token had expired: the leak is recorded, nobody is written to.",
    when: (question) => why(question) === "expired",
    action: "review",
  },
  {
    id: "not-public",
    says: "The repository is not public: the owner is written to, the token is not revoked.",
    when: (question) => exposure(question) !== "public",
    action: "notify",
  },
  {
    id: "notify-only",
    says: "The organization revokes by hand: the owner is written to.",
    when: ({ policy }) => policy.mode === "notify_only",
    action: "notify",
  },
  {
    id: "grace",
    says: "The owner is written to, and the token is revoked when the time of grace is over.",
    when: ({ policy }) => policy.mode === "grace",
    action: "revoke",
    graceHours: (policy) => policy.graceHours,
  },
  {
    id: "immediate",
    says: "The token is revoked at once, and the owner is written to.",
    when: () => true,
    action: "revoke",
    graceHours: () => 0,
  },
];
