/** A life in two states; expiry is a time, not a state, so that no clock has to write it. */
type TokenState = "active" | "revoked";

/** A token that the store knows, without its text. */
export interface TokenRef {
  readonly id: string;
  readonly organizationId: string;
  readonly ownerId: string;
}

export interface Token extends TokenRef {
  readonly name: string;
  /** `vso.*` words; `app_token` is full access. */
  readonly scopes: readonly string[];
  readonly state: TokenState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
  /** Why: `leaked`, `owner`, `administrator`. */
  readonly revokedBecause?: string;
  /** Prefix and last four characters, to tell tokens apart: `patrol_…aB3x`. */
  readonly hint: string;
  /** Microsoft's C3ID: a correlation id that is safe to log and mail. */
  readonly c3id: string;
}
