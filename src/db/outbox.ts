import type { Selectable } from "kysely";
import type { Database } from "./database.ts";
import { type Failure, type Lease, failLease, finishLease, openRows, takeLease } from "./leases.ts";
import type { Tables } from "./tables.ts";

export type OutboxRow = Selectable<Tables["outbox"]>;

/** A row under work. */
export interface LeasedOutbox extends Lease {
  readonly row: OutboxRow;
  readonly attempts: number;
}

/** Takes a row for `leaseMs`. Undefined when it is done, not due, or somebody else's. */
export async function leaseOutbox(
  db: Database,
  id: string,
  worker: string,
  leaseMs: number,
): Promise<LeasedOutbox | undefined> {
  const taken = await takeLease<OutboxRow>(db, "outbox", id, worker, leaseMs);
  return taken && { ...taken.lease, row: taken.row, attempts: taken.row.attempts };
}

/** False when the lease was lost: then somebody else does it again, under the same stable ids. */
export async function finishOutbox(db: Database, lease: Lease): Promise<boolean> {
  return await finishLease(db, lease);
}

export async function failOutbox(
  db: Database,
  lease: LeasedOutbox,
  failure: Failure,
  retry: boolean,
): Promise<"again" | "dead" | "lost"> {
  return await failLease(db, lease, failure, retry);
}

/** Ids of rows that wait for a worker since `quietMs` or longer, the longest waiting first. */
export async function openOutbox(db: Database, limit: number, quietMs = 0): Promise<string[]> {
  return await openRows(db, "outbox", limit, quietMs);
}
