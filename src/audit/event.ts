import type { Json } from "./canonical-json.ts";

/** Who did it. The system has no user id. */
export interface Actor {
  readonly userId: string | null;
  /** The address a person signs in with; empty for the system. */
  readonly upn: string;
  readonly displayName: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
}

export const SYSTEM: Actor = { userId: null, upn: "", displayName: "Patrol" };

/**
 * What can be recorded. Ids, categories and the first six texts are those of Azure DevOps
 * (learn.microsoft.com, "Auditing events list"); the rest follow its form. `{Name}` is filled from the event's data.
 */
const ACTIONS = {
  "Token.PatCreateEvent": ["create", `Personal Access Token "{DisplayName}" was created.`],
  "Token.PatExpiredEvent": ["modify", `Personal Access Token "{DisplayName}" expired.`],
  "Token.PatPublicDiscoveryEvent": [
    "access",
    `Personal Access Token "{DisplayName}" associated with user "{OwnerName}" was discovered in a public repository.`,
  ],
  "Token.PatRevokeEvent": ["remove", `Personal Access Token "{DisplayName}" was revoked.`],
  "Token.PatSystemRevokeEvent": [
    "remove",
    `Personal Access Token "{DisplayName}" associated with user "{OwnerName}" was revoked by the system.`,
  ],
  "Token.PatUpdateEvent": ["modify", `Personal Access Token "{DisplayName}" was updated.`],
  "Token.PatPrivateDiscoveryEvent": [
    "access",
    `Personal Access Token "{DisplayName}" associated with user "{OwnerName}" was discovered in a repository that is not public.`,
  ],
  "Token.LeakGraceStarted": ["modify", `Personal Access Token "{DisplayName}" will be revoked at {RevokeAt}.`],
  "Token.LeakGraceCancelled": [
    "modify",
    `The revocation of Personal Access Token "{DisplayName}" planned for {RevokeAt} was cancelled: the token is revoked already.`,
  ],
  "Hook.Bypassed": ["execute", `Findings were let through the {Hook} hook in {Repository}: {Reason}`],
  "Policy.Updated": ["modify", `The policy was changed from {OldMode} to {NewMode}.`],
} as const satisfies Record<string, readonly [AuditCategory, string]>;

type ActionId = keyof typeof ACTIONS;
type AuditCategory = "unknown" | "modify" | "remove" | "create" | "access" | "execute";

/** What happened, before it has a place in the chain. Texts of strangers in `data` are masked already. */
export interface AuditDraft {
  readonly actionId: ActionId;
  readonly actor: Actor;
  readonly at: Date;
  readonly data: { readonly [name: string]: Json };
  /** Given when later events will belong to this one; an event whose id is its correlation id is the first of them. */
  readonly id?: string;
  readonly correlationId?: string;
}

/** One event as it is hashed and exported: the fields of Azure DevOps' `DecoratedAuditLogEntry`, and `seq`. */
export type AuditEvent = {
  readonly seq: number;
  readonly id: string;
  readonly correlationId: string;
  /** ISO 8601 in UTC with six decimals of the second. */
  readonly timestamp: string;
  readonly actorUserId: string | null;
  readonly actorUPN: string;
  readonly actorDisplayName: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly scopeType: "organization";
  readonly scopeId: string;
  readonly scopeDisplayName: string;
  readonly actionId: ActionId;
  readonly area: string;
  readonly category: AuditCategory;
  readonly data: { readonly [name: string]: Json };
  readonly details: string;
};

export interface AuditScope {
  readonly organizationId: string;
  readonly organization: string;
}

/** A draft at its place in the chain of one organization. `id` is used when the draft brings none. */
export function toEvent(draft: AuditDraft, scope: AuditScope, seq: number, id: string): AuditEvent {
  const [category, template] = ACTIONS[draft.actionId];
  const ownId = draft.id ?? id;
  return {
    seq,
    id: ownId,
    correlationId: draft.correlationId ?? ownId,
    timestamp: microseconds(draft.at),
    actorUserId: draft.actor.userId,
    actorUPN: draft.actor.upn,
    actorDisplayName: draft.actor.displayName,
    ipAddress: draft.actor.ipAddress ?? null,
    userAgent: draft.actor.userAgent ?? null,
    scopeType: "organization",
    scopeId: scope.organizationId,
    scopeDisplayName: scope.organization,
    actionId: draft.actionId,
    area: draft.actionId.split(".")[0] ?? "",
    category,
    data: draft.data,
    details: template.replace(/\{(\w+)\}/g, (_, name: string) => String(draft.data[name] ?? "")),
  };
}

/** Our clocks give milliseconds; the form has room for more, so that a finer source needs no new one. */
function microseconds(at: Date): string {
  return at.toISOString().replace("Z", "000Z");
}
