import { randomUUID } from "node:crypto";
import { type ChainCheck, GENESIS, type Head, type Link, link, verifyChain } from "../audit/chain.ts";
import { type AuditDraft, type AuditEvent, toEvent } from "../audit/event.ts";
import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

const PAGE = 1_000;

/**
 * Appends to the organization's chain, inside the caller's transaction: what happened and the record of it commit
 * together. Holds the organization's head until the end of the transaction, so it comes last among the locks.
 */
export async function appendAudit(
  tx: Tx,
  organizationId: string,
  drafts: readonly AuditDraft[],
): Promise<AuditEvent[]> {
  if (drafts.length === 0) return [];
  let head = await lockHead(tx, organizationId);
  const { name } = await tx
    .selectFrom("organizations")
    .select("name")
    .where("id", "=", organizationId)
    .executeTakeFirstOrThrow();
  const events: AuditEvent[] = [];
  const rows = drafts.map((draft) => {
    const event = toEvent(draft, { organizationId, organization: name }, head.seq + 1, randomUUID());
    const next = link(head, event);
    head = next;
    events.push(event);
    return {
      organization_id: organizationId,
      seq: next.seq,
      id: event.id,
      correlation_id: event.correlationId,
      action_id: event.actionId,
      occurred_at: draft.at,
      record: next.record,
      prev_hash: Buffer.from(next.prevHash),
      hash: Buffer.from(next.hash),
    };
  });
  await tx.insertInto("audit_events").values(rows).execute();
  await tx
    .updateTable("audit_heads")
    .set({ seq: head.seq, hash: Buffer.from(head.hash) })
    .where("organization_id", "=", organizationId)
    .execute();
  return events;
}

async function lockHead(tx: Tx, organizationId: string): Promise<Head> {
  const select = tx
    .selectFrom("audit_heads")
    .select(["seq", "hash"])
    .where("organization_id", "=", organizationId)
    .forUpdate();
  const found = await select.executeTakeFirst();
  if (found !== undefined) return found;
  await tx
    .insertInto("audit_heads")
    .values({ organization_id: organizationId, seq: GENESIS.seq, hash: Buffer.from(GENESIS.hash) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return await select.executeTakeFirstOrThrow();
}

export type AuditReport = { readonly organizationId: string; readonly organization: string } & ChainCheck;

/** Checks the chain of every organization, its head, and that the columns say what the hashed text says. */
export async function verifyAudit(db: Database): Promise<AuditReport[]> {
  const organizations = await db.selectFrom("organizations").select(["id", "name"]).orderBy("name").execute();
  const reports: AuditReport[] = [];
  for (const { id, name } of organizations) {
    // One snapshot, so that what is appended meanwhile does not look like a head that moved.
    const snapshot = db.transaction().setIsolationLevel("repeatable read");
    reports.push({ organizationId: id, organization: name, ...(await snapshot.execute((tx) => verifyOne(tx, id))) });
  }
  return reports;
}

async function verifyOne(tx: Tx, organizationId: string): Promise<ChainCheck> {
  const head = tx.selectFrom("audit_heads").select(["seq", "hash"]).where("organization_id", "=", organizationId);
  const expected = (await head.executeTakeFirst()) ?? GENESIS;
  let from = GENESIS;
  let events = 0;
  for await (const row of auditRows(tx, organizationId)) {
    const check = verifyChain([toLink(row)], { organizationId, from });
    if (!check.ok) return { ...check, events };
    const event = JSON.parse(row.record) as AuditEvent;
    const saysTheSame =
      event.id === row.id &&
      event.correlationId === row.correlation_id &&
      event.actionId === row.action_id &&
      Date.parse(event.timestamp) === row.occurred_at.getTime();
    if (!saysTheSame) return { ok: false, events, brokenAt: row.seq, because: "its columns differ from its text" };
    from = check.head;
    events++;
  }
  const end = verifyChain([], { organizationId, from, expected });
  return { ...end, events };
}

async function* auditRows(db: Database, organizationId: string) {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom("audit_events")
      .selectAll()
      .where("organization_id", "=", organizationId)
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(PAGE)
      .execute();
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    after = end.seq;
  }
}

const toLink = (row: { seq: number; record: string; prev_hash: Buffer; hash: Buffer }): Link => ({
  seq: row.seq,
  record: row.record,
  prevHash: row.prev_hash,
  hash: row.hash,
});
