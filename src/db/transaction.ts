import type { Transaction } from "kysely";
import type { Database } from "./database.ts";
import { sqlState } from "./errors.ts";
import type { Tables } from "./tables.ts";

export type Tx = Transaction<Tables>;

/** PostgreSQL's `serialization_failure` and `deadlock_detected`: nothing happened, and trying again is right. */
const TRY_AGAIN = new Set(["40001", "40P01"]);
const ATTEMPTS = 5;

/** Runs `work` in one transaction; when the server had to give up on a conflict, again from the start. */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      // A server's driver tells of it by an error of ours, whose cause knows the state.
      if (attempt === ATTEMPTS || !TRY_AGAIN.has(sqlState(error) ?? "")) throw error;
    }
  }
}
