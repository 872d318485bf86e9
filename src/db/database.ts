import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kysely, PostgresDialect } from "kysely";
import { Embedded } from "./embedded.ts";
import { keepHouse } from "./housekeeping.ts";
import { PGliteDialect } from "./pglite-dialect.ts";
import { type EmbeddedOptions, openPGlite } from "./pglite.ts";
import { createPool, type PoolOptions } from "./pool.ts";
import type { Database, Tables } from "./tables.ts";

export type { Database } from "./tables.ts";

/**
 * A pool of connections to a PostgreSQL server, opened when first used. A server that cannot be reached is
 * `database-unavailable` at each query; one older than 14 is `setting-invalid`.
 */
export function openPostgres(url: string, options: PoolOptions = {}): Database {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createPool(url, options) }) });
}

/**
 * The embedded database in a folder of its own, which nobody else may have open; without a folder, an empty one that is
 * deleted when it is destroyed. Its log and dead rows are looked after as long as it is open.
 */
export async function openEmbedded(folder?: string, options: EmbeddedOptions = {}): Promise<Database> {
  const temporary = folder === undefined ? mkdtempSync(join(tmpdir(), "patrol-database-")) : undefined;
  const open = () =>
    temporary === undefined
      ? openPGlite(folder ?? "", options)
      : openPGlite(join(temporary, "database"), { durable: false });
  const embedded = new Embedded(await open(), open);
  const stops: (() => void)[] = [];
  const db = new Kysely<Tables>({ dialect: new PGliteDialect(embedded, () => stops.forEach((stop) => stop())) });
  stops.push(keepHouse(db));
  if (temporary !== undefined) stops.push(() => rmSync(temporary, { recursive: true, force: true }));
  return db;
}
