import type { Rule } from "../model/rule.ts";
import { allows, type AllowlistSubject } from "./allowlist.ts";
import { CHECKSUMS } from "./checksum/index.ts";
import { entropy } from "./entropy.ts";

/** Why a match is no candidate; `patrol rules explain` shows it. */
type Refusal =
  | { readonly because: "checksum"; readonly checksum: string }
  | { readonly because: "entropy"; readonly bits: number; readonly needed: number }
  | { readonly because: "allowlist"; readonly description: string };

export type Confirmation =
  | { readonly kind: "confirmed"; readonly checksum: "valid" | "none"; readonly entropy: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const refused = (refusal: Refusal): Confirmation => ({ kind: "refused", refusal });

/** What a match still has to pass when its pattern held: checksum, entropy, allowlists. */
export function confirm(rule: Rule, subject: AllowlistSubject): Confirmation {
  const { secret } = subject;
  const checksum = rule.checksum === undefined ? undefined : CHECKSUMS[rule.checksum];
  if (checksum !== undefined && !checksum.verify(secret)) {
    return refused({ because: "checksum", checksum: rule.checksum ?? "" });
  }
  const bits = entropy(secret);
  // As gitleaks has it: what only reaches the bound is refused.
  if (rule.entropy !== undefined && rule.entropy > 0 && bits <= rule.entropy) {
    return refused({ because: "entropy", bits, needed: rule.entropy });
  }
  for (const allowlist of rule.allowlists) {
    if (allows(allowlist, subject)) return refused({ because: "allowlist", description: allowlist.description ?? "" });
  }
  return { kind: "confirmed", checksum: checksum === undefined ? "none" : "valid", entropy: bits };
}
