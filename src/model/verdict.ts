import type { ErrorCode } from "./errors.ts";
import type { TokenRef } from "./token.ts";

/** What the issuer says. `unknown` is an answer; `unverified` is the lack of one, so it dismisses nothing. */
export type Verdict =
  | { readonly kind: "active"; readonly token: TokenRef; readonly scopes: readonly string[] }
  | {
      readonly kind: "inactive";
      readonly token: TokenRef;
      readonly scopes: readonly string[];
      readonly since: Date;
      /** A disabled owner's token works again once the owner does, so policy treats it like an active one. */
      readonly why: "revoked" | "expired" | "owner-disabled";
    }
  | { readonly kind: "unknown" }
  | { readonly kind: "unverified"; readonly because: ErrorCode };
