import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { PGliteDialect } from "./pglite-dialect.ts";
import { openPGlite } from "./pglite.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;

/** PostgreSQL's own type numbers (`pg_type.oid`). */
const INT8 = 20;

/** A pool of connections to a PostgreSQL server. `bigint` columns are numbers: none of ours passes 2^53. */
export function openPostgres(url: string, options: { readonly connections?: number } = {}): Database {
  const types = {
    getTypeParser: ((oid: number, format?: "text" | "binary") =>
      oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser,
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    types,
  });
  // A connection that breaks while idle must not take the process down; the next query meets the error itself.
  pool.on("error", () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** The embedded database in a folder, or in memory when none is given. */
export async function openEmbedded(folder?: string): Promise<Database> {
  const pglite = await openPGlite(folder);
  return new Kysely<Tables>({ dialect: new PGliteDialect(pglite) });
}
