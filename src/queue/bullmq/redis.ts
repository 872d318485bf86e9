import { Redis, type RedisOptions } from "ioredis";
import type { Log } from "../../model/log.ts";
import { PatrolError } from "../../model/errors.ts";

/** Longest pause between two attempts to connect, so that work goes on soon after Redis is back. */
const RECONNECT_MS = 1_000;

/** A client and the copies that BullMQ makes of it for blocking reads: they must end together. */
export interface Connection {
  readonly client: Redis;
  /** Drops all connections, whatever state they are in. */
  end(): void;
}

function connect(url: string, options: Pick<RedisOptions, "enableOfflineQueue" | "maxRetriesPerRequest">): Connection {
  const retryStrategy = (times: number) => Math.min(times * 100, RECONNECT_MS);
  const client = new Redis(url, { ...options, retryStrategy, connectTimeout: 2_000 });
  const all = [client];
  // Without a listener ioredis prints every refused connection. `watch` tells when the server goes and comes.
  client.on("error", () => {});
  const duplicate = client.duplicate.bind(client);
  client.duplicate = ((override: RedisOptions) => {
    const copy = duplicate(override) as Redis;
    copy.on("error", () => {});
    all.push(copy);
    return copy;
  }) as typeof client.duplicate;
  return { client, end: () => all.forEach((one) => one.disconnect()) };
}

/** For offers: a command sent while Redis is away fails at once instead of waiting for it. */
export function connectToOffer(url: string): Connection {
  return connect(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
}

/** For workers: commands wait until Redis is back, as BullMQ demands of blocking reads. */
export function connectToWork(url: string): Connection {
  return connect(url, { maxRetriesPerRequest: null });
}

/** True when the server answers within `limitMs`. */
export async function isReady(client: Redis, limitMs: number): Promise<boolean> {
  if (client.status === "ready") return true;
  return await new Promise((resolve) => {
    const done = (ready: boolean) => () => {
      clearTimeout(timer);
      client.off("ready", yes).off("end", no);
      resolve(ready);
    };
    const [yes, no] = [done(true), done(false)];
    const timer = setTimeout(no, limitMs);
    client.once("ready", yes).once("end", no);
  });
}

/**
 * Checks what the queue needs of a server: Redis 6.2 or newer (or Valkey), and `noeviction`. With another policy Redis
 * may throw jobs away when memory runs short; their rows come back by the sweeper, within a minute, so that is a warning.
 *
 * @throws PatrolError `setting-invalid` when the server is too old.
 */
export async function checkServer(client: Redis, log: Log): Promise<void> {
  const facts = new Map(
    (await client.info()).split(/\r?\n/).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)] as const;
    }),
  );
  const version = facts.get("redis_version") ?? "0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    throw new PatrolError(
      "setting-invalid",
      `REDIS_URL leads to Redis ${version}; Patrol needs 6.2 or newer, or Valkey.`,
    );
  const policy = facts.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction")
    log.warn(
      { policy },
      "Redis may throw jobs away when its memory is full: set maxmemory-policy to noeviction. Until then the sweeper finds what is lost.",
    );
}

/** Says once when the server goes, and once when it is back. */
export function watch(client: Redis, log: Log, onBack: () => void): void {
  let away = false;
  client.on("close", () => {
    if (!away) log.warn({}, "Redis is away; deliveries are kept in the database meanwhile");
    away = true;
  });
  client.on("ready", () => {
    if (away) log.warn({}, "Redis is back");
    away = false;
    onBack();
  });
}
