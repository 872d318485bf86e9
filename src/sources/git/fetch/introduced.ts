import { ByteReader } from "../objects/byte-reader.ts";
import type { PartialRepository } from "./repository.ts";

/** One line of a commit's tree that none of its parents has in the same place. */
export interface Introduced {
  /** Undefined for content that no commit leads to. */
  readonly commit: string | undefined;
  readonly path: Buffer;
  readonly object: string;
  /** `blob` covers files and symbolic links; `submodule` names a commit of another repository. */
  readonly kind: "blob" | "submodule" | "empty-folder";
  /** The path is in no parent. */
  readonly isNewPath: boolean;
}

const EMPTY_TREES = new Set([
  "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
]);

/**
 * What each commit brought that was in none of its parents, commit by commit. A merge brings what differs from every
 * side: what was slipped in while merging shows here, what a side branch brought shows there.
 */
export async function* introducedBy(
  repository: PartialRepository,
  commits: readonly string[],
): AsyncGenerator<Introduced> {
  const git = repository.start(
    ["diff-tree", "--stdin", "-r", "-t", "-z", "--root", "-c", "--raw", "--no-abbrev", "--no-renames"],
    commits.map((commit) => `${commit}\n`),
  );
  const reader = new ByteReader(git.stdout);
  let commit: string | undefined;
  try {
    for (let item = await reader.until(0); item !== undefined; item = await reader.until(0)) {
      if (item[0] !== 0x3a) {
        commit = item.toString("latin1").trim();
        continue;
      }
      const change = parseChange(item.toString("latin1"));
      const path = await reader.until(0);
      if (change !== undefined && path !== undefined) yield { commit, path: Buffer.from(path), ...change };
    }
    await git.ended;
  } finally {
    git.stop("stopped");
  }
}

/** Everything in a tree that no commit leads to. */
export async function* contentsOf(repository: PartialRepository, tree: string): AsyncGenerator<Introduced> {
  const git = repository.start(["ls-tree", "-r", "-t", "-z", "--full-tree", tree]);
  const reader = new ByteReader(git.stdout);
  try {
    for (let item = await reader.until(0); item !== undefined; item = await reader.until(0)) {
      const tab = item.indexOf(9);
      const [mode = "", , object = ""] = item.toString("latin1", 0, tab).split(" ");
      const kind = kindOf(mode, object);
      if (kind !== undefined)
        yield { commit: undefined, path: Buffer.from(item.subarray(tab + 1)), object, kind, isNewPath: true };
    }
    await git.ended;
  } finally {
    git.stop("stopped");
  }
}

/** `:MODE… MODE ID… ID STATUS`: a colon, mode, id and status letter for each parent, and one mode and id more. */
function parseChange(change: string): Pick<Introduced, "object" | "kind" | "isNewPath"> | undefined {
  const parents = /^:+/.exec(change)![0].length;
  const fields = change.slice(parents).split(" ");
  const object = fields[2 * parents + 1] ?? "";
  const kind = kindOf(fields[parents] ?? "", object);
  return kind && { object, kind, isNewPath: /^A+$/.test(fields[2 * parents + 2] ?? "") };
}

function kindOf(mode: string, object: string): Introduced["kind"] | undefined {
  if (mode.startsWith("10") || mode === "120000") return "blob";
  if (mode === "160000") return "submodule";
  // Any other folder shows by what is in it.
  return mode === "040000" && EMPTY_TREES.has(object) ? "empty-folder" : undefined;
}
