// Which commits the next commit will stand on.
import { askGit } from "./ask-git.ts";
import { pathOf, readBytes, readRefText } from "./loose-refs.ts";
import { isObjectId } from "./object-id.ts";
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
  let value = readRefText(`${repository.gitDir}/HEAD`);
  for (let hops = 0; hops < 5 && value.startsWith("ref:"); hops++) {
    const name = value.slice(4).trim();
    const [own, common] = [repository.gitDir, repository.commonDir].map((folder) => pathOf(folder, name));
    value = readRefText(own as Buffer) || readRefText(common as Buffer) || packed(repository, name);
  }
  return isObjectId(value, repository.format) ? value : undefined;
}

function packed(repository: Repository, name: string): string {
  const file = readBytes(`${repository.commonDir}/packed-refs`, MOST_PACKED_BYTES).toString("latin1");
  for (const line of file.split("\n"))
    if (line.endsWith(` ${name}`) && !line.startsWith("#")) return line.slice(0, line.indexOf(" "));
  return "";
}

/** The commits that are being merged into HEAD. */
export function readMergeHeads(repository: Repository): string[] {
  const lines = (text(`${repository.gitDir}/MERGE_HEAD`) ?? "").split("\n");
  return lines.filter((line) => isObjectId(line, repository.format));
}
