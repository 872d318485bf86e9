import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { type Administrator, findAdministrator, findSession } from "../../db/administrators.ts";
import type { Database } from "../../db/database.ts";
import { PatrolError } from "../../model/errors.ts";
import { Secret } from "../../model/secret.ts";

export const SESSION_COOKIE = "patrol_session";

/** What handlers behind a sign-in can rely on. */
export interface SignedIn {
  Variables: { administrator: Administrator };
}

/** Lets a signed-in browser pass; anyone else is led to the sign-in form. */
export function requireSession(db: Database, now: () => Date): MiddlewareHandler<SignedIn> {
  return async (context, next) => {
    const cookie = sessionCookie(context);
    const administrator = cookie && (await findSession(db, cookie, now()));
    if (!administrator) return context.redirect("/sign-in", 303);
    context.set("administrator", administrator);
    return await next();
  };
}

/** Lets a bearer of an administrator token pass, or of the token that the running service keeps for this machine's CLI. */
export function requireBearer(db: Database, isControlToken: (token: Secret) => boolean): MiddlewareHandler<SignedIn> {
  return async (context, next) => {
    const [, text] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(context.req.header("authorization") ?? "") ?? [];
    const token = text === undefined ? undefined : new Secret(text);
    const administrator = token && (isControlToken(token) ? LOCAL : await findAdministrator(db, token));
    if (!administrator) {
      context.header("www-authenticate", 'Bearer realm="patrol"');
      throw new PatrolError("not-signed-in", "The API needs `Authorization: Bearer` with an administrator token.");
    }
    context.set("administrator", administrator);
    return await next();
  };
}

/** Whoever can read the data folder may do anything to it anyway. */
const LOCAL: Administrator = { id: "local", name: "local command line" };

export function sessionCookie(context: Context): Secret | undefined {
  const text = getCookie(context, SESSION_COOKIE);
  return text === undefined ? undefined : new Secret(text);
}
