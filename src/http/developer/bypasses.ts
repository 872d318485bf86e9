import type { Context } from "hono";
import { z } from "zod";
import type { Authorization } from "../../pat/authorize.ts";
import type { Bypass } from "../../pat/record-bypass.ts";
import { checkInput } from "../check-input.ts";
import type { Allowance } from "./allowance.ts";
import { bearer, type BearerParts } from "./bearer.ts";
import { jsonBody } from "./json-body.ts";

/** Bytes of a body. */
export const MOST_BYPASS_BYTES = 256 * 1024;
const MOST_FINDINGS = 200;
/** What is told stays for ever: so many a minute may be told with one token. */
export const BYPASS_ALLOWANCE = 60;

const text = z.string().max(1_024);
const input = z.object({
  hook: z.enum(["pre-commit", "pre-push", "pre-receive"]),
  reason: text.min(1),
  by: text.default(""),
  repository: text.default(""),
  objects: z
    .array(z.string().regex(/^[0-9a-f]{40,64}$/, "an object id"))
    .max(MOST_FINDINGS)
    .default([]),
  findings: z.array(text).max(MOST_FINDINGS).default([]),
  isIncomplete: z.boolean().default(false),
});

export interface BypassParts extends BearerParts {
  readonly recordBypass: (by: Authorization, bypass: Bypass) => Promise<string>;
  /** Hides tokens in texts that somebody chose. */
  readonly mask: (text: string) => string;
}

/** `POST /hooks/bypasses`: a hook tells of a finding that was let through. For bearers of any token of the store. */
export function tellOfBypass({ recordBypass, mask, ...parts }: BypassParts, allowance: Allowance) {
  return async (context: Context): Promise<Response> => {
    const by = await bearer(context, parts, "A bypass is told");
    const bypass = checkInput(input, await jsonBody(context.req.raw));
    allowance.spend(by.token.id, 1);
    const id = await recordBypass(by, {
      ...bypass,
      reason: mask(bypass.reason),
      by: mask(bypass.by),
      repository: mask(bypass.repository),
      findings: bypass.findings.map(mask),
    });
    return context.json({ id }, 201);
  };
}
