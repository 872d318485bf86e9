import { PatrolError } from "../model/errors.ts";

/** SQLSTATE of an error of either driver, also when it is the cause of one of ours. */
export function sqlState(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/**
 * States in which the server, not the statement, is at fault (PostgreSQL's appendix A): 08 connection, 53 resources,
 * 57P0x shutdown and start, 57014 statement timeout, 25P03 idle in a transaction, 40001 and 40P01 lost to another
 * transaction, 25006 a standby that answered, 58 and XX trouble below it.
 */
const SERVER_AT_FAULT = /^(08|53|57P0|57014$|25006$|25P03$|40001$|40P01$|58|XX)/;

/** What Node and pg say when there is no connection, or no longer. */
const NO_CONNECTION =
  /^(E(CONN|PIPE|TIMEDOUT|HOST|NET|NOTFOUND|AI_AGAIN|NOENT))|Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|driver has already been destroyed|PGlite is clos/i;

/**
 * An error of a driver as the rest of Patrol knows it: when the database cannot be asked, `database-unavailable`, which
 * is answered with 503 and tried again. Whatever else stays as it is. A lost connection during `commit` leaves it open
 * whether the work is kept, which is why all that is retried has unique keys.
 */
export function asDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PatrolError) return error;
  const state = sqlState(error);
  const { code } = error as { code?: unknown };
  const gone = state === undefined && (NO_CONNECTION.test(String(code ?? "")) || NO_CONNECTION.test(error.message));
  // PostgreSQL's PANIC, or another abort inside WebAssembly, is no answer either.
  if (
    gone ||
    (state !== undefined && SERVER_AT_FAULT.test(state)) ||
    error.name === "Panic" ||
    error.constructor.name === "RuntimeError"
  )
    return new PatrolError(
      "database-unavailable",
      `The database cannot be asked: ${error.message || code || "no answer"}`,
      {
        cause: error,
      },
    );
  return error;
}
