import { Hono } from "hono";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import { type AdminParts, type Operation, perform } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { requireBearer, type SignedIn } from "./signed-in.ts";
import { limitBody } from "../limit-body.ts";

const BODY_BYTES = 64 * 1024;

/** `/api/v1`: one route an operation, for bearers of an administrator token. */
export function api(parts: AdminParts, isControlToken: (token: Secret) => boolean): Hono<SignedIn> {
  const routes = new Hono<SignedIn>();
  routes.use(limitBody(BODY_BYTES), requireBearer(parts.db, isControlToken));
  for (const operation of Object.values(OPERATIONS) as unknown as Operation<unknown>[]) {
    routes.on(operation.method, operation.path, async (context) => {
      const body = operation.method === "GET" ? context.req.query() : await jsonBody(context.req.raw);
      const input = { ...body, ...context.req.param() };
      const output = await perform(operation, parts, input, context.get("administrator"));
      context.header("cache-control", "no-store");
      return context.json(output as object);
    });
  }
  return routes;
}

async function jsonBody(request: Request): Promise<object> {
  const text = await request.text();
  if (text === "") return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Falls through to the same answer: a parser's message may quote the body.
  }
  throw new PatrolError("body-not-json", "The body must be a JSON object.");
}
