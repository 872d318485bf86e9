// Which commits a scan is about, when it is not about all of them.
import { PatrolError } from "../../../model/errors.ts";
import { askGit } from "../ask-git.ts";
import { isObjectId } from "../objects/object-id.ts";
import { refsUnreadable, type Ref } from "../refs.ts";
import type { Repository } from "../repository.ts";

export interface Selection {
  readonly included: readonly Ref[];
  /** Hex ids of commits that are left out with all that they reach. */
  readonly excluded: readonly string[];
}

const ALLOWED_FLAG = /^--(all|branches|tags|remotes|not|glob|exclude)(=.*)?$/;

/**
 * Asks git what the revisions mean (gitrevisions(7)).
 *
 * @param mayBeEmpty which commits are meant is known already; `--all` names none where HEAD alone leads to them.
 * @throws PatrolError `usage-invalid` when one names nothing.
 */
export function selectRevisions(repository: Repository, revisions: readonly string[], mayBeEmpty = false): Selection {
  for (const revision of revisions) {
    if (revision.startsWith("-") && !ALLOWED_FLAG.test(revision)) {
      throw new PatrolError("usage-invalid", `${revision} does not name commits; use refs, ids, A..B or ^A.`);
    }
  }
  let lines: string[];
  try {
    // The two dashes make everything before them a revision, never a path; git names what is none.
    lines = askGit(repository, ["rev-parse", ...revisions, "--"], { keepsErrors: true })
      .toString()
      .split("\n")
      .filter((line) => line !== "" && line !== "--");
  } catch (error) {
    const message =
      error instanceof Error && "stderr" in error ? (String(error.stderr).trim().split("\n")[0] ?? "") : "";
    if (repository.refsNeedGit !== undefined && message.includes("repository extension"))
      throw refsUnreadable(repository, error);
    throw new PatrolError("usage-invalid", `git does not know ${revisions.join(" ")}: ${message}`, { cause: error });
  }
  const ids = lines.map((line) => line.replace(/^\^/, ""));
  if ((lines.length === 0 && !mayBeEmpty) || !ids.every((id) => isObjectId(id, repository.format))) {
    throw new PatrolError("usage-invalid", `${revisions.join(" ")} names no commit of ${repository.gitDir}.`);
  }
  return {
    included: lines.filter((line) => !line.startsWith("^")).map((object) => ({ name: object, object })),
    excluded: lines.filter((line) => line.startsWith("^")).map((line) => line.slice(1)),
  };
}
