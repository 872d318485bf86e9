import type { Actor } from "../audit/event.ts";
import { PatrolError } from "../model/errors.ts";
import { DEFAULT_POLICY, type Policy, type PolicyMode } from "../model/policy.ts";
import { appendAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { type Tx, inTransaction } from "./transaction.ts";

const MODES: readonly string[] = ["immediate", "grace", "notify_only"] satisfies PolicyMode[];
const MAX_GRACE_HOURS = 8760;

/** The organization's policy; the default, as version 1, when it never had one. */
export async function policyOf(db: Database | Tx, organizationId: string): Promise<Policy> {
  const row = await db
    .selectFrom("policies")
    .select(["mode", "grace_hours", "version"])
    .where("organization_id", "=", organizationId)
    .executeTakeFirst();
  if (row === undefined) return { organizationId, ...DEFAULT_POLICY, version: 1 };
  return { organizationId, mode: row.mode, graceHours: row.grace_hours, version: row.version };
}

export interface PolicyChange {
  readonly organizationId: string;
  readonly mode?: PolicyMode;
  readonly graceHours?: number;
  readonly actor: Actor;
  readonly at: Date;
}

/** Changes the policy and writes `Policy.Updated`; a change to what it already says is no change and no event. */
export async function changePolicy(db: Database, change: PolicyChange): Promise<Policy> {
  const { organizationId, actor, at } = change;
  if (change.mode !== undefined && !MODES.includes(change.mode))
    throw new PatrolError("request-invalid", `Policy mode must be one of ${MODES.join(", ")}.`);
  if (change.graceHours !== undefined && !isGraceHours(change.graceHours))
    throw new PatrolError("request-invalid", `Grace hours must be a whole number from 1 to ${MAX_GRACE_HOURS}.`);
  return await inTransaction(db, async (tx) => {
    await tx
      .insertInto("policies")
      .values({ organization_id: organizationId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .selectFrom("policies")
      .select("version")
      .where("organization_id", "=", organizationId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const old = await policyOf(tx, organizationId);
    const mode = change.mode ?? old.mode;
    const graceHours = change.graceHours ?? old.graceHours;
    if (mode === old.mode && graceHours === old.graceHours) return old;
    const version = old.version + 1;
    await tx
      .updateTable("policies")
      .set({ mode, grace_hours: graceHours, version, updated_at: at })
      .where("organization_id", "=", organizationId)
      .execute();
    const data = {
      OldMode: old.mode,
      NewMode: mode,
      OldGraceHours: old.graceHours,
      NewGraceHours: graceHours,
      Version: version,
    };
    await appendAudit(tx, organizationId, [{ actionId: "Policy.Updated", actor, at, data }]);
    return { organizationId, mode, graceHours, version };
  });
}

const isGraceHours = (hours: number) => Number.isInteger(hours) && hours >= 1 && hours <= MAX_GRACE_HOURS;
