import { timingSafeEqual } from "node:crypto";
import type { Database } from "../../db/database.ts";
import { keepPepperCheck, pepperIdsInUse } from "../../db/peppers.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Peppers } from "../peppers.ts";

/**
 * Refuses to start with other peppers than the tokens were stored under: every live token would look unknown, and its
 * leak be dismissed. Called once at start, by every process.
 *
 * @throws PatrolError `data-folder-mismatch`.
 */
export async function checkPeppers(db: Database, peppers: Peppers, now: Date): Promise<void> {
  for (const { pepperId, digest } of peppers.checks()) {
    const kept = await keepPepperCheck(db, pepperId, digest);
    if (kept.length !== digest.length || !timingSafeEqual(kept, digest))
      throw new PatrolError(
        "data-folder-mismatch",
        `PATROL_PEPPERS holds another key for "${pepperId}" than this database was used with. ` +
          "Give the key back that belongs to it, or put the new one in front under an id of its own.",
      );
  }
  const missing = await pepperIdsInUse(db, peppers.ids, now);
  if (missing.length > 0)
    throw new PatrolError(
      "data-folder-mismatch",
      `PATROL_PEPPERS lacks "${missing.join('", "')}", under which tokens still in force are stored. Add it at the end.`,
    );
}
