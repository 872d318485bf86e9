import { appendAudit } from "../db/audit-log.ts";
import type { Database } from "../db/database.ts";
import { type DueToken, dueTokens, lockIncident } from "../db/incidents.ts";
import { lockToken } from "../db/tokens.ts";
import { inTransaction } from "../db/transaction.ts";
import { findUserById } from "../db/users.ts";
import { revokeLeaked } from "./revoke-leaked.ts";

const BATCH = 100;

interface DueParts {
  readonly db: Database;
  readonly now: () => Date;
}

/**
 * Revokes the tokens whose time of grace is over; the deadline is in the incident's row, so it outlives any process.
 * Any number of schedulers may do this at once: the row decides, and a token is revoked once. Returns the token ids
 * that this call revoked.
 *
 * @param atOnce so many are asked for at a time.
 * @throws the first error that a token met, when all others have had their turn.
 */
export async function revokeDue(parts: DueParts, atOnce = BATCH): Promise<string[]> {
  const revoked: string[] = [];
  const errors: unknown[] = [];
  let due: readonly DueToken[] = [];
  do {
    // Those that could not be revoked are due still: the next ones are behind them.
    due = await dueTokens(parts.db, parts.now(), atOnce, due.at(-1));
    for (const { tokenId } of due) {
      try {
        if (await revokeIfDue(tokenId, parts)) revoked.push(tokenId);
      } catch (error) {
        errors.push(error);
      }
    }
  } while (due.length === atOnce);
  if (errors.length > 0) throw errors[0];
  return revoked;
}

async function revokeIfDue(tokenId: string, { db, now }: DueParts): Promise<boolean> {
  return await inTransaction(db, async (tx) => {
    const token = await lockToken(tx, tokenId);
    const incident = token && (await lockIncident(tx, tokenId));
    const at = now();
    // Read again under the lock: the owner, or another scheduler, may have been first.
    const isDue = incident?.state === "open" && incident.revokeAt !== undefined && incident.revokeAt <= at;
    if (token === undefined || incident === undefined || !isDue) return false;
    const owner = await findUserById(tx, token.ownerId);
    const ownerName = owner?.name || (owner?.email ?? "");
    const drafts = await revokeLeaked(tx, { token, incident, ownerName }, at, { mail: true });
    await appendAudit(tx, token.organizationId, drafts);
    return drafts.length > 0;
  });
}
