// Objects as git prints them: the way out for what our own readers cannot do.
import { execFileSync } from "node:child_process";
import type { GitObject } from "./loose.ts";
import { typeOf } from "./object-id.ts";
import type { Repository } from "./repository.ts";

const MAX_PRINTED_BYTES = 2 ** 31 - 1;
/** One object. What takes git longer is a pack that was made to keep it busy. */
const MAX_MS = 60_000;

/** The object, or undefined when git cannot read it either. Nothing is fetched from a promisor remote. */
export function readByGit(repository: Repository, id: string): GitObject | undefined {
  // No protocol is allowed, so that a missing object stays missing.
  const env = { ...process.env, GIT_ALLOW_PROTOCOL: "none", GIT_NO_LAZY_FETCH: "1", GIT_NO_REPLACE_OBJECTS: "1" };
  try {
    const args = ["--git-dir", repository.gitDir, "cat-file", "--batch"];
    const output = execFileSync("git", args, {
      env,
      input: `${id}\n`,
      maxBuffer: MAX_PRINTED_BYTES,
      timeout: MAX_MS,
      killSignal: "SIGKILL",
      stdio: ["pipe", "pipe", "ignore"],
    });
    const end = output.indexOf(10);
    const [, name = "", size = ""] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("latin1", 0, end)) ?? [];
    const type = typeOf(name);
    return type === undefined ? undefined : { type, bytes: output.subarray(end + 1, end + 1 + Number(size)) };
  } catch {
    return undefined;
  }
}
