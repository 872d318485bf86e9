import { sql } from "kysely";
import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

/** Which mail of an incident's thread. */
type MailKind = "leak-found" | "revocation-planned" | "token-revoked";

/** What the outbox keeps of a mail: ids. What it says is read from the rows when it is sent. */
export interface MailRequest {
  readonly incidentId: string;
  readonly kind: MailKind;
  readonly userId: string;
  /** The deadline that a `revocation-planned` was asked for, ISO 8601: an incident has one such mail for each. */
  readonly revokeAt?: string;
}

/** Asks for a mail after commit; asking again for the same one is nothing. */
export async function askForMail(tx: Tx, request: MailRequest): Promise<void> {
  const { kind, ...ids } = request;
  await tx
    .insertInto("outbox")
    .values({
      kind: "mail",
      dedupe_key: dedupeKey(request),
      payload: JSON.stringify({ mail: kind, ...ids }),
    })
    .onConflict((conflict) => conflict.column("dedupe_key").doNothing())
    .execute();
}

export async function wasAskedFor(db: Database | Tx, request: MailRequest): Promise<boolean> {
  const row = await db
    .selectFrom("outbox")
    .select("id")
    .where("dedupe_key", "=", dedupeKey(request))
    .executeTakeFirst();
  return row !== undefined;
}

/** Ids of outbox rows about these incidents that nobody has taken yet. */
export async function openMailsOf(db: Database, incidentIds: readonly string[]): Promise<string[]> {
  if (incidentIds.length === 0) return [];
  const rows = await db
    .selectFrom("outbox")
    .select("id")
    .where("state", "=", "new")
    .where(sql<string>`payload ->> 'incidentId'`, "in", [...incidentIds])
    .execute();
  return rows.map(({ id }) => id);
}

/** The request in an outbox row's payload, or undefined when it holds none. */
export function toMailRequest(payload: Readonly<Record<string, string>>): MailRequest | undefined {
  const { mail, incidentId, userId, revokeAt } = payload;
  if (incidentId === undefined || userId === undefined) return undefined;
  if (mail !== "leak-found" && mail !== "revocation-planned" && mail !== "token-revoked") return undefined;
  return { kind: mail, incidentId, userId, revokeAt };
}

const dedupeKey = ({ incidentId, kind, userId, revokeAt }: MailRequest) =>
  `mail ${incidentId} ${kind} ${userId}${revokeAt === undefined ? "" : ` ${revokeAt}`}`;
