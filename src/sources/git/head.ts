// Which commits the next commit will stand on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { askGit } from "./ask-git.ts";
import { isObjectId } from "./objects/object-id.ts";
import type { Repository } from "./repository.ts";

function text(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function headFromGit(repository: Repository): string | undefined {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
    return askGit(repository, args).toString().trim();
  } catch {
    return undefined;
  }
}

/** The commit that HEAD names; undefined before the first one. */
export function readHead(repository: Repository): string | undefined {
  if (repository.refsNeedGit) return headFromGit(repository);
  let value = text(join(repository.gitDir, "HEAD")) ?? "";
  for (let hops = 0; hops < 5 && value.startsWith("ref: "); hops++) {
    const name = value.slice(5);
    value = text(join(repository.gitDir, name)) ?? text(join(repository.commonDir, name)) ?? packed(repository, name);
  }
  return isObjectId(value, repository.format) ? value : undefined;
}

function packed(repository: Repository, name: string): string {
  for (const line of (text(join(repository.commonDir, "packed-refs")) ?? "").split("\n"))
    if (line.endsWith(` ${name}`) && !line.startsWith("#")) return line.slice(0, line.indexOf(" "));
  return "";
}

/** The commits that are being merged into HEAD. */
export function readMergeHeads(repository: Repository): string[] {
  const lines = (text(join(repository.gitDir, "MERGE_HEAD")) ?? "").split("\n");
  return lines.filter((line) => isObjectId(line, repository.format));
}
