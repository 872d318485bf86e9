import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { BodyBudget, withBody } from "./read-body.ts";

/** Memory for bodies above 64 KB, of one route at all its requests together. */
const BUDGET = 32 * 1024 * 1024;
const BODYLESS = new Set(["GET", "HEAD"]);

/**
 * Reads the body, at most `maxBytes` of it and less than a megabyte, before the request is answered, whether it says how
 * long it is or comes in chunks. (Hono's own guard makes a new request of the server's, which Node's class refuses.)
 *
 * @throws PatrolError `body-too-large`, or `request-invalid` when the sender goes away.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const budget = new BodyBudget(BUDGET);
  return async (context, next) => {
    const { url, method, headers } = context.req.raw;
    if (BODYLESS.has(method)) return await next();
    await withBody(context.env.incoming, maxBytes, budget, async (body) => {
      context.req.raw = new Request(url, { method, headers, ...(body.length > 0 && { body }) });
      await next();
    });
  };
}
