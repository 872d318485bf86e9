import { spawn } from "node:child_process";

export interface RealGitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
}

/** Runs the machine's git without the machine's configuration. Throws with git's own words: it is our repository. */
export async function realGit(folder: string, args: readonly string[], options: RealGitOptions = {}): Promise<Buffer> {
  const child = spawn("git", args, {
    cwd: folder,
    env: { ...gitEnvironment(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}: ${Buffer.concat(err).toString("utf8")}`);
  return Buffer.concat(out);
}

export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    LC_ALL: "C",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
  };
}
