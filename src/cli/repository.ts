import { execFileSync } from "node:child_process";
import { webAddress } from "../report/link.ts";

/** Git's answers to us: no lock is taken, nothing is fetched, no program of the repository's configuration runs. */
export const QUIET_GIT = {
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_TERMINAL_PROMPT: "0",
};

/** What git prints, trimmed; undefined when it fails. */
export function runGit(repository: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync("git", ["-C", repository, ...args], {
      encoding: "utf8",
      env: { ...process.env, ...QUIET_GIT },
      maxBuffer: 1 << 28,
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

/** The web page of the remote `origin`, or of the only remote there is. */
export function webPageOf(repository: string): string | undefined {
  const remote = runGit(repository, ["config", "--get", "remote.origin.url"]);
  return remote ? webAddress(remote) : undefined;
}

/** Every ref and HEAD, and the object it points to. */
export const refsOf = (repository: string): Record<string, string> =>
  Object.fromEntries(
    (runGit(repository, ["show-ref", "--head"]) ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
  );

/** What git itself says there is to scan: files, commits and tags of the object store, and their bytes. */
export function expectedOf(repository: string): { expected: number; expectedBytes: number } | Record<string, never> {
  const list = runGit(repository, [
    "cat-file",
    "--batch-all-objects",
    "--unordered",
    "--batch-check=%(objecttype) %(objectsize)",
  ]);
  if (list === undefined) return {};
  let [expected, expectedBytes] = [0, 0];
  for (const line of list.split("\n")) {
    const [type, size] = line.split(" ");
    if (type === "tree" || size === undefined) continue;
    expected++;
    expectedBytes += Number(size);
  }
  return { expected, expectedBytes };
}
