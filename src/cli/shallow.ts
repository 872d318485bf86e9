import { join } from "node:path";
import { readRegular } from "../disk/regular-file.ts";
import type { Repository } from "../sources/git/repository.ts";
import type { LogOptions } from "./log-options.ts";

export const SHALLOW = "this is a shallow clone: commits that were asked for are not in it";
export const DEEPEN =
  "`git fetch --unshallow` gets them, in pipelines fetch-depth: 0 or GIT_DEPTH: 0; --allow-shallow does without";

/** Commits whose parents a shallow clone does not have; none in a whole one. */
function shallowCommits({ isShallow, commonDir }: Pick<Repository, "isShallow" | "commonDir">): readonly string[] {
  if (!isShallow) return [];
  try {
    return readRegular(join(commonDir, "shallow")).toString("utf8").split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

/** `-n 5`, `-n5`, `-5`, `--max-count 5`, `--max-count=5`: the last one counts. */
function mostCommits(limits: readonly string[]): number {
  let most = Infinity;
  limits.forEach((word, at) => {
    const joined = /^(?:-n?|--max-count=)(\d+)$/.exec(word)?.[1];
    const value = joined ?? (word === "-n" || word === "--max-count" ? limits[at + 1] : undefined);
    if (value !== undefined) most = Number(value);
  });
  return most;
}

/**
 * Whether commits that were asked for are missing because the clone is shallow.
 *
 * @param commits those that were asked for and are there; undefined: everything was asked for.
 */
export function isCutOff(
  repository: Pick<Repository, "isShallow" | "commonDir">,
  commits?: ReadonlySet<string>,
  options?: LogOptions,
): boolean {
  const ends = shallowCommits(repository);
  if (commits === undefined || options === undefined) return ends.length > 0;
  return ends.some((id) => commits.has(id)) && commits.size < mostCommits(options.limits);
}
