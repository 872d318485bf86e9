import { appendAudit } from "../db/audit-log.ts";
import type { Database } from "../db/database.ts";
import { inTransaction } from "../db/transaction.ts";
import type { Authorization } from "./authorize.ts";

/** A finding that somebody let through a hook. Texts are masked already. */
export interface Bypass {
  readonly hook: "pre-commit" | "pre-push" | "pre-receive";
  readonly reason: string;
  /** Who did it, as the hook knows them; the token says who told us. */
  readonly by: string;
  readonly repository: string;
  /** What the git note of it is attached to. */
  readonly objects: readonly string[];
  /** By rule and place. */
  readonly findings: readonly string[];
  /** Could not everything be scanned? */
  readonly isIncomplete: boolean;
}

/** Writes it to the audit log of the token's organization, and gives the event's id. */
export async function recordBypass(
  { db, now }: { readonly db: Database; readonly now: () => Date },
  { token, owner }: Authorization,
  bypass: Bypass,
): Promise<string> {
  const { hook, reason, by, repository, objects, findings, isIncomplete } = bypass;
  const actor = { userId: token.ownerId, upn: owner.email, displayName: owner.name || owner.email };
  const data = {
    Hook: hook,
    Reason: reason,
    By: by,
    Repository: repository,
    Objects: [...objects],
    Findings: [...findings],
    Incomplete: isIncomplete,
    TokenId: token.id,
  };
  return await inTransaction(db, async (tx) => {
    const draft = { actionId: "Hook.Bypassed", actor, at: now(), data } as const;
    const [event] = await appendAudit(tx, token.organizationId, [draft]);
    return event?.id ?? "";
  });
}
