import type { Database } from "../src/db/database.ts";
import { type Failure, type Lease, releaseLease, renewLease } from "../src/db/leases.ts";
import { PatrolError, toPatrolError } from "../src/model/errors.ts";
import type { Log } from "../src/model/log.ts";

/** Times of a lease, in milliseconds. */
export interface LeaseTimes {
  /** A worker that died is replaced when this has passed. */
  readonly leaseMs: number;
  /** Several renewals fit into a lease, so that one slow answer of the database loses nothing. */
  readonly renewMs: number;
}

/** What every job is given. */
export interface JobParts {
  readonly db: Database;
  readonly log: Log;
  /** This process' name in `leased_by`. */
  readonly worker: string;
  readonly times: LeaseTimes;
  /** Takes tokens out of a text, so that it may be stored and logged. */
  readonly mask: (text: string) => string;
  /** Aborted when the process must end now: jobs give their rows back. */
  readonly stopping: AbortSignal;
}

/** What a job does with its row once it is its own. */
export interface Work<Result> {
  /** Does it. Aborted when the lease is lost or the process must end. Whatever it throws is kept with the row. */
  run(signal: AbortSignal): Promise<Result>;
  finish(result: Result): Promise<boolean>;
  fail(failure: Failure, retry: boolean): Promise<"again" | "dead" | "lost">;
}

/** Why a job was told to stop. */
const LOST = "the lease was lost";
const STOPPING = "the process stops";

/**
 * Does a piece of work while its lease is kept alive, and says what became of it. Errors of the work are noted with the
 * row, which comes back or is set aside as the error table says; only a database that is away makes this reject, and
 * then the lease runs out by itself.
 */
export async function whileLeased<Result>(lease: Lease, parts: JobParts, work: Work<Result>): Promise<void> {
  const { db, log, times, stopping } = parts;
  const told = new AbortController();
  const place = { [lease.table]: lease.id };
  const onStopping = () => told.abort(STOPPING);
  if (stopping.aborted) onStopping();
  else stopping.addEventListener("abort", onStopping, { once: true });
  let isRenewed = true;
  const renewing = setInterval(() => {
    renewLease(db, lease, times.leaseMs).then(
      (kept) => {
        isRenewed = true;
        if (!kept) told.abort(LOST);
      },
      (error: unknown) => {
        // Said once, not every few seconds for as long as the database is away.
        if (isRenewed) log.warn({ ...place, code: toPatrolError(error).code }, "a lease could not be renewed");
        isRenewed = false;
      },
    );
  }, times.renewMs);

  try {
    const result = await orTold(work.run(told.signal), told.signal);
    if (!(await work.finish(result))) log.warn(place, "a piece of work was finished by another worker meanwhile");
  } catch (error) {
    if (told.signal.reason === LOST) log.warn(place, "a lease was lost; another worker has the work");
    else if (told.signal.reason === STOPPING) await releaseLease(db, lease);
    else await fail(error, parts, place, work);
  } finally {
    clearInterval(renewing);
    stopping.removeEventListener("abort", onStopping);
  }
}

/** Rejects as soon as the signal says so, also when the work does not listen to it. */
async function orTold<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const told = new Promise<never>((_, reject) => {
    const stop = () => reject(new PatrolError("internal", String(signal.reason)));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  running.catch(() => {});
  return await Promise.race([running, told]);
}

async function fail<T>(thrown: unknown, { log, mask }: JobParts, place: object, work: Work<T>): Promise<void> {
  const error = toPatrolError(thrown);
  const failure = { code: error.code, message: mask(error.message) };
  const fate = await work.fail(failure, error.kind.retry === "later");
  const fields = { ...place, code: failure.code, reason: failure.message };
  if (fate === "dead") log.error(fields, "a piece of work was set aside: it needs a person");
  else log.warn(fields, "a piece of work failed and comes back");
}
