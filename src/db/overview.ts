import { sql } from "kysely";
import type { AuditEvent } from "../audit/event.ts";
import type { Database } from "./database.ts";

/** How many rows a list of the page or the API shows. */
const NEWEST = 100;

/** Incidents with what a person needs to tell them apart, newest first. */
export async function listIncidents(db: Database) {
  return await incidents(db).orderBy("incidents.opened_at", "desc").limit(NEWEST).execute();
}

export async function findIncident(db: Database, id: string) {
  return await incidents(db).where("incidents.id", "=", id).executeTakeFirst();
}

function incidents(db: Database) {
  return db
    .selectFrom("incidents")
    .innerJoin("tokens", "tokens.id", "incidents.token_id")
    .innerJoin("users", "users.id", "tokens.owner_id")
    .innerJoin("organizations", "organizations.id", "incidents.organization_id")
    .select([
      "incidents.id",
      "organizations.name as organization",
      "tokens.id as tokenId",
      "tokens.name as tokenName",
      "tokens.hint as tokenHint",
      "users.email as owner",
      "incidents.action",
      "incidents.clause",
      "incidents.correlation_id as correlationId",
      "incidents.opened_at as openedAt",
      "incidents.revoke_at as revokeAt",
      "incidents.revoked_at as revokedAt",
      sql<number>`(select count(*)::int from leaks where leaks.incident_id = incidents.id)`.as("leakCount"),
    ]);
}

/** Every place where an incident's token was found, oldest first. */
export async function leaksOf(db: Database, incidentId: string) {
  return await db
    .selectFrom("leaks")
    .select([
      "repository",
      "commit_id as commit",
      "path",
      "line",
      "kind",
      "author",
      "authored_at as authoredAt",
      "detected_at as detectedAt",
    ])
    .where("incident_id", "=", incidentId)
    .orderBy("detected_at")
    .orderBy("id")
    .limit(1000)
    .execute();
}

/** The audit events that share an incident's correlation id, in chain order. */
export async function eventsOf(db: Database, correlationId: string) {
  const rows = await db
    .selectFrom("audit_events")
    .select(["occurred_at as at", "action_id as actionId", "record"])
    .where("correlation_id", "=", correlationId)
    .orderBy("seq")
    .limit(1000)
    .execute();
  return rows.map(({ record, ...row }) => ({ ...row, details: (JSON.parse(record) as AuditEvent).details }));
}

/** The local mailbox, newest first. */
export async function listMails(db: Database) {
  return await db
    .selectFrom("mails")
    .select(["message_id as messageId", "recipient as to", "subject", "sent_at as sentAt"])
    .orderBy("sent_at", "desc")
    .limit(NEWEST)
    .execute();
}

export async function findMail(db: Database, messageId: string) {
  return await db
    .selectFrom("mails")
    .select(["message_id as messageId", "recipient as to", "subject", "sent_at as sentAt", "text_body as text"])
    .where("message_id", "=", messageId)
    .executeTakeFirst();
}

/** Every organization with its policy; one that has no row yet has the default. */
export async function listPolicies(db: Database) {
  return await db
    .selectFrom("organizations")
    .leftJoin("policies", "policies.organization_id", "organizations.id")
    .select([
      "organizations.name as organization",
      "policies.mode",
      "policies.grace_hours as graceHours",
      "policies.version",
    ])
    .orderBy("organizations.name")
    .execute();
}

/** The inbox with the names of repositories, newest first. */
export async function listDeliveryRows(db: Database) {
  return await db
    .selectFrom("deliveries")
    .leftJoin("repositories", "repositories.id", "deliveries.repository_id")
    .select([
      "deliveries.id",
      "deliveries.event",
      "repositories.full_name as repository",
      "deliveries.state",
      "deliveries.attempts",
      "deliveries.received_at as receivedAt",
      "deliveries.finished_at as finishedAt",
      "deliveries.fragments",
      sql<number>`coalesce(jsonb_array_length(deliveries.skipped), 0)`.as("skipped"),
      "deliveries.error",
    ])
    .orderBy("deliveries.received_at", "desc")
    .limit(NEWEST)
    .execute();
}
