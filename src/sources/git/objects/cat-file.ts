// Objects as git prints them: the way out for what our own readers cannot do.
import { askGit } from "../ask-git.ts";
import type { GitObject } from "./loose.ts";
import { typeOf } from "./object-id.ts";
import type { Repository } from "../repository.ts";

const MAX_PRINTED_BYTES = 2 ** 31 - 1;
/** One object. What takes git longer is a pack that was made to keep it busy. */
const MAX_MS = 60_000;

/** The object, or undefined when git cannot read it either. Nothing is fetched from a promisor remote. */
export function readByGit(repository: Repository, id: string): GitObject | undefined {
  try {
    const output = askGit(repository, ["cat-file", "--batch"], {
      input: `${id}\n`,
      mostBytes: MAX_PRINTED_BYTES,
      timeoutMs: MAX_MS,
    });
    const end = output.indexOf(10);
    const [, name = "", size = ""] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("latin1", 0, end)) ?? [];
    const type = typeOf(name);
    return type === undefined ? undefined : { type, bytes: output.subarray(end + 1, end + 1 + Number(size)) };
  } catch {
    return undefined;
  }
}
