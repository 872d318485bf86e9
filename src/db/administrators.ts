import { createHash, randomBytes } from "node:crypto";
import { Secret } from "../model/secret.ts";
import type { Database } from "./database.ts";

/** Whoever may use the page and the API. */
export interface Administrator {
  readonly id: string;
  readonly name: string;
}

const SESSION_HOURS = 12;

/** A token is this and 256 random bits in base64url; `rules/patrol-administrator.yaml` finds it. */
const PREFIX = "padm_";
const TOKEN = new RegExp(`${PREFIX}[A-Za-z0-9_-]{43}`);

/** Whether a token of an administrator stands anywhere in a text. */
export const holdsAdministratorToken = (text: string): boolean => TOKEN.test(text);

/** 256 random bits need no slow hash: nothing but the whole text finds its digest again. */
function digest(secret: Secret): Buffer {
  return createHash("sha256").update(secret.reveal()).digest();
}

/** A new administrator and the token that is shown once. */
export async function createAdministrator(db: Database, name: string): Promise<Secret> {
  const token = new Secret(`${PREFIX}${randomBytes(32).toString("base64url")}`);
  await db
    .insertInto("administrators")
    .values({ name, token_digest: digest(token) })
    .execute();
  return token;
}

/** Whether anyone can sign in; false on a first start. */
export async function hasAdministrator(db: Database): Promise<boolean> {
  return (await db.selectFrom("administrators").select("id").limit(1).executeTakeFirst()) !== undefined;
}

export async function findAdministrator(db: Database, token: Secret): Promise<Administrator | undefined> {
  return await db
    .selectFrom("administrators")
    .select(["id", "name"])
    .where("token_digest", "=", digest(token))
    .executeTakeFirst();
}

/** Opens a session for a browser; the cookie's value is the returned secret. */
export async function openSession(db: Database, administrator: Administrator, now: Date): Promise<Secret> {
  const cookie = new Secret(randomBytes(32).toString("base64url"));
  await db.deleteFrom("sessions").where("expires_at", "<=", now).execute();
  await db
    .insertInto("sessions")
    .values({
      digest: digest(cookie),
      administrator_id: administrator.id,
      expires_at: new Date(now.getTime() + SESSION_HOURS * 3_600_000),
    })
    .execute();
  return cookie;
}

export async function findSession(db: Database, cookie: Secret, now: Date): Promise<Administrator | undefined> {
  return await db
    .selectFrom("sessions")
    .innerJoin("administrators", "administrators.id", "sessions.administrator_id")
    .select(["administrators.id", "administrators.name"])
    .where("sessions.digest", "=", digest(cookie))
    .where("sessions.expires_at", ">", now)
    .executeTakeFirst();
}

export async function closeSession(db: Database, cookie: Secret): Promise<void> {
  await db.deleteFrom("sessions").where("digest", "=", digest(cookie)).execute();
}
