import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { ErrorCode } from "../model/errors.ts";
import type { Database } from "./database.ts";

/** Tables whose rows are work: one row, one piece, owned by whoever holds its lease. */
export type WorkTable = "deliveries" | "outbox";

/** A row taken for a while. Every later change names the holder, so one whose lease ran out changes nothing. */
export interface Lease {
  readonly table: WorkTable;
  readonly id: string;
  /** Unique a lease, not a process: a process that lost a row and took it again is two holders. */
  readonly holder: string;
}

export interface Failure {
  readonly code: ErrorCode;
  /** Masked by the caller: it is stored and shown. */
  readonly message: string;
}

interface Patience {
  /** Failures, after which a row is set aside as `dead`. */
  readonly attempts: number;
  /** Leases that ran out in a row, after which a row is taken to kill its workers. */
  readonly lostLeases: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** A delivery is tried for about two hours, a mail for about two days: receiving servers are away for weekends. */
export const PATIENCE: Record<WorkTable, Patience> = {
  deliveries: { attempts: 16, lostLeases: 5, firstDelayMs: 2_000, longestDelayMs: 15 * 60_000 },
  outbox: { attempts: 60, lostLeases: 5, firstDelayMs: 2_000, longestDelayMs: 60 * 60_000 },
};

/** Doubles from the first delay to the longest, and spreads over its upper half so that failures do not return in step. */
export function delayMs(table: WorkTable, attempts: number, random: () => number = Math.random): number {
  const { firstDelayMs, longestDelayMs } = PATIENCE[table];
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts - 1, 40));
  return Math.round(full * (0.5 + random() / 2));
}

const milliseconds = (count: number) => sql`make_interval(secs => ${count}::float8 / 1000)`;

/**
 * Takes a row that is new and due, or whose lease ran out. All times are the database's, so workers' clocks do not
 * matter. Undefined when somebody else has it, or when there is nothing left to do.
 */
export async function takeLease<Row>(
  db: Database,
  table: WorkTable,
  id: string,
  worker: string,
  leaseMs: number,
): Promise<{ lease: Lease; row: Row } | undefined> {
  const holder = `${worker}/${randomBytes(6).toString("hex")}`;
  const { rows } = await sql<Row>`
    update ${sql.table(table)}
    set lost_leases = case when state = 'leased' then lost_leases + 1 else 0 end,
        state = 'leased', attempts = attempts + 1, leased_by = ${holder},
        leased_until = now() + ${milliseconds(leaseMs)}
    where id = ${id}
      and ((state = 'new' and available_at <= now())
        or (state = 'leased' and leased_until <= now() and lost_leases < ${PATIENCE[table].lostLeases}))
    returning *`.execute(db);
  return rows[0] === undefined ? undefined : { lease: { table, id, holder }, row: rows[0] };
}

/** True while the row is still the holder's. False means: stop, somebody else may be at it. */
export async function renewLease(db: Database, lease: Lease, leaseMs: number): Promise<boolean> {
  return await change(db, lease, sql`leased_until = now() + ${milliseconds(leaseMs)}`);
}

/** Gives the row back as if it had not been tried, to be taken again after `delayMs`: a process that stops does this. */
export async function releaseLease(db: Database, lease: Lease, delayMs = 0): Promise<boolean> {
  return await change(
    db,
    lease,
    sql`state = 'new', attempts = greatest(attempts - 1, 0), leased_by = null, leased_until = null, available_at = now() + ${milliseconds(delayMs)}`,
  );
}

/** Done for good. `results` sets further columns in the same statement. False when the lease was lost. */
export async function finishLease(db: Database, lease: Lease, results?: ReturnType<typeof sql>): Promise<boolean> {
  const done = sql`state = 'done', finished_at = now(), leased_by = null, leased_until = null, error_code = null, error = null`;
  return await change(db, lease, results === undefined ? done : sql`${done}, ${results}`);
}

/**
 * Notes why it failed. With `retry` the row comes back after a growing delay, until its attempts are used up; then, or
 * without `retry`, it is set aside as `dead` for a person to look at.
 */
export async function failLease(
  db: Database,
  lease: Lease & { readonly attempts: number },
  failure: Failure,
  retry: boolean,
): Promise<"again" | "dead" | "lost"> {
  const again = retry && lease.attempts < PATIENCE[lease.table].attempts;
  const next = again
    ? sql`state = 'new', available_at = now() + ${milliseconds(delayMs(lease.table, lease.attempts))}`
    : sql`state = 'dead', finished_at = now()`;
  const kept = await change(
    db,
    lease,
    sql`${next}, leased_by = null, leased_until = null, error_code = ${failure.code}, error = ${failure.message.slice(0, 2_000)}`,
  );
  if (!kept) return "lost";
  return again ? "again" : "dead";
}

/**
 * Ids that somebody should take now, the longest waiting first: new and due since `quietMs`, or their lease ran out.
 * Rows that outlived too many workers are set aside as `dead` on the way.
 */
export async function openRows(db: Database, table: WorkTable, limit: number, quietMs: number): Promise<string[]> {
  await sql`
    update ${sql.table(table)}
    set state = 'dead', finished_at = now(), leased_by = null, leased_until = null, error_code = 'internal',
        error = 'Its workers stopped in the middle of it, ' || (lost_leases + 1) || ' times in a row.'
    where state = 'leased' and leased_until <= now() and lost_leases >= ${PATIENCE[table].lostLeases}`.execute(db);
  const { rows } = await sql<{ id: string }>`
    select id from ${sql.table(table)}
    where (state = 'new' and available_at <= now() - ${milliseconds(quietMs)}) or (state = 'leased' and leased_until <= now())
    order by available_at limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Puts a row that is not being worked on back to the start. False when there is no such row, or it is being worked on. */
export async function replayRow(db: Database, table: WorkTable, id: string): Promise<boolean> {
  const { rows } = await sql`
    update ${sql.table(table)}
    set state = 'new', attempts = 0, available_at = now(), finished_at = null, leased_by = null, leased_until = null,
        error_code = null, error = null
    where id = ${id} and (state in ('new', 'done', 'dead') or leased_until <= now()) returning id`.execute(db);
  return rows.length === 1;
}

/**
 * Lets every lease run out now. Only for a process that has the database to itself and has not begun to work: whoever
 * held them is gone, and nobody need wait for them.
 */
export async function endLeases(db: Database): Promise<void> {
  for (const table of Object.keys(PATIENCE) as WorkTable[])
    await sql`update ${sql.table(table)} set leased_until = now() where state = 'leased'`.execute(db);
}

async function change(db: Database, lease: Lease, assignments: ReturnType<typeof sql>): Promise<boolean> {
  const { rows } = await sql`
    update ${sql.table(lease.table)} set ${assignments}
    where id = ${lease.id} and state = 'leased' and leased_by = ${lease.holder} returning id`.execute(db);
  return rows.length === 1;
}
