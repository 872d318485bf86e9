import type { Actor } from "../../audit/event.ts";
import type { Administrator } from "../../db/administrators.ts";

/** An administrator as the audit log names actors. */
export function actorOf(administrator: Administrator): Actor {
  return { userId: null, upn: "", displayName: administrator.name };
}
