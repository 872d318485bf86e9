import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { sqlState } from "../db/errors.ts";
import { PatrolError, toPatrolError } from "../model/errors.ts";
import type { Log } from "../model/log.ts";

/** Asks whoever met a passing fault to come back. GitHub does not, but its delivery log shows it. */
const RETRY_AFTER_S = 30;
/** Allowances are by the minute. */
const MINUTE_S = 60;

interface ErrorParts {
  readonly log: Log;
  /** Takes tokens out of a message: it may quote what somebody put in a wrong place. */
  readonly mask: (text: string) => string;
}

/** The one shape of every error: `{"error":{"code","message"}}`, with the status of the table in `src/model/errors.ts`. */
export function answerError(context: Context, thrown: unknown, { log, mask }: ErrorParts): Response {
  const error = thrown instanceof HTTPException ? ofHono(thrown) : toPatrolError(ofText(thrown));
  const { http, blame } = error.kind;
  if (blame === "us") log.error({ code: error.code, err: thrown }, "a request failed");
  else if (blame === "dependency") log.warn({ code: error.code, err: thrown }, "a request could not be served");
  else log.info({ code: error.code, reason: mask(error.message) }, "a request was refused");
  if (http === 503) context.header("Retry-After", String(RETRY_AFTER_S));
  if (http === 429) context.header("Retry-After", String(MINUTE_S));
  // What we did not foresee may quote anything; it is for the log only.
  const message = error.code === "internal" ? "Something went wrong here; the log says what." : mask(error.message);
  return context.json({ error: { code: error.code, message } }, http as ContentfulStatusCode);
}

/** PostgreSQL's `character_not_in_repertoire` and `untranslatable_character`: it knows no text with a NUL in it. */
const NO_TEXT = new Set(["22021", "22P05"]);

function ofText(thrown: unknown): unknown {
  if (!NO_TEXT.has(sqlState(thrown) ?? "")) return thrown;
  return new PatrolError("request-invalid", "The request holds a character that no text may hold.");
}

/** What Hono's own guard against forms of other sites refuses (403). */
function ofHono(refused: HTTPException): PatrolError {
  if (refused.status === 403) return new PatrolError("cross-origin", "This form was sent from another site.");
  return new PatrolError("request-invalid", "The request cannot be read.");
}
