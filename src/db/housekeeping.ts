import { sql } from "kysely";
import type { Database } from "./tables.ts";

/** A server checkpoints by itself after this much of its log, or after five minutes; so do we. */
const LOG_BYTES = 64 * 1024 * 1024;
const CHECKPOINT_EVERY_MS = 5 * 60_000;
const LOOK_EVERY_MS = 60_000;

/**
 * PGlite runs no background processes: without this its log would grow for ever, dead rows would pile up, and tables
 * would grow old until PostgreSQL refuses to write. Runs until the returned function is called.
 */
export function keepHouse(db: Database): () => void {
  let checkpointed = performance.now();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    const isDue = performance.now() - checkpointed >= CHECKPOINT_EVERY_MS;
    tidy(db, { isDue })
      .then((did) => {
        if (did.checkpoint) checkpointed = performance.now();
      })
      // A database that cannot be asked is told of by those who need an answer.
      .catch(() => {})
      .finally(() => (busy = false));
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** One round: vacuums what needs it, a statement a table so that others get in between, and checkpoints if it is time. */
export async function tidy(
  db: Database,
  options: { readonly isDue: boolean; readonly logBytes?: number; readonly deadRows?: number },
): Promise<{ readonly vacuumed: string[]; readonly checkpoint: boolean }> {
  // Counts are kept back for a second, and are handed over when PostgreSQL idles.
  await sql`select pg_stat_force_next_flush()`.execute(db);
  const { rows: tables } = await sql<{ name: string }>`
    select format('%I.%I', s.schemaname, s.relname) as name
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.n_dead_tup > ${options.deadRows ?? 10_000} + 0.2 * s.n_live_tup
       or s.n_mod_since_analyze > ${options.deadRows ?? 10_000} + 0.2 * s.n_live_tup
       or age(c.relfrozenxid) > 150000000`.execute(db);
  for (const { name } of tables) await sql.raw(`vacuum (analyze) ${name}`).execute(db);

  const { rows } = await sql<{ bytes: number }>`
    select (pg_current_wal_insert_lsn() - redo_lsn)::bigint as bytes from pg_control_checkpoint()`.execute(db);
  const bytes = rows[0]?.bytes ?? 0;
  const checkpoint = bytes > (options.logBytes ?? LOG_BYTES) || (options.isDue && bytes > 0);
  if (checkpoint) await sql`checkpoint`.execute(db);
  return { vacuumed: tables.map(({ name }) => name), checkpoint };
}
