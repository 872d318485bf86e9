import type { Context } from "hono";
import { z } from "zod";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import type { Authorization } from "../../pat/authorize.ts";
import type { Bypass } from "../../pat/record-bypass.ts";
import { checkInput } from "../admin/api.ts";
import { credential } from "../tokens/auth-verify.ts";

/** Bytes of a body. */
export const MOST_BYPASS_BYTES = 256 * 1024;
const MOST_FINDINGS = 200;

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

export interface BypassParts {
  readonly authorize: (secret: Secret) => Promise<Authorization | undefined>;
  readonly recordBypass: (by: Authorization, bypass: Bypass) => Promise<string>;
  /** Hides tokens in texts that somebody chose. */
  readonly mask: (text: string) => string;
}

/** `POST /hooks/bypasses`: a hook tells of a finding that was let through. For bearers of any token of the store. */
export function tellOfBypass({ authorize, recordBypass, mask }: BypassParts) {
  return async (context: Context): Promise<Response> => {
    const secret = credential(context.req.header("authorization"));
    const by = secret && (await authorize(secret));
    if (!by) {
      context.header("www-authenticate", 'Bearer realm="patrol"');
      throw new PatrolError(
        "not-signed-in",
        "A bypass is told with `Authorization: Bearer` and a personal access token.",
      );
    }
    const bypass = checkInput(input, await body(context.req.raw));
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

async function body(request: Request): Promise<unknown> {
  const content = await request.text();
  try {
    return JSON.parse(content) as unknown;
  } catch {
    throw new PatrolError("body-not-json", "The body must be a JSON object.");
  }
}
