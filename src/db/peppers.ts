import { sql } from "kysely";
import type { Database } from "./database.ts";

/** What the database holds for this pepper id, after keeping `digest` when it held nothing. */
export async function keepPepperCheck(db: Database, pepperId: string, digest: Buffer): Promise<Buffer> {
  await db
    .insertInto("pepper_checks")
    .values({ pepper_id: pepperId, digest })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom("pepper_checks")
    .select("digest")
    .where("pepper_id", "=", pepperId)
    .executeTakeFirstOrThrow();
  return row.digest;
}

/** Ids that tokens still in force are stored under and that are not among `known`. */
export async function pepperIdsInUse(db: Database, known: readonly string[], now: Date): Promise<string[]> {
  const rows = await db
    .selectFrom("pepper_checks")
    .select("pepper_id")
    .where("pepper_id", "not in", [...known])
    .where((is) =>
      is.exists(
        is
          .selectFrom("tokens")
          .select("tokens.id")
          .whereRef("tokens.pepper_id", "=", "pepper_checks.pepper_id")
          // Written out, as the index holds these only.
          .where("state", "=", sql.lit("active"))
          .where("expires_at", ">", now),
      ),
    )
    .orderBy("pepper_id")
    .execute();
  return rows.map((row) => row.pepper_id);
}
