import type { AuditEvent } from "../../src/audit/event.ts";
import type { Database } from "../../src/db/database.ts";

/** What the audit log of an organization says, newest first. */
export async function auditEvents(db: Database, organizationId: string): Promise<AuditEvent[]> {
  const rows = await db
    .selectFrom("audit_events")
    .select("record")
    .where("organization_id", "=", organizationId)
    .orderBy("seq", "desc")
    .execute();
  return rows.map((row) => JSON.parse(row.record) as AuditEvent);
}
