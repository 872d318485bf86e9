import { PatrolError } from "../model/errors.ts";
import { asDatabaseError } from "./errors.ts";

/** Runs `query`; a database that is away, or silent for `limitMs`, is `database-unavailable`. */
export async function orUnavailable<T>(query: () => Promise<T>, limitMs = 8_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PatrolError("database-unavailable", "The database does not answer.")), limitMs);
  });
  try {
    return await Promise.race([query(), silence]);
  } catch (error) {
    throw asDatabaseError(error);
  } finally {
    clearTimeout(timer);
  }
}
