import pg from "pg";
import { openPostgres } from "../../src/db/database.ts";
import { migrate } from "../../src/db/migrate.ts";

export const MIGRATIONS = "src/db/migrations";

/** The URL of another database of the same server. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs one statement outside any transaction, as `create database` must be. */
export async function runOn(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function prepareTemplate(server: string): Promise<void> {
  await runOn(server, `create database patrol_template`);
  const db = openPostgres(urlOf(server, "patrol_template"), { connections: 1 });
  await migrate(db, MIGRATIONS).finally(() => db.destroy());
}
