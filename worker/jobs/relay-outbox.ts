import { failOutbox, finishOutbox, leaseOutbox, type OutboxRow } from "../../src/db/outbox.ts";
import type { JobOf } from "../../src/queue/jobs.ts";
import { type JobParts, whileLeased } from "../leased.ts";

export interface RelayOutboxParts extends JobParts {
  /** Does what one row asks, at least once; the row's id and `dedupe_key` stay the same when it is called again. */
  readonly relay: (row: OutboxRow, signal: AbortSignal) => Promise<void>;
}

/** Takes one row out of the outbox and does what it asks. Does nothing when another worker has it. */
export async function relayOutbox(job: JobOf<"relay-outbox">, parts: RelayOutboxParts): Promise<void> {
  const { db, worker, times } = parts;
  const lease = await leaseOutbox(db, job.outboxId, worker, times.leaseMs);
  if (lease === undefined) return;
  await whileLeased(lease, parts, {
    run: async (signal) => await parts.relay(lease.row, signal),
    finish: async () => await finishOutbox(db, lease),
    fail: async (failure, retry) => await failOutbox(db, lease, failure, retry),
  });
}
