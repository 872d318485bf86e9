import { PatrolError } from "../model/errors.ts";

/** SQLSTATE classes and codes that mean "not now" (PostgreSQL's appendix A). */
const AWAY = [
  /^08/, // connection exception
  /^53/, // insufficient resources: connections, memory, disk
  /^57P0[1-5]$/, // shutting down, crashed, cannot connect now, dropped, idle timeout
  /^25006$/, // read-only: a standby answered
];
const SOCKET = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);
/** Faults that the drivers report in words only. */
const WORDS =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|PGlite is clos/i;

/** Whether the database could not be asked, as opposed to having refused what was asked. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && (SOCKET.has(code) || AWAY.some((pattern) => pattern.test(code)))) return true;
  return WORDS.test(error.message) || (error.cause !== undefined && isUnavailable(error.cause));
}

/** Runs `query`; a database that is away, or silent for `limitMs`, is `database-unavailable`. */
export async function orUnavailable<T>(query: () => Promise<T>, limitMs = 8_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PatrolError("database-unavailable", "The database does not answer.")), limitMs);
  });
  try {
    return await Promise.race([query(), silence]);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new PatrolError("database-unavailable", "The database cannot be reached.", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
