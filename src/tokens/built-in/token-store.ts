import { timingSafeEqual } from "node:crypto";
import { pepperIdsInUse } from "../../db/peppers.ts";
import { type StoredToken, tokensByC3id, tokensByLookup } from "../../db/tokens.ts";
import type { Database } from "../../db/database.ts";
import type { Secret } from "../../model/secret.ts";
import type { Verdict } from "../../model/verdict.ts";
import { c3idOfSha256, isWellFormed } from "../format.ts";
import type { Peppers } from "../peppers.ts";
import type { TokenStore } from "../token-store.ts";

export interface BuiltInOptions {
  readonly db: Database;
  readonly peppers: Peppers;
  readonly prefix: string;
  /** Ids of the rules that find our own tokens. */
  readonly ruleIds: readonly string[];
  readonly now: () => Date;
}

/** The tokens that Patrol itself minted. */
export class BuiltInTokenStore implements TokenStore {
  readonly #options: BuiltInOptions;

  constructor(options: BuiltInOptions) {
    this.#options = options;
  }

  answersFor(ruleId: string): boolean {
    return this.#options.ruleIds.includes(ruleId);
  }

  async lookup(secrets: readonly Secret[]): Promise<Verdict[]> {
    const { db, peppers, prefix, now } = this.#options;
    const wanted = secrets.map((secret) => (isWellFormed(secret, prefix) ? peppers.digests(secret) : []));
    const lookups = new Map(wanted.flat().map(({ lookup }) => [lookup.toString("hex"), lookup]));
    const at = now();
    let found: Map<string, StoredToken>;
    let areAllPeppersHere = true;
    try {
      const rows = await tokensByLookup(db, [...lookups.values()]);
      found = new Map(rows.map((row) => [row.lookup.toString("hex"), row]));
      // While a new pepper comes into use, another process may have stored it under one that this one does not know yet.
      if (
        wanted.some(
          (digests) => digests.length > 0 && digests.every(({ lookup }) => !found.has(lookup.toString("hex"))),
        )
      )
        areAllPeppersHere = (await pepperIdsInUse(db, peppers.ids, at)).length === 0;
    } catch {
      // Without an answer nothing may be dismissed; what cannot be one of ours needs no answer.
      return wanted.map((digests) => (digests.length === 0 ? { kind: "unknown" } : UNAVAILABLE));
    }
    return wanted.map((digests) => {
      for (const { lookup } of digests) {
        const stored = found.get(lookup.toString("hex"));
        if (stored !== undefined && timingSafeEqual(stored.lookup, lookup)) return verdictOn(stored, at);
      }
      return areAllPeppersHere || digests.length === 0 ? { kind: "unknown" } : UNAVAILABLE;
    });
  }

  /** By the C3ID, which every record holds and which follows from the digest: 120 bits, and no other way leads to it. */
  async lookupDigests(digests: readonly Buffer[]): Promise<Verdict[]> {
    const { db, now } = this.#options;
    const ids = digests.map(c3idOfSha256);
    try {
      const found = new Map((await tokensByC3id(db, [...new Set(ids)])).map((row) => [row.token.c3id, row]));
      const at = now();
      return ids.map((id) => {
        const stored = found.get(id);
        return stored === undefined ? { kind: "unknown" } : verdictOn(stored, at);
      });
    } catch {
      return digests.map(() => UNAVAILABLE);
    }
  }
}

const UNAVAILABLE = { kind: "unverified", because: "token-store-unavailable" } as const;

/** A revoked token stays revoked whatever its owner's state; a disabled owner's token wakes when the owner does. */
function verdictOn({ token, owner }: StoredToken, at: Date): Verdict {
  const ref = { id: token.id, organizationId: token.organizationId, ownerId: token.ownerId };
  const known = { token: ref, scopes: token.scopes };
  if (token.revokedAt !== undefined) return { kind: "inactive", ...known, since: token.revokedAt, why: "revoked" };
  if (token.expiresAt <= at) return { kind: "inactive", ...known, since: token.expiresAt, why: "expired" };
  if (owner.disabledAt !== undefined)
    return { kind: "inactive", ...known, since: owner.disabledAt, why: "owner-disabled" };
  return { kind: "active", ...known };
}
