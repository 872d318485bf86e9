// What git says of an index that only it understands. Apart, as hooks seldom need it.
import { PatrolError } from "../../../model/errors.ts";
import { askGit } from "../ask-git.ts";
import { GITLINK, MODE_TYPE } from "./index-file.ts";
import type { Repository } from "../repository.ts";
import type { Change, StageDiff } from "./stage-diff.ts";
import type { TreeEntry } from "../objects/tree-entries.ts";

/** The same comparison by git: for an index that only it understands. */
export function diffByGit(repository: Repository, indexFile: string, base: string | undefined): StageDiff {
  const git = (args: readonly string[], input = "") =>
    askGit(repository, args, {
      environment: { GIT_INDEX_FILE: indexFile },
      input,
      keepsErrors: true,
    }).toString("latin1");
  try {
    const tree = base ?? git(["hash-object", "-t", "tree", "--stdin"]).trim();
    const list = git([
      "diff-index",
      "--cached",
      "--raw",
      "-z",
      "--no-abbrev",
      "--no-renames",
      "--no-ext-diff",
      "--no-textconv",
      "--ita-invisible-in-index",
      tree,
    ]);
    const words = list.split("\0");
    const changes: Change[] = [];
    const added: string[] = [];
    const gone: (TreeEntry & { path: string })[] = [];
    const conflicts = new Set<string>();
    for (let at = 0; at + 1 < words.length; at += 2) {
      const [was = "", is = "", wasId = "", id = "", status = ""] = (words[at] ?? "").slice(1).split(" ");
      const [path = "", modes] = [words[at + 1], [Number.parseInt(was, 8), Number.parseInt(is, 8)] as const];
      if (status.startsWith("A")) added.push(path);
      const hadFile = modes[0] !== 0 && (modes[0] & MODE_TYPE) !== GITLINK;
      if (status.startsWith("U")) conflicts.add(path);
      else if (status.startsWith("D")) {
        if (hadFile) gone.push({ path, mode: modes[0], id: wasId });
      } else if ((modes[1] & MODE_TYPE) !== GITLINK && wasId !== id)
        changes.push({ path, id, mode: modes[1], ...(hadFile && { before: wasId }) });
    }
    return { changes, added, gone, conflicts, isEmpty: words.length < 2 };
  } catch (error) {
    throw new PatrolError("source-unreadable", `${repository.gitDir}: git cannot say what is staged`, { cause: error });
  }
}

/** A file of the index as git prints it. */
export function printByGit(repository: Repository, indexFile: string, path: string): Buffer | undefined {
  try {
    // With its number, which a name such as `1:a` would otherwise pass for.
    return askGit(repository, ["cat-file", "blob", `:0:${path}`], {
      environment: { GIT_INDEX_FILE: indexFile },
    });
  } catch {
    return undefined;
  }
}
