import { PatrolError } from "../model/errors.ts";
import type { Database } from "./database.ts";
import { inTransaction } from "./transaction.ts";

export interface Organization {
  readonly id: string;
  /** Lower-case letters, digits and `-`, at most 63 characters: it stands in addresses. */
  readonly name: string;
}

export type Role = "owner" | "administrator" | "member";

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Makes an organization with the default policy. @throws PatrolError `request-invalid`, `already-exists`. */
export async function createOrganization(db: Database, name: string): Promise<Organization> {
  if (!NAME.test(name))
    throw new PatrolError(
      "request-invalid",
      `Organization name ${JSON.stringify(name.slice(0, 80))} is not allowed: use 1 to 63 of a-z, 0-9 and "-", not beginning with "-".`,
    );
  return await inTransaction(db, async (tx) => {
    const made = await tx
      .insertInto("organizations")
      .values({ name })
      .onConflict((conflict) => conflict.doNothing())
      .returning(["id", "name"])
      .executeTakeFirst();
    if (made === undefined) throw new PatrolError("already-exists", `Organization "${name}" exists already.`);
    await tx.insertInto("policies").values({ organization_id: made.id }).execute();
    return made;
  });
}

export async function findOrganization(db: Database, name: string): Promise<Organization | undefined> {
  return await db.selectFrom("organizations").select(["id", "name"]).where("name", "=", name).executeTakeFirst();
}

export async function findOrganizationById(db: Database, id: string): Promise<Organization | undefined> {
  return await db.selectFrom("organizations").select(["id", "name"]).where("id", "=", id).executeTakeFirst();
}

export async function listOrganizations(db: Database): Promise<Organization[]> {
  return await db.selectFrom("organizations").select(["id", "name"]).orderBy("name").execute();
}

/** Makes the user a member, or changes the role. */
export async function setRole(db: Database, organizationId: string, userId: string, role: Role): Promise<void> {
  await db
    .insertInto("memberships")
    .values({ organization_id: organizationId, user_id: userId, role })
    .onConflict((conflict) => conflict.columns(["organization_id", "user_id"]).doUpdateSet({ role }))
    .execute();
}
