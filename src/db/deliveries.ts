import { type Selectable, sql } from "kysely";
import type { Database } from "./database.ts";
import { type Failure, type Lease, failLease, finishLease, openRows, replayRow, takeLease } from "./leases.ts";
import type { Tables } from "./tables.ts";

export type DeliveryRow = Selectable<Tables["deliveries"]>;

export interface NewDelivery {
  /** GitHub's GUID. Shared by all webhooks that one event reaches, and by redeliveries. */
  readonly id: string;
  readonly event: string;
  readonly action?: string;
  readonly repositoryId?: number;
  readonly sealed: Buffer;
  /** It names an installation of our App, so that its repository may be read also when it is not public. */
  readonly isFromApp?: boolean;
}

/** What came of a delivery: how much was scanned, and what could not be. */
export interface DeliveryResult {
  readonly fragments: number;
  readonly bytes: number;
  /** Masked by the caller: it is stored and shown. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
}

/** A delivery under work. */
export interface LeasedDelivery extends Lease {
  readonly row: DeliveryRow;
  readonly attempts: number;
}

/**
 * Keeps a delivery; committed when this resolves. One that is known already changes nothing when it is done or under
 * work, and otherwise is due at once, also after it was set aside: whoever presses "redeliver" wants it tried. Of two
 * that one event sent to two webhooks, what the App's says is kept until it is done.
 */
export async function keepDelivery(db: Database, delivery: NewDelivery): Promise<"new" | "known"> {
  const inserted = await db
    .insertInto("deliveries")
    .values({
      id: delivery.id,
      event: delivery.event,
      action: delivery.action ?? null,
      repository_id: delivery.repositoryId ?? null,
      sealed: delivery.sealed,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  if (inserted !== undefined) return "new";
  const isFromApp = delivery.isFromApp ?? false;
  await sql`
    update deliveries
    set sealed = case when state = 'dead' or ${isFromApp}::boolean then ${delivery.sealed} else sealed end,
        available_at = case when state = 'leased' then available_at else least(available_at, now()) end,
        attempts = case when state = 'dead' then 0 else attempts end,
        finished_at = null, state = case when state = 'leased' then state else 'new' end
    where id = ${delivery.id} and (state in ('new', 'dead') or (state = 'leased' and ${isFromApp}::boolean))`.execute(
    db,
  );
  return "known";
}

/** Takes a delivery for `leaseMs`. Undefined when it is done, not due, or somebody else's. */
export async function leaseDelivery(
  db: Database,
  id: string,
  worker: string,
  leaseMs: number,
): Promise<LeasedDelivery | undefined> {
  const taken = await takeLease<DeliveryRow>(db, "deliveries", id, worker, leaseMs);
  return taken && { ...taken.lease, row: taken.row, attempts: taken.row.attempts };
}

/** False when the lease was lost: then somebody else finishes it. */
export async function finishDelivery(db: Database, lease: Lease, result: DeliveryResult): Promise<boolean> {
  const { fragments, bytes, skipped } = result;
  return await finishLease(
    db,
    lease,
    sql`fragments = ${fragments}, bytes = ${bytes}, skipped = ${JSON.stringify(skipped)}::jsonb`,
  );
}

export async function failDelivery(
  db: Database,
  lease: LeasedDelivery,
  failure: Failure,
  retry: boolean,
): Promise<"again" | "dead" | "lost"> {
  return await failLease(db, lease, failure, retry);
}

/** Ids of deliveries that wait for a worker since `quietMs` or longer, the longest waiting first. */
export async function openDeliveries(db: Database, limit: number, quietMs = 0): Promise<string[]> {
  return await openRows(db, "deliveries", limit, quietMs);
}

/** Handles a delivery again from the start. False when there is none of that id, or it is being handled right now. */
export async function replayDelivery(db: Database, id: string): Promise<boolean> {
  return await replayRow(db, "deliveries", id);
}

export interface DeliveryFilter {
  readonly state?: DeliveryRow["state"];
  readonly limit?: number;
}

/** Newest first, without what is sealed. */
export async function listDeliveries(
  db: Database,
  filter: DeliveryFilter = {},
): Promise<Omit<DeliveryRow, "sealed" | "leased_by">[]> {
  let query = db
    .selectFrom("deliveries")
    .select(["id", "event", "action", "repository_id", "state", "attempts", "lost_leases", "received_at"])
    .select(["available_at", "leased_until", "finished_at", "error_code", "error", "fragments", "bytes", "skipped"])
    .orderBy("received_at", "desc")
    .orderBy("id", "desc")
    .limit(filter.limit ?? 50);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  return await query.execute();
}
