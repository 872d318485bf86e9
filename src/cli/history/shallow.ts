import type { Repository } from "../../sources/git/repository.ts";
import type { LogOptions } from "./log-options.ts";

export const SHALLOW = "this is a shallow clone: commits that were asked for are not in it";
export const DEEPEN =
  "`git fetch --unshallow` gets them, in pipelines fetch-depth: 0 or GIT_DEPTH: 0; --allow-shallow does without";

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
  { shallow }: Pick<Repository, "shallow">,
  commits?: ReadonlySet<string>,
  options?: LogOptions,
): boolean {
  if (commits === undefined || options === undefined) return shallow.size > 0;
  return [...shallow].some((id) => commits.has(id)) && commits.size < mostCommits(options.limits);
}
