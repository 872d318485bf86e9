import { randomBytes } from "node:crypto";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { equipment } from "./servers.ts";

/** The run's Redis, and a key prefix that no other test uses. */
export async function sharedRedis(): Promise<{ readonly url: string; readonly prefix: string }> {
  return { url: await equipment("redis"), prefix: `patrol-${randomBytes(6).toString("hex")}` };
}

/** An own Redis server, to kill, flush and restart. The caller stops it. */
export async function ownRedis(options: { readonly appendOnly?: boolean } = {}): Promise<RedisServer> {
  await equipment("program/redis-server");
  return await startRedis(options);
}
