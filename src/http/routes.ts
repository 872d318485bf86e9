import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { PatrolError } from "../model/errors.ts";
import { answerError } from "./answer-error.ts";
import { receiveWebhook, type WebhookParts } from "./github/webhook.ts";
import { readiness } from "./health.ts";
import { BodyBudget } from "./read-body.ts";

/** Memory for bodies above a megabyte, all requests together. */
const BODY_BUDGET = 256 * 1024 * 1024;

/** What the routes need. Every edge adds its own parts here. */
export type HttpParts = WebhookParts;

export type Routes = Hono<{ Bindings: HttpBindings }>;

/** Everything the service answers. */
export function routes(parts: HttpParts): Routes {
  const { db, queue, log } = parts;
  const budget = new BodyBudget(BODY_BUDGET);
  const app: Routes = new Hono();

  app.post("/webhooks/github", async (c) => {
    const answer = await receiveWebhook(c.env.incoming, parts, budget);
    return c.json(answer, "pong" in answer ? 200 : 202);
  });

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const ready = await readiness(db, queue);
    return c.json(ready, ready.database === "ok" ? 200 : 503);
  });

  app.notFound((c) => answerError(c, new PatrolError("not-found", "There is nothing at this address."), log));
  app.onError((error, c) => answerError(c, error, log));
  return app;
}
