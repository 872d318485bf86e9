import { relative } from "node:path";
import { PatrolError } from "../model/errors.ts";
import type { Suppression } from "../report/row.ts";
import { parseArguments, type Arguments } from "./usage/arguments.ts";
import { EXIT, type Terminal } from "./usage/command.ts";
import { scanPaths } from "./dir.ts";
import { DIR_FLAGS, GIT_FLAGS, SCAN_FLAGS } from "./usage/flags.ts";
import { scanRepository } from "./git.ts";
import { runGit } from "./place/repository.ts";
import { contentOf } from "./suppress/ignore-book.ts";
import type { Gathered } from "./suppress/known-entries.ts";
import type { Located } from "./suppress/suppress.ts";

/** The folder whose ignore files count here: the repository's top, or this folder. */
export const ignoreRoot = (): string => relative("", runGit(".", ["rev-parse", "--show-toplevel"]) ?? ".") || ".";

/**
 * Everything that scans of this folder find, its repository's history included.
 *
 * @throws PatrolError `source-unreadable` when something could not be scanned: what is not known is not decided upon.
 */
export async function gather(
  args: Arguments,
  terminal: Terminal,
  without: readonly string[] = [],
): Promise<readonly Gathered[]> {
  const found: Gathered[] = [];
  const watch = ({ candidate, paths, match }: Located, reason: Suppression | undefined) =>
    void found.push({
      candidate,
      paths,
      match,
      content: contentOf(candidate, paths[0] ?? ""),
      ...(reason && { reason }),
    });
  const config = args.text("config");
  const depth = args.number("max-archive-depth") ?? 0;
  const words = [
    "--log-level=error",
    `--max-archive-depth=${depth}`,
    ...(config === undefined ? [] : [`--config=${config}`]),
  ];
  const root = ignoreRoot();
  const parsed = (...more: string[]) =>
    parseArguments([...words, ...more], [...GIT_FLAGS, ...DIR_FLAGS, ...SCAN_FLAGS]);
  const results = [await scanPaths([root], parsed(), terminal, { watch, without })];
  if (runGit(root, ["rev-parse", "--verify", "--quiet", "HEAD"]) !== undefined)
    results.push(await scanRepository(parsed(root, "--allow-shallow"), terminal, { watch, without }));
  const incomplete = results.find(({ exitStatus }) => exitStatus === EXIT.couldNotScan);
  if (incomplete)
    throw new PatrolError(
      "source-unreadable",
      `not everything could be scanned, so nothing was changed:\n${incomplete.stderr}`,
    );
  return found;
}
