import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { openPatOnly } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import type { WorkingCopy } from "../../src/github-stand-in/working-copy.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { openRiver, OWNER } from "../support/live-river.ts";
import { type PatrolProcess, runPatrol, startPatrol } from "../support/patrol-process.ts";
import { freshDatabase, type FreshDatabase, temporaryFolder } from "../support/postgres.ts";
import { ownRedis } from "../support/redis.ts";
import { type SmtpServer, startSmtp } from "../support/smtp.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const run = promisify(execFile);

/** What must be nowhere: the token, what is left of it without its prefix, and both in other clothes. */
function traces(token: string): Buffer[] {
  const body = token.slice(token.indexOf("_") + 1);
  const texts = [token, body].flatMap((text) => [
    text,
    text.toUpperCase(),
    text.toLowerCase(),
    [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join(""),
    Buffer.from(text).toString("hex"),
    Buffer.from(text).toString("hex").toUpperCase(),
    // At each of the three places of a group, without the characters that neighbours share.
    ...[0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
        .toString("base64")
        .slice(shift === 0 ? 0 : 4, -4),
    ),
    ...[text, [...text].reverse().join("")],
    // Half of a token is too much, too.
    text.slice(0, text.length / 2),
    text.slice(text.length / 2),
  ]);
  return [...new Set(texts)].filter((text) => text.length >= 16).map((text) => Buffer.from(text));
}

/** Pushes each token by another way into public view. */
async function leakEverywhere(copy: WorkingCopy, token: (name: string) => Promise<string>): Promise<void> {
  await copy.write("README.md", "A project.\n");
  await copy.commit("Begin");
  await copy.push("main");
  await copy.write("config/.env", `TOKEN=${await token("content")}\n`);
  await copy.write(`config/${await token("path")}.txt`, "nothing\n");
  await copy.commit(`Use ${await token("message")} for now`, {
    author: { name: `Mallory ${await token("author")}`, email: "mallory@example.org" },
  });
  await copy.push("main");
  await copy.branch(`try/${await token("branch")}`);
  await copy.push();
  await copy.tag("v1", `Released with ${await token("tag")}`);
  await copy.push("v1");
  // Nothing can be fetched for it any more, so that errors tell of it, too.
  await copy.branch(`gone/${await token("deleted")}`);
  await copy.commit("Soon gone");
  await copy.push();
}

function assertClean(place: string, bytes: Buffer, tokens: readonly string[]): void {
  for (const [index, token] of tokens.entries())
    for (const trace of traces(token))
      assert.equal(bytes.indexOf(trace), -1, `${place} holds token ${index} (a trace of ${trace.length} characters)`);
}

describe("After leaks by every way, with PostgreSQL, Redis and SMTP,", () => {
  const folder = temporaryFolder("patrol-rest-");
  const tokens: string[] = [];
  const processes: PatrolProcess[] = [];
  let database: FreshDatabase;
  let redis: Awaited<ReturnType<typeof ownRedis>>;
  let smtp: SmtpServer;
  let github: GitHubStandIn;

  beforeAll(async () => {
    [database, redis, smtp, github] = await Promise.all([
      freshDatabase(),
      ownRedis({ appendOnly: true }),
      startSmtp(),
      GitHubStandIn.start(),
    ]);
    const env = {
      PORT: "0",
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SMTP_URL: smtp.url,
      MAIL_FROM: "Patrol <patrol@acme.example>",
      GITHUB_URL: github.url,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_WEBHOOK_SECRETS: "the webhook's secret",
      LOG_LEVEL: "trace",
    };
    processes.push(startPatrol(["serve"], { folder, env }));
    const url = await processes[0]!.printed(/^Patrol listens on (\S+)$/m);
    processes.push(startPatrol(["worker"], { folder, env }));
    await processes[1]!.printed(/^Patrol works/m);
    github.hook = { url: `${url}/webhooks/github`, secret: "the webhook's secret" };

    const copy = await github.workingCopy(await github.createRepository("acme/rocket"));
    const create = ["token", "create", "--org", "acme", "--owner", OWNER, "--scopes", "vso.code", "--name", "content"];
    const made = await runPatrol(create, { folder, env });
    assert.equal(made.status, 0, made.stderr);
    const { pat, close } = await openPatOnly(loadConfig(env, folder));
    const request = { organization: "acme", owner: OWNER, scopes: ["vso.code"], days: 30 };
    await leakEverywhere(copy, async (name) => {
      // One by a process of its own, the others without, as each takes half a second to start.
      const isFirst = tokens.length === 0;
      tokens.push(isFirst ? made.stdout.trim() : (await createToken(pat, { ...request, name })).secret.reveal());
      return tokens.at(-1)!;
    });
    await close();
    await github.settled();
    const active = async () =>
      (await database.db.selectFrom("tokens").select("id").where("state", "=", "active").execute()).length;
    while ((await active()) > 0 || smtp.mails().length < tokens.length) await sleep(50);
    const open = () =>
      database.db.selectFrom("deliveries").select("id").where("state", "in", ["new", "leased"]).execute();
    while ((await open()).length > 0) await sleep(50);
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await github?.close();
    await smtp?.close();
    await redis?.stop();
    await database?.close();
  });

  test("a dump of the database holds no token", async () => {
    const { stdout } = await run("pg_dump", ["--inserts", "--no-owner", database.url], {
      encoding: "buffer",
      maxBuffer: 2 ** 30,
    });
    assert.ok(stdout.includes("acme/rocket") && stdout.includes("Token.PatSystemRevokeEvent"));
    assertClean("the dump", stdout, tokens);
  });

  test("no key of Redis holds a token", async () => {
    const client = new Redis(redis.url);
    try {
      const keys = await client.keys("*");
      assert.ok(keys.length > 0);
      assertClean("a key's name", Buffer.from(keys.join("\n")), tokens);
      for (const key of keys) assertClean(key, (await client.dumpBuffer(key)) ?? Buffer.alloc(0), tokens);
      const [, place = ""] = (await client.config("GET", "dir")) as string[];
      for (const file of filesOf(place)) assertClean(file, readFileSync(file), tokens);
    } finally {
      client.disconnect();
    }
  });

  test("no mail holds a token, as it came over the wire or decoded", () => {
    assert.equal(smtp.mails().length, tokens.length);
    for (const { raw, parsed } of smtp.mails()) {
      assertClean("a mail", raw, tokens);
      assertClean("a mail's text", Buffer.from(`${parsed.subject}\n${parsed.text}\n${parsed.html}`), tokens);
    }
  });

  test("no process has said a token, however talkative", () => {
    for (const process of processes) assertClean("the log", Buffer.from(process.stdout() + process.stderr()), tokens);
    assert.match(processes[0]!.stderr(), /a delivery was received/);
  });

  test("nothing in the services' folder holds a token", () => {
    const files = filesOf(folder);
    assert.notDeepEqual(files, []);
    for (const file of files) assertClean(file, readFileSync(file), tokens);
  });
});

test("no byte of an embedded data folder is a token, nor of its write-ahead log", async () => {
  const river = await openRiver();
  try {
    const tokens: string[] = [];
    const copy = await river.github.workingCopy(await river.github.createRepository("acme/rocket"));
    await leakEverywhere(copy, async (name) => {
      tokens.push((await river.mint("acme", name)).secret.reveal());
      return tokens.at(-1)!;
    });
    // Of a name, too, that GitHub allows a repository.
    const named = (await river.mint("acme", "repository")).secret.reveal();
    tokens.push(named);
    const other = await river.github.workingCopy(await river.github.createRepository(`acme/${named}`));
    await other.write("README.md", `${named}\n`);
    await other.commit("Begin");
    await other.push("main");
    await river.settled();
    const active = await river.app.db.selectFrom("tokens").select("id").where("state", "=", "active").execute();
    assert.deepEqual(active, []);
    const files = filesOf(river.app.config.dataFolder);
    assert.ok(files.some((file) => file.includes("pg_wal/0")));
    for (const file of files) assertClean(file, readFileSync(file), tokens);
  } finally {
    await river.close();
  }
});

test("a token that an administrator puts in a wrong place is in no answer and no line of the log", async () => {
  const folder = temporaryFolder();
  const env = { PORT: "0", LOG_LEVEL: "trace" };
  const service = startPatrol(["serve"], { folder, env });
  try {
    const url = await service.printed(/^Patrol listens on (\S+)$/m);
    const administrator = (await runPatrol(["admin", "token"], { folder, env })).stdout.trim();
    const create = [
      "token",
      "create",
      "--org",
      "acme",
      "--owner",
      OWNER,
      "--scopes",
      "vso.code",
      "--name",
      "misplaced",
    ];
    const token = (await runPatrol(create, { folder, env })).stdout.trim();
    const request = { organization: "acme", owner: OWNER, name: "ci", scopes: ["vso.code"], days: 1 };
    const wrong: [method: string, path: string, body?: object][] = [
      ["POST", "/organizations", { name: token }],
      ["POST", "/users", { email: token }],
      // PostgreSQL keeps no such character, and the embedded one's errors quote what it was given.
      ["POST", "/users", { email: "bob@acme.example", name: `\0 ${token}` }],
      ["POST", "/users", { email: "bob@acme.example", name: `for ${token}` }],
      ["POST", "/administrators", { name: administrator }],
      ["POST", `/users/${token}/disable`],
      ["POST", "/tokens", { ...request, organization: token }],
      ["POST", "/tokens", { ...request, owner: token }],
      ["POST", "/tokens", { ...request, scopes: [token] }],
      ["POST", "/tokens", { ...request, name: token }],
      ["GET", `/tokens?organization=${token}`],
      ["POST", `/tokens/${token}/revoke`],
      ["GET", `/policies/${token}`],
      ["PUT", "/policies/acme", { mode: token }],
      ["POST", `/deliveries/${token}/replay`],
      ["GET", `/incidents/${token}`],
      ["GET", `/${token}`],
    ];
    for (const [method, path, body] of wrong) {
      const headers = { authorization: `Bearer ${administrator}`, "content-type": "application/json" };
      const answer = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
      assert.ok(!answer.ok, `${method} ${path}`);
      assertClean(`the answer to ${method} ${path}`, Buffer.from(await answer.text()), [token, administrator]);
    }
    const lines = () =>
      service
        .stderr()
        .split("\n")
        .filter((line) => line.includes("a request "));
    while (lines().length < wrong.length) await sleep(10);
    assertClean("the log", Buffer.from(service.stderr()), [token, administrator]);
  } finally {
    await service.stop();
  }
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}
