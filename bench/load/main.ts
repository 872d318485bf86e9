/**
 * `npm run bench:load -- [--rates 5,10,25,50,100,200] [--seconds 4]`
 *
 * Signed pushes at rising rates through the whole river: `patrol serve` and `patrol worker` as processes, PostgreSQL,
 * Redis, and a git server, all on this machine; the load comes from here. Each push holds a token of its own. A push
 * counts as revoked when the row that `/auth/verify` reads says so to another connection; looked at every 10 ms.
 * `revoked_*` are of the rate nearest to 50 a second and `ack_p99_ms` of the one nearest to 200. `rate_vs_bare_hmac` is
 * taken at the end, with the worker stopped: deliveries acknowledged a second, against a server that only checks the HMAC.
 */
import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { openPatOnly } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { createOrganization } from "../../src/db/organizations.ts";
import { createUser } from "../../src/db/users.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { startPatrol } from "../../test/support/patrol-process.ts";
import { startPostgres } from "../../test/support/postgres-server.ts";
import { startRedis } from "../../test/support/redis-server.ts";
import { fastest, fire, percentile, shot } from "./fire.ts";
import type { Prepared } from "./github.ts";

const { values } = parseArgs({
  options: {
    rates: { type: "string", default: "5,10,25,50,100,200" },
    seconds: { type: "string", default: "4" },
    repositories: { type: "string", default: "10" },
    patience: { type: "string", default: "60" },
  },
});
const rates = values.rates.split(",").map(Number);
const counts = rates.map((rate) => Math.ceil(rate * Number(values.seconds)));
const total = counts.reduce((sum, count) => sum + count, 0);
const secret = randomBytes(24).toString("hex");
const folder = mkdtempSync(join(tmpdir(), "patrol-load-"));
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];

interface Row {
  readonly rate: number;
  readonly pushes: number;
  readonly ack: readonly number[];
  readonly revoked: readonly number[];
  readonly unfinished: number;
  /** Milliseconds a push: of the two processes, and of the git processes that the worker started. */
  readonly cpu: { readonly serve: number; readonly worker: number; readonly git: number };
}

async function main(): Promise<void> {
  execFileSync(process.execPath, ["scripts/build.mjs"]);
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis({ appendOnly: true })]);
  closing.push(
    () => postgres.stop(),
    () => redis.stop(),
  );
  const env: Record<string, string> = {
    PATROL_DATA_DIR: join(folder, "data"),
    PORT: "0",
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    GITHUB_WEBHOOK_SECRETS: secret,
    LOG_LEVEL: "warn",
  };
  const tokens = await mint(env, total);
  const github = fork(join(import.meta.dirname, "github.ts"), { execArgv: ["--import", "tsx"] });
  closing.push(() => github.kill());
  github.send({ tokens: tokens.map(({ text }) => text), repositories: Number(values.repositories) });
  const [prepared] = (await once(github, "message")) as [Prepared];
  Object.assign(env, { GITHUB_URL: prepared.url, GITHUB_API_URL: prepared.apiUrl });
  console.log(`${total} pushes in ${values.repositories} repositories are ready`);

  const serve = startPatrol(["serve"], { folder, env });
  closing.push(() => serve.stop());
  const url = `${await serve.printed(/^Patrol listens on (\S+)$/m)}/webhooks/github`;
  const worker = startPatrol(["worker"], { folder, env });
  closing.push(() => worker.stop());
  await worker.printed(/^Patrol works/m);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  closing.push(() => client.end());

  const rows: Row[] = [];
  let first = 0;
  for (const [at, rate] of rates.entries()) {
    const range = [first, first + counts[at]!] as const;
    first = range[1];
    const shots = prepared.pushes.slice(...range).map(({ guid, body }) => shot(body, secret, guid));
    const ids = tokens.slice(...range).map(({ id }) => id);
    const watching = watch(client, ids);
    const before = [cpuOf(serve.pid), cpuOf(worker.pid)] as const;
    const fired = await fire(url, shots, rate);
    const revokedAt = await watching;
    const revoked = ids.flatMap((id, index) => {
      const when = revokedAt.get(id);
      return when === undefined ? [] : [when - fired[index]!.dueAt];
    });
    const row = {
      rate,
      pushes: ids.length,
      ack: fired.map(({ ackMs }) => ackMs),
      revoked,
      unfinished: ids.length - revoked.length,
      cpu: {
        serve: (cpuOf(serve.pid).own - before[0].own) / ids.length,
        worker: (cpuOf(worker.pid).own - before[1].own) / ids.length,
        git: (cpuOf(worker.pid).children - before[1].children) / ids.length,
      },
    };
    rows.push(row);
    print(row);
    if (row.unfinished > 0) break;
  }

  const peak = {
    serve: peakOf(serve.pid),
    worker: peakOf(worker.pid),
    git_server: peakOf(github.pid!),
    redis: peakOf(await redisPid(redis.url)),
    postgres_largest: await postgresPeak(client),
  };
  console.log(
    `peak memory, MB: ${Object.entries(peak)
      .map(([name, mb]) => `${name} ${mb}`)
      .join(", ")}`,
  );
  if (worker.stderr() + serve.stderr() !== "")
    console.log(`warnings:\n${(worker.stderr() + serve.stderr()).slice(0, 2_000)}`);
  await worker.stop();
  const ratio = await againstBare(url, prepared.pushes[0]!.body);

  const at = (wanted: number) =>
    rows.reduce((best, row) => (Math.abs(row.rate - wanted) < Math.abs(best.rate - wanted) ? row : best));
  const [middle, high] = [at(50), at(200)];
  const lost = rows.reduce((sum, row) => sum + row.unfinished, 0);
  console.log(
    JSON.stringify({
      bench: "load",
      ratios: {
        revoked_p50_ms: Math.round(percentile(middle.revoked, 0.5)),
        revoked_p99_ms: Math.round(percentile(middle.revoked, 0.99)),
        ack_p99_ms: Math.round(percentile(high.ack, 0.99)),
        rate_vs_bare_hmac: ratio,
      },
      counts: { revoked_rate: middle.rate, ack_rate: high.rate, pushes: first, unfinished: lost, ...prefixed(peak) },
    }),
  );
}

