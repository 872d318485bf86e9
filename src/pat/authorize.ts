import { timingSafeEqual } from "node:crypto";
import { pepperIdsInUse } from "../db/peppers.ts";
import { noteUse, rehashToken, type StoredToken, tokensByLookup } from "../db/tokens.ts";
import { PatrolError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";
import type { Token } from "../model/token.ts";
import { isWellFormed } from "../tokens/format.ts";
import type { PatParts } from "./create-token.ts";

/** Who is let in by a token, and for what. */
export interface Authorization {
  readonly token: Token;
  readonly owner: { readonly email: string; readonly name: string };
  /** Name of the organization. */
  readonly organization: string;
  readonly scopes: readonly string[];
}

const USE_NOTED_EVERY_MS = 60_000;

/**
 * Who the token lets in, or undefined: for the caller an unknown, a revoked and an expired token, and one of a disabled
 * owner, are the same. Notes the use at most once a minute, and moves the digest under the newest pepper.
 *
 * @throws PatrolError `database-unavailable`.
 */
export async function authorize(parts: PatParts, secret: Secret): Promise<Authorization | undefined> {
  const { db, peppers, prefix, now } = parts;
  if (!isWellFormed(secret, prefix)) return undefined;
  const digests = peppers.digests(secret);
  try {
    const stored = await tokensByLookup(
      db,
      digests.map(({ lookup }) => lookup),
    );
    const found = stored.find((row) => digests.some(({ lookup }) => timingSafeEqual(row.lookup, lookup)));
    const at = now();
    // While a new pepper comes into use, another process may have stored it under one that this one does not know yet.
    if (found === undefined && (await pepperIdsInUse(db, peppers.ids, at)).length > 0)
      throw new Error("tokens are stored under a pepper that is not known here");
    if (found === undefined || !isUsable(found, at)) return undefined;
    if (found.pepperId !== digests[0].pepperId) await rehashToken(db, found.token.id, found.lookup, digests[0]);
    const minuteAgo = new Date(at.getTime() - USE_NOTED_EVERY_MS);
    if (found.token.lastUsedAt === undefined || found.token.lastUsedAt < minuteAgo)
      await noteUse(db, found.token.id, at, minuteAgo);
    const { token, owner, organization } = found;
    return { token, owner: { email: owner.email, name: owner.name }, organization, scopes: token.scopes };
  } catch (error) {
    throw new PatrolError("database-unavailable", "The token cannot be checked now.", { cause: error });
  }
}

const isUsable = ({ token, owner }: StoredToken, at: Date) =>
  token.state === "active" && token.expiresAt > at && owner.disabledAt === undefined;
