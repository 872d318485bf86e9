/** Every job there is. A payload holds ids only, never text from outside. */
export type Job =
  | { readonly name: "handle-delivery"; readonly deliveryId: string }
  | { readonly name: "relay-outbox"; readonly outboxId: string };

export type JobName = Job["name"];
export type JobOf<Name extends JobName> = Extract<Job, { name: Name }>;

export const JOB_NAMES = ["handle-delivery", "relay-outbox"] as const satisfies JobName[];

/** The job's identity: offering the same one twice while it waits is one job. Free of `:`, which BullMQ reserves. */
export function jobKey(job: Job): string {
  return job.name === "handle-delivery" ? `delivery-${job.deliveryId}` : `outbox-${job.outboxId}`;
}
