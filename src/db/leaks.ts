import type { Database } from "./database.ts";
import type { Tx } from "./transaction.ts";

/** Where a token was found. Every text of a stranger's is masked. */
export interface LeakPlace {
  readonly kind: string;
  readonly repositoryId?: number;
  readonly repository?: string;
  readonly exposure?: string;
  readonly commit?: string;
  readonly object?: string;
  readonly path?: string;
  readonly line: number;
  readonly column: number;
  readonly decoded: readonly string[];
  readonly author?: string;
  readonly authoredAt?: Date;
}

/** A stored finding whose token is ours. */
export interface Leak {
  readonly id: string;
  readonly incidentId: string;
  readonly tokenId: string;
  readonly fingerprint: string;
  readonly ruleId: string;
  readonly deliveryId?: string;
  readonly detectedAt: Date;
  readonly place: LeakPlace;
}

/** The new leak's id, or undefined when one with this fingerprint is recorded already. */
export async function insertLeak(tx: Tx, leak: Omit<Leak, "id">): Promise<string | undefined> {
  const { place } = leak;
  const row = await tx
    .insertInto("leaks")
    .values({
      incident_id: leak.incidentId,
      token_id: leak.tokenId,
      fingerprint: leak.fingerprint,
      rule_id: leak.ruleId,
      delivery_id: leak.deliveryId ?? null,
      kind: place.kind,
      repository_id: place.repositoryId ?? null,
      repository: place.repository ?? null,
      exposure: place.exposure ?? null,
      commit_id: place.commit ?? null,
      object_id: place.object ?? null,
      path: place.path ?? null,
      line: place.line,
      start_column: place.column,
      decoded: [...place.decoded],
      author: place.author ?? null,
      authored_at: place.authoredAt ?? null,
      detected_at: leak.detectedAt,
    })
    .onConflict((conflict) => conflict.column("fingerprint").doNothing())
    .returning("id")
    .executeTakeFirst();
  return row?.id;
}

/** A leak recorded before. */
export async function findLeak(
  tx: Tx,
  fingerprint: string,
): Promise<{ readonly id: string; readonly incidentId: string; readonly exposure?: string } | undefined> {
  const row = await tx
    .selectFrom("leaks")
    .select(["id", "incident_id", "exposure"])
    .where("fingerprint", "=", fingerprint)
    .executeTakeFirst();
  return row && { id: row.id, incidentId: row.incident_id, exposure: row.exposure ?? undefined };
}

/** Notes that everyone can read the leak's place by now. */
export async function publishLeak(tx: Tx, id: string): Promise<string> {
  await tx.updateTable("leaks").set({ exposure: "public" }).where("id", "=", id).execute();
  return id;
}

/** How many leaks an incident has, and how many of them everyone can read. */
export async function countLeaks(
  db: Database | Tx,
  incidentId: string,
): Promise<{ readonly total: number; readonly inPublic: number }> {
  const { total, inPublic } = await db
    .selectFrom("leaks")
    .select((is) => [
      is.fn.countAll().as("total"),
      is.fn.countAll().filterWhere("exposure", "=", "public").as("inPublic"),
    ])
    .where("incident_id", "=", incidentId)
    .executeTakeFirstOrThrow();
  return { total: Number(total), inPublic: Number(inPublic) };
}

/** Leaks of an incident, in the order they were found; at most `limit`. */
export async function listLeaks(db: Database | Tx, incidentId: string, limit = 1000): Promise<Leak[]> {
  const rows = await db
    .selectFrom("leaks")
    .selectAll()
    .where("incident_id", "=", incidentId)
    .orderBy("detected_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    incidentId: row.incident_id,
    tokenId: row.token_id,
    fingerprint: row.fingerprint,
    ruleId: row.rule_id,
    deliveryId: row.delivery_id ?? undefined,
    detectedAt: row.detected_at,
    place: {
      kind: row.kind,
      repositoryId: row.repository_id ?? undefined,
      repository: row.repository ?? undefined,
      exposure: row.exposure ?? undefined,
      commit: row.commit_id ?? undefined,
      object: row.object_id ?? undefined,
      path: row.path ?? undefined,
      line: row.line ?? 1,
      column: row.start_column ?? 1,
      decoded: row.decoded,
      author: row.author ?? undefined,
      authoredAt: row.authored_at ?? undefined,
    },
  }));
}
