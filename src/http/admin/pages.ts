import { type Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { closeSession, findAdministrator, openSession } from "../../db/administrators.ts";
import type { Database } from "../../db/database.ts";
import { eventsOf, findIncident, findMail, leaksOf, listIncidents, listMails } from "../../db/overview.ts";
import { PatrolError, toPatrolError } from "../../model/errors.ts";
import { DEFAULT_POLICY, type PolicyMode } from "../../model/policy.ts";
import { Secret } from "../../model/secret.ts";
import { type Home, homePage } from "../../ui/home.ts";
import { incidentPage } from "../../ui/incidents.ts";
import { mailPage } from "../../ui/mailbox.ts";
import { signInPage } from "../../ui/sign-in.ts";
import { STYLE } from "../../ui/style.ts";
import { listDeliveryRows, listPolicies } from "../../db/overview.ts";
import { requireSession, SESSION_COOKIE, sessionCookie, type SignedIn } from "./signed-in.ts";
import { limitBody } from "../limit-body.ts";

/** What the page needs of the service. */
export interface PageParts {
  readonly db: Database;
  readonly now: () => Date;
  /** False when mails go to an SMTP server. */
  readonly hasLocalMailbox: boolean;
  /** Whether the public address is HTTPS: then the cookie is for HTTPS only. */
  readonly isSecure: boolean;
  readonly changePolicy: (
    organization: string,
    change: { readonly mode: PolicyMode; readonly graceHours: number },
    actor: string,
  ) => Promise<void>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FORM_BYTES = 16 * 1024;

/** The web page: every route parses, calls one function and renders. */
export function pages(parts: PageParts): Hono<SignedIn> {
  const { db, now } = parts;
  const site = new Hono<SignedIn>();
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
      referrerPolicy: "same-origin",
    }),
    csrf(),
    limitBody(FORM_BYTES),
  );
  site.use(async (context, next) => {
    await next();
    if (!context.req.path.startsWith("/assets/")) context.header("cache-control", "no-store");
  });

  site.get("/assets/style.css", (context) =>
    context.body(STYLE, 200, { "content-type": "text/css; charset=utf-8", "cache-control": "max-age=300" }),
  );
  site.get("/sign-in", (context) => context.html(signInPage({ refused: false })));
  site.post("/sign-in", async (context) => {
    const token = (await form(context)).get("token");
    const administrator = typeof token === "string" && (await findAdministrator(db, new Secret(token.trim())));
    if (!administrator) return context.html(signInPage({ refused: true }), 401);
    const cookie = await openSession(db, administrator, now());
    setCookie(context, SESSION_COOKIE, cookie.reveal(), {
      httpOnly: true,
      sameSite: "Strict",
      secure: parts.isSecure,
      path: "/",
    });
    return context.redirect("/", 303);
  });
  site.post("/sign-out", async (context) => {
    const cookie = sessionCookie(context);
    if (cookie) await closeSession(db, cookie);
    deleteCookie(context, SESSION_COOKIE, { path: "/" });
    return context.redirect("/sign-in", 303);
  });

  const signedIn = requireSession(db, now);
  site.get("/", signedIn, async (context) => context.html(homePage(await home(parts))));
  site.get("/incidents/:id", signedIn, async (context) => {
    const id = context.req.param("id");
    const incident = UUID.test(id) ? await findIncident(db, id) : undefined;
    if (!incident) throw new PatrolError("not-found", "There is no such incident.");
    const [leaks, events] = await Promise.all([leaksOf(db, incident.id), eventsOf(db, incident.correlationId)]);
    return context.html(incidentPage({ incident, leaks, events }));
  });
  site.get("/mails/:id", signedIn, async (context) => {
    const mail = await findMail(db, context.req.param("id"));
    if (!mail) throw new PatrolError("not-found", "There is no such mail in the mailbox.");
    return context.html(mailPage(mail));
  });
  site.post("/policies/:organization", signedIn, async (context) => {
    const fields = await form(context);
    try {
      const change = parsePolicyForm(fields);
      await parts.changePolicy(context.req.param("organization"), change, context.get("administrator").name);
    } catch (error) {
      const refused = toPatrolError(error);
      if (refused.kind.blame !== "sender") throw error;
      const page = homePage({ ...(await home(parts)), notice: { text: refused.message, isError: true } });
      return context.html(page, refused.kind.http as 400);
    }
    return context.redirect("/#policies", 303);
  });
  return site;
}

async function home(parts: PageParts): Promise<Home> {
  const { db } = parts;
  return {
    incidents: await listIncidents(db),
    deliveries: await listDeliveryRows(db),
    policies: (await listPolicies(db)).map((row) => ({
      organization: row.organization,
      mode: row.mode ?? DEFAULT_POLICY.mode,
      graceHours: row.graceHours ?? DEFAULT_POLICY.graceHours,
      version: row.version ?? 0,
    })),
    mails: parts.hasLocalMailbox ? await listMails(db) : undefined,
  };
}

/** @throws PatrolError `request-invalid` when the body is no form. */
async function form(context: Context): Promise<FormData> {
  try {
    return await context.req.formData();
  } catch (error) {
    if (error instanceof HTTPException) throw error;
    throw new PatrolError("request-invalid", "The body must be a form.");
  }
}

function parsePolicyForm(form: FormData): { mode: PolicyMode; graceHours: number } {
  const mode = form.get("mode");
  const graceHours = Number(form.get("graceHours"));
  if (mode !== "immediate" && mode !== "grace" && mode !== "notify_only")
    throw new PatrolError(
      "request-invalid",
      "Choose what happens to a leaked token: at once, after a grace time, or only a mail.",
    );
  if (!Number.isInteger(graceHours) || graceHours < 1 || graceHours > 8760)
    throw new PatrolError("request-invalid", "Grace hours is a whole number from 1 to 8760 (one year).");
  return { mode, graceHours };
}
