import { type Actor } from "../audit/event.ts";
import { appendAudit } from "../db/audit-log.ts";
import type { Database } from "../db/database.ts";
import { findOrganization } from "../db/organizations.ts";
import { insertToken } from "../db/tokens.ts";
import { inTransaction } from "../db/transaction.ts";
import { findUser } from "../db/users.ts";
import { PatrolError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";
import type { Token } from "../model/token.ts";
import { c3idOf, hintOf, mintToken } from "../tokens/format.ts";
import type { Peppers } from "../tokens/peppers.ts";
import { checkScopes } from "../tokens/scopes.ts";

/** What the life of a token needs. */
export interface PatParts {
  readonly db: Database;
  readonly peppers: Peppers;
  /** What minted tokens begin with. */
  readonly prefix: string;
  readonly now: () => Date;
}

export interface TokenRequest {
  /** Name of the organization. */
  readonly organization: string;
  /** Mail address of the owner. */
  readonly owner: string;
  /** 1 to 100 characters, none of them a control character. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Days until it expires, 1 to 365. */
  readonly days: number;
  /** Who asks; the owner when left out. */
  readonly actor?: Actor;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 365;

/**
 * Makes a token. The secret is in the answer and nowhere else.
 *
 * @throws PatrolError `request-invalid` or `not-found`, naming what is wrong.
 */
export async function createToken(parts: PatParts, request: TokenRequest): Promise<{ secret: Secret; token: Token }> {
  const { db, peppers, prefix, now } = parts;
  const scopes = checkScopes(request.scopes);
  const name = checkName(request.name);
  if (!Number.isInteger(request.days) || request.days < 1 || request.days > MAX_DAYS)
    throw new PatrolError("request-invalid", `A token lives for 1 to ${MAX_DAYS} days, not ${request.days}.`);
  const organization = await findOrganization(db, request.organization);
  if (organization === undefined)
    throw new PatrolError(
      "not-found",
      `There is no organization ${JSON.stringify(request.organization.slice(0, 80))}.`,
    );
  const owner = await findUser(db, request.owner);
  if (owner === undefined) throw new PatrolError("not-found", `There is no user "${request.owner.slice(0, 80)}".`);
  if (owner.disabledAt !== undefined) throw new PatrolError("request-invalid", `User "${owner.email}" is disabled.`);

  const secret = mintToken(prefix);
  const [digest] = peppers.digests(secret);
  const createdAt = now();
  const token = await inTransaction(db, async (tx) => {
    const made = await insertToken(tx, {
      organizationId: organization.id,
      ownerId: owner.id,
      name,
      ...digest,
      hint: hintOf(secret, prefix),
      c3id: c3idOf(secret),
      scopes,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + request.days * DAY_MS),
    });
    const actor = request.actor ?? { userId: owner.id, upn: owner.email, displayName: owner.name || owner.email };
    const data = {
      DisplayName: made.name,
      OwnerName: owner.name || owner.email,
      TokenId: made.id,
      C3id: made.c3id,
      Scopes: scopes,
      ValidTo: made.expiresAt.toISOString(),
    };
    await appendAudit(tx, organization.id, [{ actionId: "Token.PatCreateEvent", actor, at: createdAt, data }]);
    return made;
  });
  return { secret, token };
}

function checkName(text: string): string {
  const name = text.trim();
  if (name.length >= 1 && name.length <= 100 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(name)) return name;
  throw new PatrolError("request-invalid", "A token's name is 1 to 100 characters, without control characters.");
}
