import type { PGlite } from "@electric-sql/pglite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { Embedded } from "./embedded.ts";

/** PGlite as a kysely dialect. PGlite has one connection, so whoever holds it (a transaction, say) holds up the rest. */
export class PGliteDialect implements Dialect {
  readonly #embedded: Embedded;
  readonly #atEnd: () => void;

  constructor(embedded: Embedded, atEnd: () => void = () => {}) {
    this.#embedded = embedded;
    this.#atEnd = atEnd;
  }

  createAdapter() {
    return new PostgresAdapter();
  }

  createDriver(): Driver {
    return new PGliteDriver(this.#embedded, this.#atEnd);
  }

  createIntrospector(db: Kysely<unknown>) {
    return new PostgresIntrospector(db);
  }

  createQueryCompiler() {
    return new PostgresQueryCompiler();
  }
}

class PGliteDriver implements Driver {
  readonly #embedded: Embedded;
  readonly #waiting: (() => void)[] = [];
  readonly #atEnd: () => void;
  #taken = false;

  constructor(embedded: Embedded, atEnd: () => void) {
    this.#embedded = embedded;
    this.#atEnd = atEnd;
  }

  async init() {}

  async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    try {
      return new PGliteConnection(this.#embedded, await this.#embedded.acquire());
    } catch (error) {
      await this.releaseConnection();
      throw error;
    }
  }

  async releaseConnection() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken = false;
  }

  async beginTransaction(connection: DatabaseConnection, { isolationLevel, accessMode }: TransactionSettings) {
    const words = ["begin", isolationLevel && `isolation level ${isolationLevel}`, accessMode];
    await connection.executeQuery(CompiledQuery.raw(words.filter((word) => word !== undefined).join(" ")));
  }

  async commitTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async destroy() {
    await this.#embedded.close().finally(this.#atEnd);
  }
}

class PGliteConnection implements DatabaseConnection {
  readonly #embedded: Embedded;
  readonly #pglite: PGlite;

  constructor(embedded: Embedded, pglite: PGlite) {
    this.#embedded = embedded;
    this.#pglite = pglite;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#embedded.query<Row>(this.#pglite, query.sql, query.parameters);
    return { rows: result.rows, numAffectedRows: BigInt(result.affectedRows ?? 0) };
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }
}
