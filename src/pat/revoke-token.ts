import type { Actor, AuditDraft } from "../audit/event.ts";
import { appendAudit } from "../db/audit-log.ts";
import type { Database } from "../db/database.ts";
import { changeIncident, lockIncident } from "../db/incidents.ts";
import { findToken, lockToken, markRevoked } from "../db/tokens.ts";
import { inTransaction } from "../db/transaction.ts";
import { PatrolError } from "../model/errors.ts";
import type { Token } from "../model/token.ts";

export interface RevokeRequest {
  readonly tokenId: string;
  readonly because: "owner" | "administrator";
  readonly actor: Actor;
}

/**
 * Revokes a token because a person asks for it, and calls off what the system had planned for it. Revoking it again
 * changes nothing and says so.
 *
 * @throws PatrolError `not-found`.
 */
export async function revokeToken(
  parts: { readonly db: Database; readonly now: () => Date },
  request: RevokeRequest,
): Promise<{ token: Token; revokedNow: boolean }> {
  const { tokenId, because, actor } = request;
  return await inTransaction(parts.db, async (tx) => {
    const token = isUuid(tokenId) ? await lockToken(tx, tokenId) : undefined;
    if (token === undefined) throw new PatrolError("not-found", "There is no such token.");
    const at = parts.now();
    if (!(await markRevoked(tx, token.id, at, because))) return { token, revokedNow: false };
    const data = { DisplayName: token.name, TokenId: token.id, C3id: token.c3id, Because: because };
    const incident = await lockIncident(tx, token.id);
    const drafts: AuditDraft[] = [
      { actionId: "Token.PatRevokeEvent", actor, at, data, correlationId: incident?.correlationId },
    ];
    if (incident !== undefined) {
      await changeIncident(tx, incident.id, { state: "closed", revokedAt: at, closedAt: at });
      if (incident.revokeAt !== undefined && incident.revokedAt === undefined)
        drafts.push({
          actionId: "Token.LeakGraceCancelled",
          actor,
          at,
          correlationId: incident.correlationId,
          data: { ...data, IncidentId: incident.id, RevokeAt: incident.revokeAt.toISOString() },
        });
    }
    await appendAudit(tx, token.organizationId, drafts);
    return { token: (await findToken(tx, token.id)) ?? token, revokedNow: true };
  });
}

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
