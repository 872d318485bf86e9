import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const PROGRAM = resolve("dist/patrol.cjs");

export interface PatrolProcess {
  readonly pid: number;
  readonly stdout: () => string;
  /** The log, for a service. */
  readonly stderr: () => string;
  /** Waits until what it printed matches, and returns the first group. Rejects when it ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** Asks it to end, and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** The built program as a process of its own. Its environment is `env` and nothing of whoever runs the tests. */
export function startPatrol(
  args: readonly string[],
  options: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): PatrolProcess {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.folder,
    env: { PATH: process.env["PATH"], HOME: options.folder, LANG: "C.UTF-8", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close");
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    async printed(pattern) {
      for (;;) {
        const found = pattern.exec(stdout);
        if (found) return found[1] ?? "";
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(
            `patrol ${args.join(" ")} ended (${child.exitCode}) before it printed ${pattern}:\n${stderr}`,
          );
        await Promise.race([once(child.stdout!, "data"), ended]);
      }
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}

/** Runs a command to its end. */
export async function runPatrol(
  args: readonly string[],
  options: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: options.folder,
    env: { PATH: process.env["PATH"], HOME: options.folder, LANG: "C.UTF-8", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}
