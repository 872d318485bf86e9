import type { Database } from "../db/database.ts";
import { findIncident } from "../db/incidents.ts";
import { countLeaks, listLeaks } from "../db/leaks.ts";
import { toMailRequest, wasAskedFor } from "../db/outbox-mails.ts";
import { findOrganizationById } from "../db/organizations.ts";
import { findToken } from "../db/tokens.ts";
import { findUserById } from "../db/users.ts";
import { type LeakReport, type Sites, viewOf } from "../mail/leak-report.ts";
import type { Mail, Mailer } from "../mail/mailer.ts";
import { render, type Templates } from "../mail/render.ts";
import { PatrolError } from "../model/errors.ts";
import { isHighPrivilege } from "../tokens/scopes.ts";

export interface MailParts {
  readonly db: Database;
  readonly mailer: Mailer;
  readonly templates: Templates;
  readonly sites: Sites;
  /** Right side of Message-IDs: the domain of `MAIL_FROM`. */
  readonly domain: string;
  readonly now: () => Date;
}

const PLACES_SHOWN = 10;

/**
 * Sends the mail that an outbox row asks for, as the rows say now: "revoked" stands in it only when the token is. Sent
 * again after a crash it has the same Message-ID. Returns what was sent.
 *
 * @throws PatrolError `mail-failed`, which comes back; `internal` when the row cannot be meant.
 */
export async function sendOutboxMail(
  row: { readonly id: string; readonly payload: Readonly<Record<string, string>> },
  parts: MailParts,
  signal?: AbortSignal,
): Promise<Mail> {
  const { db } = parts;
  const request = toMailRequest(row.payload);
  const incident = request && (await findIncident(db, request.incidentId));
  const token = incident && (await findToken(db, incident.tokenId));
  const recipient = request && (await findUserById(db, request.userId));
  const owner = token && (await findUserById(db, token.ownerId));
  const organization = token && (await findOrganizationById(db, token.organizationId));
  if (!request || !incident || !token || !recipient || !owner || !organization)
    throw new PatrolError("internal", `Outbox row ${row.id} names what is not there.`);
  if (request.kind === "token-revoked" && token.revokedAt === undefined)
    throw new PatrolError("internal", `Outbox row ${row.id} says that a token is revoked which is not.`);

  const leaks = await listLeaks(db, incident.id, PLACES_SHOWN);
  const { total, inPublic } = await countLeaks(db, incident.id);
  const report: LeakReport = {
    at: parts.now(),
    incidentId: incident.id,
    organization: organization.name,
    token: { ...token, isHighPrivilege: token.scopes.some(isHighPrivilege) },
    ownerEmail: owner.email,
    isToOwner: recipient.id === owner.id,
    isOwnerDisabled: owner.disabledAt !== undefined,
    revokeAt: incident.action === "revoke" && incident.state === "open" ? incident.revokeAt : undefined,
    clause: incident.clause,
    policyVersion: incident.policyVersion,
    places: leaks.map((leak) => ({ ...leak.place, detectedAt: leak.detectedAt, ruleId: leak.ruleId })),
    total,
    isPublic: inPublic > 0,
  };
  const { kind, revokeAt, ...ids } = request;
  const followsFirst = kind !== "leak-found" && (await wasAskedFor(db, { ...ids, kind: "leak-found" }));
  const mail = render(
    kind,
    viewOf(report, parts.sites),
    {
      incidentId: incident.id,
      recipientId: recipient.id,
      to: recipient.email,
      domain: parts.domain,
      follows: followsFirst ? "leak-found" : undefined,
      revokeAt,
    },
    parts.templates,
  );
  // Another worker has the row by now, or will: it sends the mail.
  signal?.throwIfAborted();
  await parts.mailer.send(mail);
  return mail;
}
