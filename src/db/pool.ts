import type { Socket } from "node:net";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { PatrolError } from "../model/errors.ts";
import { asDatabaseError } from "./errors.ts";

/** PostgreSQL's own type number of `bigint` (`pg_type.oid`). None of ours passes 2^53, so they are numbers. */
const INT8 = 20;

const OLDEST = 140_000;

/** A statement that runs longer than this waits for something that will not come, or was not meant to run here. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** A transaction left open holds locks: its process is stuck or its machine is gone. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

/** A server that has stopped no statement by then is not heard from here any more, though the connection looks open. */
const ANSWER_MS = STATEMENT_TIMEOUT_MS + 15_000;
/** Whoever lifts the server's limit for a transaction, as migrations do, lifts ours. */
const LIFTED = /^set local statement_timeout = 0$/;

/** Set by a query and not as parameters of the connection, which poolers such as PgBouncer refuse. */
const SETTINGS = `select
  set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_TIMEOUT_MS}', false),
  set_config('timezone', 'UTC', false),
  current_setting('server_version_num')::int as version,
  current_setting('server_version') as name`;

export interface PoolOptions {
  /** At most so many connections (10). */
  readonly connections?: number;
  /** How long an answer is waited for before the connection is given up. */
  readonly answerMs?: number;
}

/** A pool as kysely asks for one, whose connections are set up and whose failures have passed `asDatabaseError`. */
export function createPool(url: string, options: PoolOptions): PostgresPool {
  const getTypeParser = ((oid: number, format?: "text" | "binary") =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser;
  const answerMs = options.answerMs ?? ANSWER_MS;
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 5_000,
    application_name: "patrol",
    types: { getTypeParser },
  });
  // A connection that breaks while idle must not take the process down; the next query meets the error itself.
  pool.on("error", () => {});
  const ready = new WeakSet<pg.PoolClient>();
  return {
    async connect() {
      const client = await pool.connect().catch(rethrow);
      try {
        if (!ready.has(client)) await answered(client, answerMs, setUp(client));
        ready.add(client);
      } catch (error) {
        client.release(true);
        rethrow(error);
      }
      return wrap(client, answerMs);
    },
    end: () => pool.end(),
  };
}

async function setUp(client: pg.PoolClient): Promise<void> {
  // A connection that breaks while it is checked out says so here too, beside failing the query.
  client.on("error", () => {});
  const { rows } = await client.query<{ version: number; name: string }>(SETTINGS);
  const [{ version, name } = { version: 0, name: "unknown" }] = rows;
  if (version < OLDEST)
    throw new PatrolError(
      "setting-invalid",
      `DATABASE_URL names a server of PostgreSQL ${name}; Patrol needs PostgreSQL 14 or newer. Without DATABASE_URL it uses its embedded database.`,
    );
}

function wrap(client: pg.PoolClient, answerMs: number): PostgresPoolClient {
  let isLimited = true;
  return {
    query: (async (text: string, parameters: readonly unknown[]) => {
      if (LIFTED.test(text)) isLimited = false;
      const answer = client.query(text, [...parameters]);
      return await (isLimited ? answered(client, answerMs, answer) : answer).catch(rethrow);
    }) as unknown as PostgresPoolClient["query"],
    release: () => client.release(),
  };
}

/** The answer, or the end of the connection when it does not come: who asked hears that, and the pool drops it. */
async function answered<T>(client: pg.PoolClient, answerMs: number, answer: Promise<T>): Promise<T> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  const silence = setTimeout(() => stream.destroy(), answerMs);
  try {
    return await answer;
  } finally {
    clearTimeout(silence);
  }
}

function rethrow(error: unknown): never {
  throw asDatabaseError(error);
}
