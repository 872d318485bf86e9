import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import type { Database } from "./tables.ts";

/** Any number, the same in every process: whoever holds it migrates. */
const MIGRATION_LOCK = 4242_0001;

/** Splits on lines that end a statement; `$$` bodies stay whole. */
function statements(text: string): string[] {
  const found: string[] = [];
  let current = "";
  let inBody = false;
  for (const line of text.split("\n")) {
    current += `${line}\n`;
    if ((line.split("$$").length - 1) % 2 === 1) inBody = !inBody;
    if (!inBody && line.trimEnd().endsWith(";")) {
      found.push(current.trim());
      current = "";
    }
  }
  if (current.replace(/--.*$/gm, "").trim() !== "") found.push(current.trim());
  return found;
}

/**
 * Applies the numbered files of `folder` that the database has not seen, in order, all in one transaction. Any number
 * of processes may call it at once. Returns the names applied.
 */
export async function migrate(db: Database, folder: string): Promise<string[]> {
  return await db.transaction().execute(async (tx) => {
    // Those who wait for the lock wait as long as the migrations of another take.
    await sql`set local statement_timeout = 0`.execute(tx);
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
    await sql`create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())`.execute(
      tx,
    );
    const seen = new Set(
      (await sql<{ name: string }>`select name from migrations`.execute(tx)).rows.map((r) => r.name),
    );
    const applied: string[] = [];
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith(".sql"))
      .sort()) {
      if (seen.has(name)) continue;
      for (const statement of statements(readFileSync(join(folder, name), "utf8")))
        await sql.raw(statement).execute(tx);
      await sql`insert into migrations (name) values (${name})`.execute(tx);
      applied.push(name);
    }
    return applied;
  });
}
