import { type AuditDraft, SYSTEM } from "../audit/event.ts";
import { changeIncident, type Incident } from "../db/incidents.ts";
import { askForMail, type MailRequest } from "../db/outbox-mails.ts";
import { markRevoked } from "../db/tokens.ts";
import type { Tx } from "../db/transaction.ts";
import { recipientsFor } from "../db/users.ts";
import type { Token } from "../model/token.ts";

/**
 * The part of a transaction that revokes a leaked token: token state, incident, the mail that says so. The caller holds
 * the token and the incident, and appends the drafts to the audit log as its last step. No drafts: it was revoked before.
 */
export async function revokeLeaked(
  tx: Tx,
  leaked: { readonly token: Token; readonly incident: Incident; readonly ownerName: string },
  at: Date,
  options: { readonly mail: boolean },
): Promise<AuditDraft[]> {
  const { token, incident, ownerName } = leaked;
  if (!(await markRevoked(tx, token.id, at, "leaked"))) return [];
  await changeIncident(tx, incident.id, { revokedAt: at });
  if (options.mail) await askForMails(tx, token, incident, { kind: "token-revoked" });
  return [
    {
      actionId: "Token.PatSystemRevokeEvent",
      actor: SYSTEM,
      at,
      correlationId: incident.correlationId,
      data: {
        DisplayName: token.name,
        OwnerName: ownerName,
        TokenId: token.id,
        C3id: token.c3id,
        IncidentId: incident.id,
        Clause: incident.clause,
        PolicyVersion: incident.policyVersion,
      },
    },
  ];
}

/** One mail for each person who is to be told of this token. */
export async function askForMails(
  tx: Tx,
  token: Token,
  incident: Incident,
  mail: Pick<MailRequest, "kind" | "revokeAt">,
): Promise<void> {
  for (const user of await recipientsFor(tx, token.organizationId, token.ownerId))
    await askForMail(tx, { ...mail, incidentId: incident.id, userId: user.id });
}
