import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The programs that tests run against, the Debian package of each, and what else a machine without them can do. */
const PROGRAMS = {
  "redis-server": { package: "redis-server", instead: "set REDIS_URL to a server that tests may write to" },
  postgres: { package: "postgresql", instead: "set DATABASE_URL to a server where tests may create databases" },
  "pre-commit": { package: "pre-commit", instead: "put the framework's program into the PATH" },
  zsh: { package: "zsh", instead: "put it into the PATH" },
  fish: { package: "fish", instead: "put it into the PATH" },
  chromium: { package: "chromium", instead: "set CHROMIUM to a Chromium's path" },
} as const;
export type Program = keyof typeof PROGRAMS;

const isRunnable = (path: string) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Debian keeps `initdb` and `postgres` out of the search path, in a folder a version. */
function postgresFolders(): string[] {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, "bin"));
}

/** The full path of a program, if this machine has it. For `postgres`, `initdb` and `pg_ctl` lie beside it. */
function look(program: Program): string | undefined {
  const own = program === "chromium" ? process.env["CHROMIUM"] : undefined;
  if (own !== undefined && isRunnable(own)) return own;
  if (program === "postgres")
    return [...postgresFolders(), ...searchPath()].find((dir) => isRunnable(join(dir, "initdb")));
  return searchPath()
    .map((dir) => join(dir, program))
    .find(isRunnable);
}

const searchPath = () => (process.env["PATH"] ?? "").split(delimiter).filter((dir) => dir !== "");

const canInstall = () =>
  process.getuid?.() === 0 && existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");

/** Somebody else's server stands in for it. */
const isProvided = (program: Program) =>
  (program === "redis-server" && Boolean(process.env["REDIS_URL"])) ||
  (program === "postgres" && Boolean(process.env["DATABASE_URL"]));

/**
 * Installs every program that is missing with one call of apt. Called before any test runs: apt takes a lock, so that two
 * test files could not both install, and may take longer than a test is given to prepare. What it cannot install, those tests
 * miss that need it.
 */
export function installMissing(): void {
  const packages = Object.entries(PROGRAMS)
    .filter(([program]) => look(program as Program) === undefined && !isProvided(program as Program))
    .map(([, { package: name }]) => name);
  if (packages.length === 0 || !canInstall()) return;
  console.error(`Installing what the tests need: ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...words: string[]) => execFileSync("apt-get", words, { env, stdio: ["ignore", "ignore", "inherit"] });
  try {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
}

/** Where a program is (for `postgres` the folder of its tools), installed if need be; `undefined` if it cannot be had. */
export function findOrInstall(program: Program): string | undefined {
  const found = look(program);
  if (found !== undefined) return found;
  installMissing();
  return look(program);
}

/** The sentence that a run without a program fails with. */
export const missing = (program: Program) =>
  `The tests need ${program}: install it (Debian: apt-get install ${PROGRAMS[program].package}), or ${PROGRAMS[program].instead}.`;

/** Who a server may run as: Debian's PostgreSQL refuses root, and Chromium's and Redis' tests do not mind. */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = users.find((l) => l.startsWith("postgres:")) ?? users.find((l) => l.startsWith("nobody:"));
  const [, , uid, gid] = (line ?? "").split(":").map(Number);
  if (uid === undefined || gid === undefined) throw new Error("No user `postgres` or `nobody` to run PostgreSQL as.");
  return { uid, gid };
}
