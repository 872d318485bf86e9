import type { Job, JobName, JobOf } from "../src/queue/jobs.ts";
import { handleDelivery, type HandleDeliveryParts } from "./jobs/handle-delivery.ts";
import { relayOutbox, type RelayOutboxParts } from "./jobs/relay-outbox.ts";

/** What the jobs need, all together. */
export type RegistryParts = HandleDeliveryParts & RelayOutboxParts;

/** Every job there is, by name. */
const JOBS: { [Name in JobName]: (job: JobOf<Name>, parts: RegistryParts) => Promise<void> } = {
  "handle-delivery": handleDelivery,
  "relay-outbox": relayOutbox,
};

export async function runJob(job: Job, parts: RegistryParts): Promise<void> {
  const run = JOBS[job.name] as (job: Job, parts: RegistryParts) => Promise<void>;
  await run(job, parts);
}
