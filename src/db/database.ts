import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect } from "kysely";
import { PGliteDialect } from "./pglite-dialect.ts";
import { type EmbeddedOptions, openPGlite } from "./pglite.ts";
import { createPool, type PoolOptions } from "./pool.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;

/**
 * A pool of connections to a PostgreSQL server, opened when first used. A server that cannot be reached is
 * `database-unavailable` at each query; one older than 14 is `setting-invalid`.
 */
export function openPostgres(url: string, options: PoolOptions = {}): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(url, options) }) });
}

/** The embedded database in a folder of its own; without one, an empty one that is deleted when it is destroyed. */
export async function openEmbedded(folder?: string, options: EmbeddedOptions = {}): Promise<Database> {
  if (folder !== undefined)
    return new Kysely<Tables>({ dialect: new PGliteDialect(await openPGlite(folder, options)) });
  const temporary = mkdtempSync(join(tmpdir(), "patrol-database-"));
  const remove = () => rmSync(temporary, { recursive: true, force: true });
  const pglite = await openPGlite(join(temporary, "database"), { durable: false });
  return new Kysely<Tables>({ dialect: new PGliteDialect(pglite, remove) });
}
