import { toPatrolError } from "../model/errors.ts";
import type { Log } from "../model/log.ts";
import type { Job } from "./jobs.ts";

/** Says that a job threw. A server that is away is no fault of the job: the row comes back when its lease runs out. */
export function logFailedJob(log: Log, job: Job, thrown: unknown): void {
  const { code, kind } = toPatrolError(thrown);
  const fields = { job, code, err: thrown };
  if (kind.blame === "dependency") log.warn(fields, "a job could not be done and comes back");
  else log.error(fields, "a job failed unexpectedly");
}
