import type { Token } from "../model/token.ts";
import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

const COLUMNS = [
  "tokens.id",
  "tokens.organization_id",
  "tokens.owner_id",
  "tokens.name",
  "tokens.hint",
  "tokens.c3id",
  "tokens.scopes",
  "tokens.state",
  "tokens.created_at",
  "tokens.expires_at",
  "tokens.last_used_at",
  "tokens.revoked_at",
  "tokens.revoked_because",
] as const;

/** A token's record as the built-in store finds it by its digest. */
export interface StoredToken {
  readonly token: Token;
  readonly lookup: Buffer;
  readonly pepperId: string;
  readonly owner: { readonly email: string; readonly name: string; readonly disabledAt?: Date };
  readonly organization: string;
}

/** A statement takes 65,535 values at most, and a stranger's file may hold more candidates than that. */
const LOOKUPS_A_QUERY = 10_000;

/** All records with one of these digests, over the unique index; one query unless there are thousands. */
export const tokensByLookup = async (db: Database, lookups: readonly Buffer[]): Promise<StoredToken[]> =>
  await inParts(lookups, async (part) => await storedTokens(db).where("lookup", "in", part).execute());

/** All records with one of these C3IDs, in the same way. */
export const tokensByC3id = async (db: Database, ids: readonly string[]): Promise<StoredToken[]> =>
  await inParts(ids, async (part) => await storedTokens(db).where("tokens.c3id", "in", part).execute());

const storedTokens = (db: Database) =>
  db
    .selectFrom("tokens")
    .innerJoin("users", "users.id", "tokens.owner_id")
    .innerJoin("organizations", "organizations.id", "tokens.organization_id")
    .select(COLUMNS)
    .select(["lookup", "pepper_id", "users.email", "users.name as owner_name", "users.disabled_at"])
    .select("organizations.name as organization");

type StoredRow = Awaited<ReturnType<ReturnType<typeof storedTokens>["execute"]>>[number];

async function inParts<T>(values: readonly T[], find: (part: readonly T[]) => Promise<StoredRow[]>) {
  const found: StoredToken[] = [];
  for (let at = 0; at < values.length; at += LOOKUPS_A_QUERY)
    for (const row of await find(values.slice(at, at + LOOKUPS_A_QUERY)))
      found.push({
        token: toToken(row),
        lookup: row.lookup,
        pepperId: row.pepper_id,
        owner: { email: row.email, name: row.owner_name, disabledAt: row.disabled_at ?? undefined },
        organization: row.organization,
      });
  return found;
}

export interface NewToken {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly name: string;
  readonly lookup: Buffer;
  readonly pepperId: string;
  readonly hint: string;
  readonly c3id: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export async function insertToken(tx: Tx, token: NewToken): Promise<Token> {
  const row = await tx
    .insertInto("tokens")
    .values({
      organization_id: token.organizationId,
      owner_id: token.ownerId,
      name: token.name,
      lookup: token.lookup,
      pepper_id: token.pepperId,
      hint: token.hint,
      c3id: token.c3id,
      scopes: [...token.scopes],
      created_at: token.createdAt,
      expires_at: token.expiresAt,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return toToken(row);
}

export async function findToken(db: Database | Tx, id: string): Promise<Token | undefined> {
  const row = await db.selectFrom("tokens").select(COLUMNS).where("id", "=", id).executeTakeFirst();
  return row && toToken(row);
}

/** The token, held until the end of the transaction: the first lock of everything that may revoke it. */
export async function lockToken(tx: Tx, id: string): Promise<Token | undefined> {
  const row = await tx.selectFrom("tokens").select(COLUMNS).where("id", "=", id).forUpdate().executeTakeFirst();
  return row && toToken(row);
}

/** True when this call revoked it; false when it was revoked before. */
export async function markRevoked(tx: Tx, id: string, at: Date, because: RevokeReason): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("tokens")
    .set({ state: "revoked", revoked_at: at, revoked_because: because })
    .where("id", "=", id)
    .where("state", "=", "active")
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export type RevokeReason = "leaked" | "owner" | "administrator";

/** Tokens of an organization, newest first; of one owner when given. */
export async function listTokens(db: Database, organizationId: string, ownerId?: string): Promise<Token[]> {
  let query = db
    .selectFrom("tokens")
    .select(COLUMNS)
    .where("organization_id", "=", organizationId)
    .orderBy("created_at", "desc")
    .orderBy("id");
  if (ownerId !== undefined) query = query.where("owner_id", "=", ownerId);
  return (await query.execute()).map(toToken);
}

/** Notes a use, unless one was noted after `unlessSince`. */
export async function noteUse(db: Database, id: string, at: Date, unlessSince: Date): Promise<void> {
  await db
    .updateTable("tokens")
    .set({ last_used_at: at })
    .where("id", "=", id)
    .where((is) => is.or([is("last_used_at", "is", null), is("last_used_at", "<", unlessSince)]))
    .execute();
}

/** Stores the digest under another pepper; `from` guards against two processes doing so at once. */
export async function rehashToken(
  db: Database,
  id: string,
  from: Buffer,
  to: { readonly lookup: Buffer; readonly pepperId: string },
): Promise<void> {
  await db
    .updateTable("tokens")
    .set({ lookup: to.lookup, pepper_id: to.pepperId })
    .where("id", "=", id)
    .where("lookup", "=", from)
    .execute();
}

interface Row {
  id: string;
  organization_id: string;
  owner_id: string;
  name: string;
  hint: string;
  c3id: string;
  scopes: string[];
  state: "active" | "revoked";
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
  revoked_because: string | null;
}

const toToken = (row: Row): Token => ({
  id: row.id,
  organizationId: row.organization_id,
  ownerId: row.owner_id,
  name: row.name,
  scopes: row.scopes,
  state: row.state,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
  revokedBecause: row.revoked_because ?? undefined,
  hint: row.hint,
  c3id: row.c3id,
});
