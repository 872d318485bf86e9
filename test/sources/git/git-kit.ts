import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { builtInRulebook } from "../../../src/config/rulebook.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";

/** One rule is enough where the question is how bytes are reached. Its tokens: `crcToken`. */
export const rulebook = compileRulebook(builtInRulebook().rules.filter(({ id }) => id === "npm-access-token"));

const made: string[] = [];
afterAll(() => made.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

/** An empty folder that is gone after the test file. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "patrol-git-"));
  made.push(dir);
  return dir;
}

const ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
};

/** A real repository; every commit is a minute later than the one before. */
export class GitKit {
  readonly dir: string;
  #minute = 0;

  constructor(dir = temporaryFolder(), init: readonly string[] | undefined = []) {
    this.dir = dir;
    if (init !== undefined) this.git("init", "--quiet", "--initial-branch=main", ...init, ".");
  }

  git(...args: string[]): string {
    return this.run(args);
  }

  run(args: readonly string[], input?: string | Buffer): string {
    const when = `${1_700_000_000 + 60 * this.#minute} +0000`;
    const env = { ...ENVIRONMENT, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when };
    return execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: this.dir,
      env,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
      stdio: ["pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
    }).trim();
  }

  /** Whether git succeeded. */
  tries(...args: string[]): boolean {
    return spawnSync("git", args, { cwd: this.dir, env: ENVIRONMENT, stdio: "ignore" }).status === 0;
  }

  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true });
    writeFileSync(join(this.dir, path), content);
  }

  /** Writes files (null: deletes), commits all there is, and gives the commit's id. */
  commit(files: Readonly<Record<string, string | Buffer | null>> = {}, message = "a change"): string {
    this.#minute++;
    for (const [path, content] of Object.entries(files)) {
      if (content === null) rmSync(join(this.dir, path));
      else this.write(path, content);
    }
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return this.git("rev-parse", "HEAD");
  }

  /** The merge under way is committed as it lies in the folder. */
  tick(): void {
    this.#minute++;
  }
}
