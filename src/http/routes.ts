import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { PatrolError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";
import { api } from "./admin/api.ts";
import type { AdminParts } from "./admin/operation.ts";
import { type PageParts, pages } from "./admin/pages.ts";
import { answerError } from "./answer-error.ts";
import { Allowance } from "./developer/allowance.ts";
import { BYPASS_ALLOWANCE, type BypassParts, MOST_BYPASS_BYTES, tellOfBypass } from "./developer/bypasses.ts";
import { MOST_VERIFY_BYTES, VERIFY_ALLOWANCE, type VerifyParts, verifyTokens } from "./developer/verify-tokens.ts";
import { receiveWebhook, type WebhookParts } from "./github/webhook.ts";
import { readiness } from "./health.ts";
import { BodyBudget } from "./read-body.ts";
import { authVerify } from "./tokens/auth-verify.ts";
import { limitBody } from "./limit-body.ts";

/** Memory for bodies of webhooks, all requests together: so much for those up to a megabyte, and as much for larger ones. */
const BODY_BUDGET = 256 * 1024 * 1024;

/** What the routes need. Every edge adds its own parts here. */
export interface HttpParts extends WebhookParts, BypassParts, VerifyParts {
  readonly admin: AdminParts;
  readonly page: PageParts;
  readonly now: () => Date;
  /** Whether this is the token that the data folder's holder keeps for the command line of the same machine. */
  readonly isControlToken: (token: Secret) => boolean;
}

export type Routes = Hono<{ Bindings: HttpBindings }>;

/** Everything the service answers. */
export function routes(parts: HttpParts): Routes {
  const { db, queue } = parts;
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

  app.get("/auth/verify", authVerify(parts.authorize));
  const bypasses = new Allowance(BYPASS_ALLOWANCE, parts.now);
  app.post("/hooks/bypasses", limitBody(MOST_BYPASS_BYTES), tellOfBypass(parts, bypasses));
  const questions = new Allowance(VERIFY_ALLOWANCE, parts.now);
  app.post("/tokens/verify", limitBody(MOST_VERIFY_BYTES), verifyTokens(parts, questions));
  app.route("/api/v1", api(parts.admin, parts.isControlToken));
  app.route("/", pages(parts.page));

  app.notFound((c) => answerError(c, new PatrolError("not-found", "There is nothing at this address."), parts));
  app.onError((error, c) => answerError(c, error, parts));
  return app;
}
