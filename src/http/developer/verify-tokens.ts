import type { Context } from "hono";
import { z } from "zod";
import { PatrolError } from "../../model/errors.ts";
import type { Verdict } from "../../model/verdict.ts";
import { checkInput } from "../check-input.ts";
import type { Allowance } from "./allowance.ts";
import { bearer, type BearerParts } from "./bearer.ts";
import { jsonBody } from "./json-body.ts";

/** Bytes of a body. */
export const MOST_VERIFY_BYTES = 128 * 1024;
/** Digests of a request. */
const MOST_DIGESTS = 1_000;
/** What a request costs of the caller's allowance, beside one for each digest. */
const REQUEST_COST = 100;
/** Of that, in a minute: 18 full requests, or 198 with one digest. */
export const VERIFY_ALLOWANCE = 20_000;

const input = z.object({
  sha256: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits, lower case"))
    .min(1)
    .max(MOST_DIGESTS),
});

export interface VerifyParts extends BearerParts {
  /** One verdict a digest, in the same order. */
  readonly lookupDigests: (digests: readonly Buffer[]) => Promise<Verdict[]>;
}

/**
 * `POST /tokens/verify`: whoever found tokens asks what has become of them, by their SHA-256. For bearers of any token of
 * the store. Says nothing of whose they are, and changes nothing.
 */
export function verifyTokens(parts: VerifyParts, allowance: Allowance) {
  return async (context: Context): Promise<Response> => {
    context.header("cache-control", "no-store");
    const by = await bearer(context, parts, "Tokens are asked about");
    const { sha256 } = checkInput(input, await jsonBody(context.req.raw));
    allowance.spend(by.token.id, REQUEST_COST + sha256.length);
    const verdicts = await parts.lookupDigests(sha256.map((digest) => Buffer.from(digest, "hex")));
    return context.json({ verdicts: verdicts.map(wordOf) });
  };
}

/** A token that sleeps with its owner wakes with its owner, so whoever found it has to treat it as one that works. */
function wordOf(verdict: Verdict): "active" | "revoked" | "expired" | "unknown" {
  switch (verdict.kind) {
    case "active":
    case "unknown":
      return verdict.kind;
    case "inactive":
      return verdict.why === "owner-disabled" ? "active" : verdict.why;
    case "unverified":
      throw new PatrolError("token-store-unavailable", "The tokens cannot be checked now.");
  }
}
