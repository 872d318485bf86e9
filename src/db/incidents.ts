import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

/** All leaks of one token. */
export interface Incident {
  readonly id: string;
  readonly organizationId: string;
  readonly tokenId: string;
  readonly state: "open" | "closed";
  readonly action: "revoke" | "notify" | "review";
  /** The clause of the policy that chose the action, and the policy's version then. */
  readonly clause: string;
  readonly policyVersion: number;
  readonly correlationId: string;
  readonly openedAt: Date;
  /** When the token will be revoked by the system, or was to be. */
  readonly revokeAt?: Date;
  /** Since when the token is revoked, by whomever. */
  readonly revokedAt?: Date;
  readonly closedAt?: Date;
}

/** The token's incident, held until the end of the transaction. Lock the token first. */
export async function lockIncident(tx: Tx, tokenId: string): Promise<Incident | undefined> {
  const row = await tx
    .selectFrom("incidents")
    .selectAll()
    .where("token_id", "=", tokenId)
    .forUpdate()
    .executeTakeFirst();
  return row && toIncident(row);
}

export interface NewIncident {
  readonly organizationId: string;
  readonly tokenId: string;
  readonly action: Incident["action"];
  readonly clause: string;
  readonly policyVersion: number;
  readonly openedAt: Date;
  readonly revokeAt?: Date;
}

export async function openIncident(tx: Tx, incident: NewIncident): Promise<Incident> {
  const row = await tx
    .insertInto("incidents")
    .values({
      organization_id: incident.organizationId,
      token_id: incident.tokenId,
      action: incident.action,
      clause: incident.clause,
      policy_version: incident.policyVersion,
      opened_at: incident.openedAt,
      revoke_at: incident.revokeAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toIncident(row);
}

export interface IncidentChange {
  readonly state?: "closed";
  readonly action?: Incident["action"];
  readonly clause?: string;
  readonly policyVersion?: number;
  readonly revokeAt?: Date;
  readonly revokedAt?: Date;
  readonly closedAt?: Date;
}

/** Changes what is given and leaves the rest. */
export async function changeIncident(tx: Tx, id: string, change: IncidentChange): Promise<Incident> {
  const row = await tx
    .updateTable("incidents")
    .set({
      state: change.state,
      action: change.action,
      clause: change.clause,
      policy_version: change.policyVersion,
      revoke_at: change.revokeAt,
      revoked_at: change.revokedAt,
      closed_at: change.closedAt,
    })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toIncident(row);
}

export interface DueToken {
  readonly tokenId: string;
  readonly revokeAt: Date;
}

/** Tokens whose time of grace is over, the longest overdue first. @param after those behind this one. */
export async function dueTokens(db: Database, now: Date, limit: number, after?: DueToken): Promise<DueToken[]> {
  return await db
    .selectFrom("incidents")
    .select(["token_id as tokenId", "revoke_at as revokeAt"])
    .$narrowType<{ revokeAt: Date }>()
    .where("revoke_at", "<=", now)
    .where("revoked_at", "is", null)
    .where("action", "=", "revoke")
    .where("state", "=", "open")
    .$if(after !== undefined, (query) =>
      query.where((is) =>
        is.or([
          is("revoke_at", ">", after!.revokeAt),
          is.and([is("revoke_at", "=", after!.revokeAt), is("token_id", ">", after!.tokenId)]),
        ]),
      ),
    )
    .orderBy("revoke_at")
    .orderBy("token_id")
    .limit(limit)
    .execute();
}

export async function findIncident(db: Database | Tx, id: string): Promise<Incident | undefined> {
  const row = await db.selectFrom("incidents").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toIncident(row);
}

export interface IncidentSummary extends Incident {
  readonly tokenName: string;
  readonly hint: string;
  readonly ownerEmail: string;
  readonly leaks: number;
}

/** Incidents, newest first; of one organization when given. */
export async function listIncidents(
  db: Database,
  filter: { readonly organizationId?: string; readonly limit?: number } = {},
): Promise<IncidentSummary[]> {
  let query = db
    .selectFrom("incidents")
    .innerJoin("tokens", "tokens.id", "incidents.token_id")
    .innerJoin("users", "users.id", "tokens.owner_id")
    .selectAll("incidents")
    .select(["tokens.name as token_name", "tokens.hint", "users.email"])
    .select((is) =>
      is
        .selectFrom("leaks")
        .select(is.fn.countAll().as("leaks"))
        .whereRef("leaks.incident_id", "=", "incidents.id")
        .as("leaks"),
    )
    .orderBy("opened_at", "desc")
    .orderBy("incidents.id")
    .limit(filter.limit ?? 100);
  if (filter.organizationId !== undefined) query = query.where("incidents.organization_id", "=", filter.organizationId);
  return (await query.execute()).map((row) => ({
    ...toIncident(row),
    tokenName: row.token_name,
    hint: row.hint,
    ownerEmail: row.email,
    leaks: Number(row.leaks),
  }));
}

interface Row {
  id: string;
  organization_id: string;
  token_id: string;
  state: "open" | "closed";
  action: "revoke" | "notify" | "review";
  clause: string;
  policy_version: number;
  correlation_id: string;
  opened_at: Date;
  revoke_at: Date | null;
  revoked_at: Date | null;
  closed_at: Date | null;
}

const toIncident = (row: Row): Incident => ({
  id: row.id,
  organizationId: row.organization_id,
  tokenId: row.token_id,
  state: row.state,
  action: row.action,
  clause: row.clause,
  policyVersion: row.policy_version,
  correlationId: row.correlation_id,
  openedAt: row.opened_at,
  revokeAt: row.revoke_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
  closedAt: row.closed_at ?? undefined,
});
