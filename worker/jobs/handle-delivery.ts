import {
  type DeliveryResult,
  failDelivery,
  finishDelivery,
  type LeasedDelivery,
  leaseDelivery,
} from "../../src/db/deliveries.ts";
import { releaseLease } from "../../src/db/leases.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Publication, Push } from "../../src/model/push.ts";
import { unsealPush } from "../../src/pipeline/sealed-push.ts";
import { logFailedJob } from "../../src/queue/failed-job.ts";
import type { JobOf } from "../../src/queue/jobs.ts";
import type { Pepper } from "../../src/tokens/seal.ts";
import { type JobParts, whileLeased } from "../leased.ts";
import type { SlowWork } from "../slow-work.ts";

/** When a push is looked at again whose repository has its share of slow work. */
const AGAIN_MS = 10_000;

export interface HandleDeliveryParts extends JobParts {
  /** All that `sealPush` may have used. */
  readonly peppers: readonly Pepper[];
  /**
   * The river. Called again for the same push when a worker dies or an error passes, so it must be idempotent. Texts in
   * the result are masked.
   */
  readonly handlePush: (told: Push | Publication, signal: AbortSignal) => Promise<DeliveryResult>;
  readonly slow: SlowWork;
}

/**
 * Takes one delivery out of the inbox and sends what it tells of down the river. Does nothing when another worker has it.
 * One that takes long goes on when this resolves.
 */
export async function handleDelivery(job: JobOf<"handle-delivery">, parts: HandleDeliveryParts): Promise<void> {
  const { db, worker, times, slow, log } = parts;
  const lease = await leaseDelivery(db, job.deliveryId, worker, times.leaseMs);
  if (lease === undefined) return;
  const repositoryId = lease.row.repository_id ?? 0;
  if (slow.hasItsShare(repositoryId)) return void (await releaseLease(db, lease, AGAIN_MS));
  const working = whileLeased(lease, parts, {
    run: async (signal) => await parts.handlePush(open(lease, parts), signal),
    finish: async (result) => await finishDelivery(db, lease, result),
    fail: async (failure, retry) => await failDelivery(db, lease, failure, retry),
  });
  await slow.orBeside(repositoryId, working, (error) => logFailedJob(log, job, error));
}

function open({ row }: LeasedDelivery, { peppers }: HandleDeliveryParts): Push | Publication {
  if (row.sealed === null) throw new PatrolError("payload-invalid", `Delivery ${row.id} holds nothing to handle.`);
  return unsealPush(peppers, { id: row.id, sealed: row.sealed, receivedAt: row.received_at });
}
