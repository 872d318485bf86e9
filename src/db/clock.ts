import { sql } from "kysely";
import type { Database } from "./database.ts";

const LOOK_EVERY_MS = 10_000;

/** The database's clock as this process knows it. */
export interface Clock {
  readonly now: () => Date;
  /** Looks no more. */
  stop(): void;
}

/**
 * Follows the clock of the database, which all processes that share it go by: whatever time a machine takes it for, and
 * however that is set meanwhile, a deadline is over when it is over there.
 *
 * @throws PatrolError `database-unavailable` when the first look fails; later ones are tried again.
 */
export async function followClock(db: Database, everyMs = LOOK_EVERY_MS): Promise<Clock> {
  let ahead = await look(db);
  // Kept as long as it may be true by what was seen, so that a slow answer does not set the clock back.
  const again = ({ least, most }: Ahead) => (ahead = { least: Math.min(Math.max(ahead.least, least), most), most });
  const timer = setInterval(() => void look(db).then(again, () => {}), everyMs);
  timer.unref();
  return {
    now: () => new Date(performance.now() + ahead.least),
    stop: () => clearInterval(timer),
  };
}

/** How far the database's clock is ahead of this process' own, which nobody sets: the answer took a while. */
interface Ahead {
  readonly least: number;
  readonly most: number;
}

async function look(db: Database): Promise<Ahead> {
  const asked = performance.now();
  const { rows } = await sql<{ at: number }>`select extract(epoch from clock_timestamp())::float8 * 1000 as at`.execute(
    db,
  );
  const at = rows[0]?.at ?? Number.NaN;
  return { least: at - performance.now(), most: at - asked };
}
