import type { Secret } from "../model/secret.ts";
import type { Verdict } from "../model/verdict.ts";

/** Whoever can say whose token it is. */
export interface TokenStore {
  /** Rules whose candidates this store can answer for. */
  readonly answersFor: (ruleId: string) => boolean;
  /**
   * One verdict a secret, in the same order. Proves possession: only the whole token finds its record. Never changes
   * anything, not even the time of last use. When it cannot answer it says `unverified`; it does not throw.
   */
  lookup(secrets: readonly Secret[]): Promise<Verdict[]>;
  /** The same by SHA-256 digests: for whoever found a token elsewhere and does not hand it on. */
  lookupDigests(digests: readonly Buffer[]): Promise<Verdict[]>;
}
