import type { Context } from "hono";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import type { Authorization } from "../../pat/authorize.ts";
import { credential } from "../tokens/auth-verify.ts";

export interface BearerParts {
  readonly authorize: (secret: Secret) => Promise<Authorization | undefined>;
}

/** Who asks, by a personal access token. `what` begins the sentence of the refusal. @throws PatrolError `not-signed-in`. */
export async function bearer(context: Context, { authorize }: BearerParts, what: string): Promise<Authorization> {
  const secret = credential(context.req.header("authorization"));
  const by = secret && (await authorize(secret));
  if (by) return by;
  context.header("www-authenticate", 'Bearer realm="patrol"');
  throw new PatrolError("not-signed-in", `${what} with \`Authorization: Bearer\` and a personal access token.`);
}
