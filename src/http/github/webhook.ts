import type { IncomingMessage } from "node:http";
import type { Database } from "../../db/database.ts";
import { keepDelivery } from "../../db/deliveries.ts";
import { orUnavailable } from "../../db/unavailable.ts";
import { PatrolError, toPatrolError } from "../../model/errors.ts";
import type { Log } from "../../model/log.ts";
import type { Secret } from "../../model/secret.ts";
import { type PublicationContent, type PushContent, sealPush } from "../../pipeline/sealed-push.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Pepper } from "../../tokens/seal.ts";
import { parseJson } from "../parse-json.ts";
import { type BodyBudget, withBody } from "../read-body.ts";
import { parsePublication, parsePush } from "./push-payload.ts";
import { isSigned, parseSignature } from "./signature.ts";

/** GitHub sends no payload above 25 MB (docs.github.com, webhook events and payloads). */
export const LARGEST_BODY = 25 * 1024 * 1024;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const PUBLICIZED = "publicized";
const EVENT = /^[a-z][a-z_]{0,63}$/;

export interface WebhookParts {
  readonly db: Database;
  readonly queue: Queue;
  readonly peppers: readonly Pepper[];
  /** Any of them may sign: while a secret is being changed, deliveries come with either. */
  readonly webhookSecrets: readonly Secret[];
  readonly log: Log;
  /** How long the database may take to keep a delivery: less than GitHub waits, unless a test says so. */
  readonly keepMs?: number;
  /** Told of a delivery that was kept. Must not throw. */
  readonly received?: (deliveryId: string) => void;
}

export type WebhookAnswer =
  { readonly delivery: string } | { readonly delivery: string; readonly ignored: true } | { readonly pong: true };

/**
 * One POST from GitHub. A push, or that a repository was made public, is committed to the inbox before this resolves; the queue hears of it afterwards and may
 * be away. Nothing is decoded before the signature holds.
 *
 * @throws PatrolError of the sender's making (400, 401, 413, 415), or `database-unavailable` (503): then nothing is kept.
 */
export async function receiveWebhook(
  incoming: IncomingMessage,
  parts: WebhookParts,
  budget: BodyBudget,
): Promise<WebhookAnswer> {
  checkContentType(incoming);
  const event = header(incoming, "X-GitHub-Event", EVENT, "a lower-case word");
  const delivery = header(incoming, "X-GitHub-Delivery", GUID, "a GUID").toLowerCase();
  const signature = parseSignature(header(incoming, "X-Hub-Signature-256"));
  return await withBody(incoming, LARGEST_BODY, budget, async (body) => {
    if (!isSigned(body, signature, parts.webhookSecrets))
      throw new PatrolError(
        "signature-invalid",
        "X-Hub-Signature-256 was not made with this service's webhook secret.",
      );
    const json = parseJson(body);
    if (event === "ping") return { pong: true };
    const kept = contentOf(event, json);
    if (kept === undefined) return { delivery, ignored: true };
    await keep(delivery, { event, ...kept }, parts);
    return { delivery };
  });
}

interface Kept {
  readonly content: PushContent | PublicationContent;
  readonly action?: string;
}

/** What is done about an event; undefined where nothing is. GitHub tells in two ways that a repository was made public. */
function contentOf(event: string, json: unknown): Kept | undefined {
  if (event === "push") return { content: parsePush(json) };
  if (event === "public") return { content: parsePublication(json) };
  const isPublicized = event === "repository" && (json as { action?: unknown } | null)?.action === PUBLICIZED;
  return isPublicized ? { content: parsePublication(json), action: PUBLICIZED } : undefined;
}

async function keep(id: string, told: Kept & { readonly event: string }, parts: WebhookParts): Promise<void> {
  const { db, queue, peppers, log } = parts;
  const { content, event, action } = told;
  const { repositoryId } = content;
  const sealed = sealPush(peppers, id, content);
  const isFromApp = content.installationId !== undefined;
  const kept = await orUnavailable(
    async () => await keepDelivery(db, { id, event, action, repositoryId, sealed, isFromApp }),
    parts.keepMs,
  );
  log.info({ delivery: id, event, repositoryId, kept }, "a delivery was received");
  parts.received?.(id);
  // Not awaited: the row is kept, and the sweeper offers what the queue missed.
  queue.offer({ name: "handle-delivery", deliveryId: id }).catch((error: unknown) => {
    log.warn(
      { delivery: id, code: toPatrolError(error).code },
      "the queue did not take a delivery; the sweeper will offer it",
    );
  });
}

function checkContentType({ headers }: IncomingMessage): void {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json")
    throw new PatrolError(
      "content-type-unsupported",
      "Content-Type must be application/json: choose it in the webhook's settings on GitHub.",
    );
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new PatrolError("content-type-unsupported", "The body must not be compressed.");
}

function header(incoming: IncomingMessage, name: string, form?: RegExp, mustBe?: string): string {
  const value = incoming.headers[name.toLowerCase()];
  if (typeof value !== "string" || value === "") throw new PatrolError("header-missing", `${name} is missing.`);
  if (form && !form.test(value)) throw new PatrolError("header-invalid", `${name} must be ${mustBe}.`);
  return value;
}
