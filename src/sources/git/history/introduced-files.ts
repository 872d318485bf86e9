// Which files commits brought, as git tells it: for the few questions that the scan of objects does not answer.
import { askGit } from "../ask-git.ts";
import { pathText } from "../path-text.ts";
import type { Repository } from "../repository.ts";
import { withoutIds } from "./revisions.ts";

/** Commits, and where in them to look. */
export interface Asked {
  /** Words for `git rev-list` that choose commits. */
  readonly revisions: readonly string[];
  /** Relative to the repository's top; none: everywhere. */
  readonly paths: readonly string[];
}

export interface IntroducedFile {
  readonly commit: string;
  /** Hex id of the blob. */
  readonly blob: string;
  readonly path: string;
}

const git = (repository: Repository, args: readonly string[], input = ""): string =>
  askGit(repository, args, { input }).toString("latin1");

/** Reads `git diff-tree --stdin -z --raw -c`: a commit's id, then what differs from all of its parents. */
function* differences(output: string): Generator<IntroducedFile> {
  let commit = "";
  const fields = output.split("\0");
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    if (!field.startsWith(":")) {
      commit = field.trim();
      continue;
    }
    // A colon, a mode and an id for every parent, then mode and id of the commit itself.
    const parents = /^:+/.exec(field)?.[0].length ?? 1;
    const words = field.split(" ");
    const [mode = "", blob = ""] = [words[parents], words[2 * parents + 1]];
    const path = pathText(fields[++at] ?? "");
    if (mode.startsWith("100")) yield { commit, blob, path };
  }
}

/** Every file that a commit holds and none of its parents does, each blob once, oldest commit first. */
export function* introducedFiles(repository: Repository, { revisions, paths }: Asked): Generator<IntroducedFile> {
  const { ids, others } = withoutIds(revisions, repository);
  const list = ["rev-list", "--reverse", "--topo-order", ...others, "--stdin", "--"];
  const commits = git(repository, list, ids.map((id) => `${id}\n`).join(""));
  const shape = [
    "--stdin",
    "--root",
    "-r",
    "-c",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
  ];
  const output = git(repository, ["diff-tree", ...shape, "--"], commits);
  const roots = paths
    .map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""))
    .filter((path) => !/^\.?$/.test(path));
  const isBelow = (path: string) => roots.length === 0 || roots.some((root) => `${path}/`.startsWith(`${root}/`));
  const seen = new Set<string>();
  for (const file of differences(output)) {
    if (seen.has(file.blob) || !isBelow(file.path)) continue;
    seen.add(file.blob);
    yield file;
  }
}

/** Those of the files that are larger than `maxBytes`, each with its size. */
export function largeFiles(
  repository: Repository,
  asked: Asked,
  maxBytes: number,
): (IntroducedFile & { readonly bytes: number })[] {
  const files = [...introducedFiles(repository, asked)];
  const sizes = git(
    repository,
    ["cat-file", "--buffer", "--batch-check=%(objectsize)"],
    files.map(({ blob }) => `${blob}\n`).join(""),
  ).split("\n");
  return files.map((file, index) => ({ ...file, bytes: Number(sizes[index]) })).filter(({ bytes }) => bytes > maxBytes);
}
