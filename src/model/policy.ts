/** What an organization wants done when one of its tokens is found in public. */
export type PolicyMode = "immediate" | "grace" | "notify_only";

export interface Policy {
  readonly organizationId: string;
  readonly mode: PolicyMode;
  /** Hours between the owner's mail and the revocation; used by mode `grace` only. */
  readonly graceHours: number;
  /** Goes up by one with every change, so that an outcome can say which policy chose it. */
  readonly version: number;
}

/** Azure DevOps revokes at once unless told otherwise. */
export const DEFAULT_POLICY = { mode: "immediate", graceHours: 72 } as const;
