import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "./free-port.ts";
import { findOrInstall, missing } from "./programs.ts";
import { startWarden } from "./warden.ts";

export interface RedisServer {
  readonly url: string;
  /** SIGKILL, as a power cut would end it. */
  kill(): Promise<void>;
  /** Starts it again on the same port. What the append-only file holds is there again; without one, nothing is. */
  restart(): Promise<void>;
  /** Empties it, as an operator's `FLUSHALL` would. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a Redis server on a free port in a temporary folder, with `noeviction` as Patrol demands. `appendOnly` has
 * every write synced to disk before the answer; without it nothing is kept.
 */
export async function startRedis(options: { readonly appendOnly?: boolean } = {}): Promise<RedisServer> {
  const program = findOrInstall("redis-server");
  if (program === undefined) throw new Error(missing("redis-server"));
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "patrol-redis-")));
  const warden = startWarden(folder);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: options.appendOnly ? "yes" : "no",
    appendfsync: "always",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
  let child: ChildProcess;

  const start = async () => {
    child = spawn(program, args, { cwd: folder, stdio: "ignore" });
    warden.watch(child.pid ?? 0);
    await withClient(url, async (redis) => {
      const dir = await answer(redis, child);
      if (dir !== folder) throw new Error(`The server at ${url} keeps its data in ${dir}, not ${folder}.`);
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  await start();
  return {
    url,
    kill: () => end("SIGKILL"),
    restart: start,
    flush: () => withClient(url, async (redis) => void (await redis.flushall())),
    async stop() {
      await end("SIGKILL");
      await warden.dismiss();
    },
  };
}

async function withClient(url: string, use: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on("error", () => {});
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** The folder of the server that answers, asked until it does or `child` is gone. */
async function answer(redis: Redis, child: ChildProcess): Promise<string | undefined> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`redis-server ended at once with code ${child.exitCode}.`);
    try {
      const [, dir] = (await redis.config("GET", "dir")) as string[];
      return dir;
    } catch {
      await sleep(20);
    }
  }
}