async function mint(env: Record<string, string>, count: number): Promise<{ id: string; text: string }[]> {
  const { pat, close } = await openPatOnly(loadConfig(env, folder));
  const tokens: { id: string; text: string }[] = [];
  // Organizations take turns: each has an audit chain of its own.
  for (let org = 0; org < 10; org += 1) await createOrganization(pat.db, `acme-${org}`);
  await createUser(pat.db, { email: "alice@acme.example", name: "Alice" });
  for (let index = 0; index < count; index += 1) {
    const request = { owner: "alice@acme.example", name: `ci-${index}`, scopes: ["vso.code"], days: 30 };
    const made = await createToken(pat, { ...request, organization: `acme-${index % 10}` });
    tokens.push({ id: made.token.id, text: made.secret.reveal() });
  }
  await close();
  return tokens;
}

/** When each token was seen to be revoked. Gives up when nothing happens for a while. */
async function watch(client: pg.Client, ids: readonly string[]): Promise<Map<string, number>> {
  const pending = new Set(ids);
  const seen = new Map<string, number>();
  let lastAt = performance.now();
  while (pending.size > 0 && performance.now() - lastAt < Number(values.patience) * 1000) {
    const query = "select id from tokens where state = 'revoked' and id = any($1::uuid[])";
    const { rows } = await client.query<{ id: string }>(query, [[...pending]]);
    const now = performance.now();
    for (const { id } of rows) {
      pending.delete(id);
      seen.set(id, now);
      lastAt = now;
    }
    await sleep(10);
  }
  return seen;
}

/** Deliveries a second, against the bare server, in turns on the same machine; the median of three. */
async function againstBare(url: string, body: string): Promise<number> {
  const bare: ChildProcess = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "bare-hmac.ts")], {
    env: { ...process.env, WEBHOOK_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  closing.push(() => bare.kill());
  const [line] = (await once(bare.stdout!, "data")) as [Buffer];
  const next = () => shot(body, secret);
  const ratios: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const peer = await fastest(line.toString().trim(), next, 16, 2);
    const own = await fastest(url, next, 16, 2);
    console.log(`acknowledged a second: bare ${peer.toFixed(0)}, patrol ${own.toFixed(0)}`);
    ratios.push(own / peer);
  }
  return Math.round(percentile(ratios, 0.5) * 1000) / 1000;
}

function print({ rate, pushes, ack, revoked, unfinished, cpu }: Row): void {
  const ms = (list: readonly number[], part: number) => percentile(list, part).toFixed(0).padStart(6);
  console.log(
    `${String(rate).padStart(4)}/s ${String(pushes).padStart(5)} pushes | 202: p50 ${ms(ack, 0.5)} p99 ${ms(ack, 0.99)} ms | ` +
      `revoked: p50 ${ms(revoked, 0.5)} p99 ${ms(revoked, 0.99)} ms | not revoked: ${unfinished} | ` +
      `CPU a push: serve ${cpu.serve.toFixed(0)} worker ${cpu.worker.toFixed(0)} its git ${cpu.git.toFixed(0)} ms`,
  );
}

const prefixed = (peak: Record<string, number>) =>
  Object.fromEntries(Object.entries(peak).map(([name, mb]) => [`peak_mb_${name}`, mb]));

/** Milliseconds of CPU time that a process and its ended children have taken (proc(5): clock ticks of 10 ms). */
function cpuOf(pid: number): { own: number; children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15)
    .map(Number);
  return { own: (user + system) * 10, children: (childUser + childSystem) * 10 };
}

function peakOf(pid: number): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

async function redisPid(url: string): Promise<number> {
  const { Redis } = await import("ioredis");
  const client = new Redis(url);
  const [, pid = "0"] = /process_id:(\d+)/.exec(await client.info("server")) ?? [];
  client.disconnect();
  return Number(pid);
}

async function postgresPeak(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pid from pg_stat_activity where pid is not null");
  return Math.max(...rows.map(({ pid }) => peakOf(pid)));
}

try {
  await main();
} finally {
  for (const close of closing.reverse()) await close();
}
process.exit();
