import { sql } from "kysely";
import type { Database } from "../db/database.ts";
import { orUnavailable } from "../db/unavailable.ts";
import type { Queue } from "../queue/queue.ts";

const DATABASE_MS = 2_000;

export interface Readiness {
  /** Without the database nothing can be kept, so the service is not ready. */
  readonly database: "ok" | "away";
  /** Without the queue work is late, and nothing is lost. */
  readonly queue: "ok" | "away";
}

/** Asks what the service leans on. Never rejects. */
export async function readiness(db: Database, queue: Queue): Promise<Readiness> {
  const ask = async (question: () => Promise<unknown>) => {
    try {
      await question();
      return "ok";
    } catch {
      return "away";
    }
  };
  const [database, queued] = await Promise.all([
    ask(() => orUnavailable(() => sql`select 1`.execute(db), DATABASE_MS)),
    ask(() => queue.ping()),
  ]);
  return { database, queue: queued };
}
