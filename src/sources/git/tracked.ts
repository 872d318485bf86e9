// What git tracks although its patterns would have it ignored: they say nothing of what was added before, or by force.
import { existsSync } from "node:fs";
import { readRegular } from "../../disk/regular-file.ts";
import { askGit } from "./ask-git.ts";
import { openRepository, refuseEndlessBelow, type Repository } from "./repository.ts";
import { parseIndex } from "./stage/index-file.ts";

const FOLDER_END = "/";

const MAX_MS = 60_000;

/** The paths in the index of a repository, which is read when it is first asked. */
export class Tracked {
  readonly #top: string;
  #paths: ReadonlySet<string> | "all" | undefined;

  /** @param top of the work tree. */
  constructor(top: string) {
    this.#top = top;
  }

  /** Whether a file is tracked, or anything in a folder; of an index that nobody can read, everything is. */
  holds(path: string, isFolder: boolean): boolean {
    this.#paths ??= pathsIn(this.#top);
    // A submodule is tracked by its own path.
    return this.#paths === "all" || this.#paths.has(path) || (isFolder && this.#paths.has(path + FOLDER_END));
  }
}

function pathsIn(top: string): ReadonlySet<string> | "all" {
  let repository: Repository;
  try {
    repository = openRepository(top);
  } catch {
    // What is called .git is none.
    return new Set();
  }
  const index = `${repository.gitDir}/index`;
  if (!existsSync(index)) return new Set();
  try {
    return withFolders(readPaths(index, repository));
  } catch {
    return "all";
  }
}

/** Paths as latin1. */
function readPaths(index: string, repository: Repository): string[] {
  const bytes = readRegular(index);
  try {
    return parseIndex(bytes, repository.format.bytes).entries.map(({ path }) => path);
  } catch {
    // One that only git understands.
    refuseEndlessBelow(repository);
    return askGit(repository, ["ls-files", "-z"], { environment: { GIT_INDEX_FILE: index }, timeoutMs: MAX_MS })
      .toString("latin1")
      .split("\0");
  }
}

function withFolders(paths: readonly string[]): Set<string> {
  const all = new Set<string>();
  for (const bytes of paths) {
    const path = Buffer.from(bytes, "latin1").toString();
    all.add(path);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at + 1);
      if (all.has(folder)) break;
      all.add(folder);
    }
  }
  return all;
}
