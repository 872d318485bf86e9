// Which commits a scan is about, when it is not about all of them.
import { PatrolError } from "../../../model/errors.ts";
import { askGit } from "../ask-git.ts";
import { isObjectId } from "../object-id.ts";
import { refsUnreadable, type Ref } from "../refs.ts";
import type { Repository } from "../repository.ts";

export interface Selection {
  readonly included: readonly Ref[];
  /** Hex ids of commits that are left out with all that they reach. */
  readonly excluded: readonly string[];
}

const ALLOWED_FLAG = /^--(all|branches|tags|remotes|not|glob|exclude)(=.*)?$/;

const NOT = "--not";

/** Ids by themselves, as git would print them, and the other words: a push may name more ids than a program takes as arguments. */
export function withoutIds(revisions: readonly string[], { format }: Repository): { ids: string[]; others: string[] } {
  const ids: string[] = [];
  const others: string[] = [];
  let isNot = false;
  for (const word of revisions) {
    const id = word.replace(/^\^/, "");
    if (word === NOT) isNot = !isNot;
    if (isObjectId(id, format)) ids.push((id !== word) === isNot ? id : `^${id}`);
    else others.push(word);
  }
  return { ids, others };
}

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
  const { ids: lines, others } = withoutIds(revisions, repository);
  try {
    // The two dashes make everything before them a revision, never a path; git names what is none.
    const said = others.every((word) => word === NOT)
      ? ""
      : askGit(repository, ["rev-parse", ...others, "--"], { keepsErrors: true }).toString();
    for (const line of said.split("\n")) if (line !== "" && line !== "--") lines.push(line);
  } catch (error) {
    const message =
      error instanceof Error && "stderr" in error ? (String(error.stderr).trim().split("\n")[0] ?? "") : "";
    if (repository.refsNeedGit !== undefined && message.includes("repository extension"))
      throw refsUnreadable(repository, error);
    throw new PatrolError("usage-invalid", `git does not know ${others.join(" ")}: ${message}`, { cause: error });
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
