import { PatrolError } from "../model/errors.ts";
import { type User, parseAddress } from "../model/user.ts";
import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

const COLUMNS = ["users.id", "users.email", "users.name", "users.disabled_at"] as const;

/** @throws PatrolError `request-invalid` when the address is none, `already-exists`. */
export async function createUser(db: Database, input: { email: string; name?: string }): Promise<User> {
  const email = checkedAddress(input.email);
  const row = await db
    .insertInto("users")
    .values({ email, name: input.name ?? "" })
    .onConflict((conflict) => conflict.doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
  if (row === undefined) throw new PatrolError("already-exists", `User "${email}" exists already.`);
  return toUser(row);
}

export async function findUser(db: Database, email: string): Promise<User | undefined> {
  const row = await db
    .selectFrom("users")
    .select(COLUMNS)
    .where("email", "=", checkedAddress(email))
    .executeTakeFirst();
  return row && toUser(row);
}

export async function findUserById(db: Database | Tx, id: string): Promise<User | undefined> {
  const row = await db.selectFrom("users").select(COLUMNS).where("id", "=", id).executeTakeFirst();
  return row && toUser(row);
}

/** A disabled user's tokens are refused at once, and work again when the user is enabled, unless revoked meanwhile. */
export async function setDisabled(db: Database, userId: string, disabledAt: Date | undefined): Promise<void> {
  await db
    .updateTable("users")
    .set({ disabled_at: disabledAt ?? null })
    .where("id", "=", userId)
    .execute();
}

/**
 * Who is told about a token of `ownerId`: the owner; when that account is disabled, the organization's owners; when it
 * has none, its administrators. Empty when nobody is left.
 */
export async function recipientsFor(db: Database | Tx, organizationId: string, ownerId: string): Promise<User[]> {
  const owner = await db.selectFrom("users").select(COLUMNS).where("id", "=", ownerId).executeTakeFirst();
  if (owner !== undefined && owner.disabled_at === null) return [toUser(owner)];
  for (const role of ["owner", "administrator"] as const) {
    const members = await db
      .selectFrom("users")
      .innerJoin("memberships", "memberships.user_id", "users.id")
      .select(COLUMNS)
      .where("memberships.organization_id", "=", organizationId)
      .where("memberships.role", "=", role)
      .where("users.disabled_at", "is", null)
      .orderBy("users.email")
      .execute();
    if (members.length > 0) return members.map(toUser);
  }
  return [];
}

function checkedAddress(text: string): string {
  const address = parseAddress(text);
  if (address === undefined)
    throw new PatrolError(
      "request-invalid",
      `${JSON.stringify(text.slice(0, 80))} is not a mail address: write it as name@example.org.`,
    );
  return address;
}

const toUser = (row: { id: string; email: string; name: string; disabled_at: Date | null }): User => ({
  id: row.id,
  email: row.email,
  name: row.name,
  disabledAt: row.disabled_at ?? undefined,
});
