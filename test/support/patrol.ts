import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const PROGRAM = resolve("dist/patrol.cjs");

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of a test, with helpers to fill it and to run the built program in it. */
export interface Workplace {
  readonly folder: string;
  readonly write: (files: Record<string, string | Uint8Array>) => void;
  readonly git: (...args: string[]) => string;
  readonly commit: (message: string, files?: Record<string, string | Uint8Array>) => string;
  readonly patrol: (
    args: readonly string[],
    options?: { input?: string | Uint8Array; env?: Record<string, string> },
  ) => Promise<Ran>;
  readonly remove: () => void;
}

const cacheOf = (folder: string) => `${folder}-cache`;

/** What git and Patrol see of the machine: nothing of the person who runs the tests. */
const environment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  // Beside it: what Patrol keeps for the next run is none of the test's files.
  XDG_CACHE_HOME: cacheOf(folder),
  LANG: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
  GIT_AUTHOR_DATE: "2026-01-31T12:00:00Z",
  GIT_COMMITTER_DATE: "2026-01-31T12:00:00Z",
});

function workplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), "patrol-cli-"));
  const write = (files: Record<string, string | Uint8Array>) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  };
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: folder,
      env: environment(folder),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  return {
    folder,
    write,
    git,
    commit(message, files = {}) {
      write(files);
      git("add", "--all");
      git("commit", "--quiet", "--allow-empty", "--message", message);
      return git("rev-parse", "HEAD");
    },
    patrol: (args, { input = "", env = {} } = {}) =>
      new Promise((done, failed) => {
        const child = spawn(process.execPath, [PROGRAM, ...args], {
          cwd: folder,
          env: { ...environment(folder), ...env },
        });
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
        child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
        child.on("error", failed);
        child.on("close", (status) =>
          done({ status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
        );
        child.stdin.on("error", () => undefined);
        child.stdin.end(input);
      }),
    remove: () => [folder, cacheOf(folder)].forEach((path) => rmSync(path, { recursive: true, force: true })),
  };
}

/** Runs a test in a workplace that is removed afterwards. */
export const inWorkplace = (use: (place: Workplace) => Promise<void>) => async () => {
  const place = workplace();
  try {
    await use(place);
  } finally {
    place.remove();
  }
};
