import { type AuditDraft, SYSTEM } from "../audit/event.ts";
import type { Json } from "../audit/canonical-json.ts";
import { appendAudit } from "../db/audit-log.ts";
import { changeIncident, type Incident, lockIncident, openIncident } from "../db/incidents.ts";
import { findLeak, insertLeak, type LeakPlace, publishLeak } from "../db/leaks.ts";
import { lockToken } from "../db/tokens.ts";
import { inTransaction, type Tx } from "../db/transaction.ts";
import { findUserById } from "../db/users.ts";
import type { Disposition } from "../model/disposition.ts";
import type { Finding } from "../model/finding.ts";
import type { Outcome } from "../model/leak.ts";
import type { Policy } from "../model/policy.ts";
import type { Token } from "../model/token.ts";
import { leakPlace } from "./leak-place.ts";
import { askForMails, revokeLeaked } from "./revoke-leaked.ts";
import type { River } from "./river.ts";

/** Where a disposition comes from. */
export interface Grounds {
  readonly policy: Policy;
  readonly deliveryId?: string;
}

/**
 * Does what was decided, in one transaction: leak, incident, token state, audit events, and the mails to be sent after
 * it. Done again, it changes nothing. Locks the token, then its incident, then the organization's audit head; whoever
 * changes a token does it in that order.
 */
export async function respond(
  finding: Finding,
  disposition: Disposition,
  river: Pick<River, "db" | "rulebook" | "now">,
  grounds: Grounds,
): Promise<Outcome> {
  const { verdict } = finding;
  if (verdict.kind === "unverified") return { kind: "deferred", clause: disposition.clause };
  if (verdict.kind === "unknown" || disposition.action === "dismiss")
    return { kind: "dismissed", clause: disposition.clause };
  const place = leakPlace(finding.candidate, river.rulebook);
  return await inTransaction(river.db, async (tx) => {
    const token = await lockToken(tx, verdict.token.id);
    if (token === undefined) return { kind: "dismissed", clause: "not-ours" };
    const known = await findLeak(tx, finding.fingerprint);
    // Of a repository that was made public since, the place is the same and the leak is not.
    const isOpened = known !== undefined && place.exposure === "public" && known.exposure !== "public";
    if (known !== undefined && !isOpened)
      return outcome(known.id, known.incidentId, token, { isNew: false, revokedNow: false });

    const at = river.now();
    const owner = await findUserById(tx, token.ownerId);
    const ownerName = owner?.name || (owner?.email ?? "");
    const { incident, before } = await settle(tx, token, disposition, grounds.policy, at);
    const leak = {
      incidentId: incident.id,
      tokenId: token.id,
      fingerprint: finding.fingerprint,
      ruleId: finding.candidate.rule.id,
      deliveryId: grounds.deliveryId,
      detectedAt: at,
      place,
    };
    const leakId = await (known === undefined ? insertLeak(tx, leak) : publishLeak(tx, known.id));
    if (leakId === undefined) throw new Error("a leak of a locked token was recorded by somebody else");

    const isTold = before !== undefined && before.action !== "review";
    const isDue =
      isLive(token) && incident.action === "revoke" && incident.revokeAt !== undefined && incident.revokeAt <= at;
    const drafts = [discovered(token, ownerName, incident, place, { leakId, isFirst: before === undefined, at })];
    const planned =
      isDue || incident.revokeAt?.getTime() === before?.revokeAt?.getTime() ? undefined : incident.revokeAt;
    if (planned !== undefined) drafts.push(graceStarted(token, incident, planned, at));
    if (!isTold && incident.action !== "review") await askForMails(tx, token, incident, { kind: "leak-found" });
    // What the first mail says of how long the token lives is true no more.
    if (isTold && planned !== undefined)
      await askForMails(tx, token, incident, { kind: "revocation-planned", revokeAt: planned.toISOString() });
    // A first mail that goes out with the revocation says so itself.
    const revoked = isDue ? await revokeLeaked(tx, { token, incident, ownerName }, at, { mail: isTold }) : [];
    await appendAudit(tx, token.organizationId, [...drafts, ...revoked]);
    return outcome(leakId, incident.id, token, { isNew: true, revokedNow: revoked.length > 0 });
  });
}

const RANK = { review: 0, notify: 1, revoke: 2, dismiss: -1 } as const;
const isLive = (token: Token) => token.state === "active";

/**
 * The token's incident after this finding, and as it was before. It only ever gets stricter or sooner. One that is closed
 * stays as it is: its token is revoked, and no finding is stricter than that.
 */
async function settle(
  tx: Tx,
  token: Token,
  decided: Disposition,
  policy: Policy,
  at: Date,
): Promise<{ incident: Incident; before?: Incident }> {
  const before = await lockIncident(tx, token.id);
  // Somebody revoked it after the verdict: there is nothing left to end.
  const disposition: Disposition = isLive(token) ? decided : { action: "review", clause: "revoked-before" };
  const action = disposition.action === "dismiss" ? "review" : disposition.action;
  const revokeAt = disposition.action === "revoke" ? disposition.revokeAt : undefined;
  const chosen = { action, clause: disposition.clause, policyVersion: policy.version, revokeAt };
  if (before === undefined) {
    const ids = { organizationId: token.organizationId, tokenId: token.id };
    return { incident: await openIncident(tx, { ...ids, ...chosen, openedAt: at }) };
  }
  const isStricter = RANK[action] > RANK[before.action];
  const isSooner = revokeAt !== undefined && before.revokeAt !== undefined && revokeAt < before.revokeAt;
  if (!isStricter && !isSooner) return { incident: before, before };
  return { incident: await changeIncident(tx, before.id, chosen), before };
}

function discovered(
  token: Token,
  ownerName: string,
  incident: Incident,
  place: LeakPlace,
  leak: { readonly leakId: string; readonly isFirst: boolean; readonly at: Date },
): AuditDraft {
  const data: Record<string, Json> = {
    DisplayName: token.name,
    OwnerName: ownerName,
    TokenId: token.id,
    C3id: token.c3id,
    IncidentId: incident.id,
    LeakId: leak.leakId,
    Kind: place.kind,
    Repository: place.repository ?? null,
    RepositoryId: place.repositoryId ?? null,
    Exposure: place.exposure ?? null,
    Commit: place.commit ?? null,
    Path: place.path ?? null,
    Line: place.line,
  };
  return {
    actionId: place.exposure === "public" ? "Token.PatPublicDiscoveryEvent" : "Token.PatPrivateDiscoveryEvent",
    actor: SYSTEM,
    at: leak.at,
    // The first discovery is the root of all that follows from it.
    id: leak.isFirst ? incident.correlationId : undefined,
    correlationId: incident.correlationId,
    data,
  };
}

function graceStarted(token: Token, incident: Incident, revokeAt: Date, at: Date): AuditDraft {
  const data = {
    DisplayName: token.name,
    TokenId: token.id,
    IncidentId: incident.id,
    RevokeAt: revokeAt.toISOString(),
    Clause: incident.clause,
    PolicyVersion: incident.policyVersion,
  };
  return { actionId: "Token.LeakGraceStarted", actor: SYSTEM, at, correlationId: incident.correlationId, data };
}

const outcome = (
  leakId: string,
  incidentId: string,
  token: Token,
  what: { readonly isNew: boolean; readonly revokedNow: boolean },
): Outcome => ({ kind: "recorded", leakId, incidentId, tokenId: token.id, ...what });
