import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Why git gave up, read off its stderr. The text itself holds what strangers wrote, so it is never passed on. */
export type GitReason =
  | "gone"
  | "object-missing"
  | "unreachable"
  | "server-error"
  | "moved"
  | "time-limit"
  | "disk-limit"
  | "stopped"
  | "git-missing"
  | "unknown";

export class GitFailure extends Error {
  readonly reason: GitReason;
  /** HTTP status of the server's answer, where git told it. */
  readonly status: number | undefined;

  constructor(reason: GitReason, status?: number) {
    super(`git: ${reason}${status === undefined ? "" : ` (HTTP ${status})`}`);
    this.name = "GitFailure";
    this.reason = reason;
    this.status = status;
  }
}

export type GitConfig = readonly (readonly [key: string, value: string])[];

/** What of git's own configuration is fixed, whatever the machine's says. */
const HARDENING: GitConfig = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.askPass", ""],
  ["credential.helper", ""],
  ["core.bigFileThreshold", "32m"],
  ["fetch.recurseSubmodules", "no"],
  ["fetch.writeCommitGraph", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["pack.threads", "1"],
  ["protocol.version", "2"],
  ["protocol.allow", "never"],
];

/** Proxies and certificate stores are the operator's; nothing else of our environment reaches git. */
const PASSED_ON = [
  "PATH",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "https_proxy",
  "http_proxy",
  "no_proxy",
  "GIT_SSL_CAINFO",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Configuration travels by environment: it may hold a credential, and an argument list is everyone's to read. */
function environment({ folder, config, variables }: GitOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...variables,
    LC_ALL: "C",
    HOME: folder,
    GIT_DIR: folder,
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_OPTIONAL_LOCKS: "0",
  };
  for (const name of PASSED_ON) if (process.env[name] !== undefined) env[name] = process.env[name];
  const all = [...HARDENING, ...config];
  env.GIT_CONFIG_COUNT = String(all.length);
  for (const [index, [key, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

export interface GitOptions {
  /** The bare repository; also git's home. */
  readonly folder: string;
  readonly config: GitConfig;
  /** For what git starts in turn. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Text for stdin. */
  readonly input?: Iterable<string>;
}

export interface RunningGit {
  readonly stdout: Readable;
  /** Settles when the process ended; rejects with `GitFailure`. Handled already, so it may be left alone. */
  readonly ended: Promise<void>;
  /** Ends git and everything it started. */
  stop(reason: GitReason): void;
}

/** Starts git without a shell, in a process group of its own. */
export function startGit(args: readonly string[], options: GitOptions): RunningGit {
  const child = spawn("git", args, {
    cwd: options.folder,
    env: environment(options),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let stopped: GitReason | undefined;
  const stop = (reason: GitReason) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    stopped ??= reason;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };
  let stderr = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    stderr = (stderr + text).slice(-16_384);
  });
  // A reader that ends early closes the pipe; the exit code says what matters.
  pipeline(options.input ?? [], child.stdin).catch(() => {});

  const aborted = () => stop("stopped");
  options.signal?.addEventListener("abort", aborted, { once: true });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(new GitFailure(error.code === "ENOENT" ? "git-missing" : "unknown")),
    );
    child.once("exit", (code) => {
      if (stopped !== undefined) reject(new GitFailure(stopped));
      else if (code === 0) resolve();
      // What was printed last may still be in the pipe.
      else if (child.stderr.closed) reject(failureOf(stderr));
      else child.stderr.once("close", () => reject(failureOf(stderr)));
    });
  }).finally(() => options.signal?.removeEventListener("abort", aborted));
  ended.catch(() => {});
  if (options.signal?.aborted) stop("stopped");
  return { stdout: child.stdout, ended, stop };
}

/** Runs git to its end and returns what it printed. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const git = startGit(args, options);
  const chunks: Buffer[] = [];
  for await (const chunk of git.stdout) chunks.push(chunk as Buffer);
  await git.ended;
  return Buffer.concat(chunks);
}

function failureOf(stderr: string): GitFailure {
  const status = Number(/The requested URL returned error: (\d{3})/.exec(stderr)?.[1] ?? Number.NaN);
  if (/not our ref|couldn't find remote ref/i.test(stderr)) return new GitFailure("object-missing");
  if ([401, 403, 404, 410, 451].includes(status)) return new GitFailure("gone", status);
  if (/terminal prompts disabled|Authentication failed|^fatal: repository '.*' not found/m.test(stderr))
    return new GitFailure("gone");
  if (status >= 300 && status < 400) return new GitFailure("moved", status);
  if (status >= 400) return new GitFailure("server-error", status);
  if (/Could not resolve|Failed to connect|Couldn't connect|Connection refused|unable to access/i.test(stderr))
    return new GitFailure("unreachable");
  return new GitFailure("unknown");
}
