import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { openApp } from "../../src/app.ts";
import { startHttp, startWork } from "../../src/cli/service/service.ts";
import { loadConfig } from "../../src/config/config.ts";
import { packageRoot } from "../../src/config/package-root.ts";

/** A process of the service that a test started. */
export interface ServiceProcess {
  /** Where it answers; empty for a worker. */
  readonly url: string;
  /** Everything that it wrote so far, to either stream. */
  readonly log: () => string;
  readonly ended: Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

let bundled: Promise<string> | undefined;

/** One bundle for all processes of a test file: starting from source would cost each of them seconds. */
async function bundle(): Promise<string> {
  // Below the package's root, so that its dependencies and files are found.
  const folder = join(packageRoot(), "node_modules/.cache/patrol-test");
  mkdirSync(folder, { recursive: true });
  // What the build leaves beside the service's bundle, where it is looked for: without it each start would make its own.
  for (const name of ["rules.jsonl", "embedded.gz"]) {
    if (!existsSync(join(folder, name))) symlinkSync(join(packageRoot(), "dist", name), join(folder, name));
  }
  const outfile = join(folder, "doomed-service.mjs");
  const entryPoints = [join(packageRoot(), "test/support/doomed-service.ts")];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
  });
  return outfile;
}

/** Starts the service with these settings and no others; it kills itself at `dieAt`. */
export async function startService(
  role: "serve" | "worker",
  settings: Readonly<Record<string, string>>,
  dieAt = "",
): Promise<ServiceProcess> {
  const file = await (bundled ??= bundle());
  const env = { PATH: process.env["PATH"] ?? "", ...settings };
  const child = spawn(process.execPath, [file, role, dieAt], { env, stdio: ["ignore", "pipe", "pipe"] });
  const written: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const ended = once(child, "exit").then(() => {});
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(() => {
      throw new Error(`the service ended before it was up:\n${written.join("")}`);
    }),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string | null };
  return {
    url: url ?? "",
    log: () => written.join(""),
    ended,
    kill: async (signal = "SIGKILL") => await end(child, ended, signal),
  };
}

/** The same service within this process, for the part of a test in which nobody dies: that spares a start. */
export async function openService(
  role: "serve" | "worker",
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const config = loadConfig({ ...settings, LOG_LEVEL: "silent" }, "/");
  const app = await openApp(config);
  const work = role === "worker" || config.redisUrl === undefined ? await startWork(app) : undefined;
  const http = role === "serve" ? await startHttp(app) : undefined;
  return {
    url: http?.url ?? "",
    async stop() {
      await http?.stop();
      await work?.stop();
      await app.close();
    },
  };
}

async function end(child: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended;
}
