// Which commits the next commit will stand on.
import { askGit } from "./ask-git.ts";
import { isObjectId } from "./objects/object-id.ts";
import { refsUnreadable } from "./refs.ts";
import type { Repository } from "./repository.ts";
import { readShort } from "../../disk/regular-file.ts";

/** Repositories with millions of refs have packed-refs of some hundred megabytes. */
const MOST_PACKED_BYTES = 2 ** 29 - 1;

const text = (path: string): string | undefined => readShort(path)?.trim();

function headFromGit(repository: Repository): string | undefined {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
    return askGit(repository, args).toString().trim();
  } catch (error) {
    // Without a word and with 1 it says that there is no commit yet.
    if ((error as { status?: number | null }).status === 1) return undefined;
    throw refsUnreadable(repository, error);
  }
}

/**
 * The commit that HEAD names; undefined before the first one.
 *
 * @throws PatrolError `source-unreadable` when that is left to git, and git cannot tell.
 */
export function readHead(repository: Repository): string | undefined {
  if (repository.refsNeedGit) return headFromGit(repository);
  let value = text(`${repository.gitDir}/HEAD`) ?? "";
  for (let hops = 0; hops < 5 && value.startsWith("ref: "); hops++) {
    const name = value.slice(5);
    value = text(`${repository.gitDir}/${name}`) ?? text(`${repository.commonDir}/${name}`) ?? packed(repository, name);
  }
  return isObjectId(value, repository.format) ? value : undefined;
}

function packed(repository: Repository, name: string): string {
  for (const line of (readShort(`${repository.commonDir}/packed-refs`, MOST_PACKED_BYTES) ?? "").split("\n"))
    if (line.endsWith(` ${name}`) && !line.startsWith("#")) return line.slice(0, line.indexOf(" "));
  return "";
}

/** The commits that are being merged into HEAD. */
export function readMergeHeads(repository: Repository): string[] {
  const lines = (text(`${repository.gitDir}/MERGE_HEAD`) ?? "").split("\n");
  return lines.filter((line) => isObjectId(line, repository.format));
}
