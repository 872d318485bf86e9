import type { Context } from "hono";
import { Secret } from "../../model/secret.ts";
import type { Authorization } from "../../pat/authorize.ts";

/** Base64 of a user name and a token; longer ones are no tokens. */
const MAX_HEADER = 2_048;

/**
 * `GET /auth/verify`, for nginx' `auth_request` and its like: 200 with the identity in headers, or 401. Takes
 * `Basic anything:TOKEN` and `Bearer TOKEN`.
 */
export function authVerify(authorize: (secret: Secret) => Promise<Authorization | undefined>) {
  return async (context: Context): Promise<Response> => {
    context.header("Cache-Control", "no-store");
    const secret = credential(context.req.header("authorization"));
    const allowed = secret && (await authorize(secret));
    if (!allowed) {
      context.header("WWW-Authenticate", 'Basic realm="Patrol", charset="UTF-8"');
      return context.body(null, 401);
    }
    context.header("X-Patrol-User", allowed.owner.email);
    context.header("X-Patrol-Organization", allowed.organization);
    context.header("X-Patrol-Scopes", allowed.scopes.join(" "));
    context.header("X-Patrol-Token-Id", allowed.token.id);
    return context.body(null, 200);
  };
}

/** The token of a header: a password for any name, or a bearer's. */
export function credential(header: string | undefined): Secret | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  const [, scheme = "", value = ""] = /^(basic|bearer) +(\S+) *$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return new Secret(value);
  const pair = Buffer.from(value, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon === -1 ? undefined : new Secret(pair.slice(colon + 1));
}
