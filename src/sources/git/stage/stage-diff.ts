// What the index holds that a tree does not. Folders whose tree git has kept in the index are compared by their id alone.
import { firstAfter } from "../../../model/first-after.ts";
import type { CachedTree, IndexEntry, IndexFile } from "./index-file.ts";
import { GITLINK, MODE_TYPE } from "./index-file.ts";
import type { LazyStore } from "../objects/lazy-store.ts";
import { FOLDER, type TreeEntry } from "../objects/tree-entries.ts";

/** A file that is staged with other content than it has in the tree. Paths are latin1 of their bytes. */
export interface Change {
  readonly path: string;
  readonly id: string;
  readonly mode: number;
  /** The blob at the same path in the tree. */
  readonly before?: string;
}

export interface StageDiff {
  readonly changes: readonly Change[];
  /** Paths at which the tree has nothing, those of submodules too. */
  readonly added: readonly string[];
  /** What the tree has and the index has not: files, or whole folders. */
  readonly gone: readonly (TreeEntry & { readonly path: string })[];
  /** Paths in conflict: no commit can hold them yet. */
  readonly conflicts: ReadonlySet<string>;
  /** The commit would be the tree again: not even a mode or a submodule is another. */
  readonly isEmpty: boolean;
}

const isGitlink = (mode: number) => (mode & MODE_TYPE) === GITLINK;

/** The first of the entries from `low` that does not stand below `prefix`, a folder's path with its `/`. */
function endOf(entries: readonly IndexEntry[], low: number, high: number, prefix: string): number {
  return firstAfter(low, high, (index) => entries[index]!.path.startsWith(prefix));
}

/** Compares an index with the tree of a commit; undefined: there is no commit yet. */
export function diffStage(index: IndexFile, tree: string | undefined, store: LazyStore): StageDiff {
  const changes: Change[] = [];
  const added: string[] = [];
  const gone: (TreeEntry & { path: string })[] = [];
  const conflicts = new Set<string>();
  const { entries } = index;
  let isEmpty = true;

  const file = (entry: IndexEntry, was: TreeEntry | undefined) => {
    const { path, id, mode, stage, isIntent } = entry;
    if (stage !== 0) conflicts.add(path);
    if (!isIntent && (stage !== 0 || was?.id !== id || was.mode !== mode)) isEmpty = false;
    if (stage !== 0 || isIntent) return;
    if (was === undefined) added.push(path);
    if (isGitlink(mode)) return;
    const before = was === undefined || was.mode === FOLDER || isGitlink(was.mode) ? undefined : was.id;
    if (before !== id) changes.push({ path, id, mode, ...(before !== undefined && { before }) });
  };

  const folder = (
    prefix: string,
    id: string | undefined,
    cached: CachedTree | undefined,
    low: number,
    high: number,
  ): void => {
    if (id !== undefined && cached?.id === id) return;
    const left = new Map(id === undefined ? [] : store.tree(id));
    for (let at = low; at < high;) {
      const entry = entries[at] as IndexEntry;
      const slash = entry.path.indexOf("/", prefix.length);
      const name = slash < 0 ? entry.path.slice(prefix.length) : entry.path.slice(prefix.length, slash);
      const was = left.get(name);
      if (slash < 0) {
        file(entry, was);
        if (!entry.isIntent && (was === undefined || was.mode !== FOLDER)) left.delete(name);
        at++;
        continue;
      }
      const below = `${prefix}${name}/`;
      const end = endOf(entries, at, high, below);
      folder(below, was?.mode === FOLDER ? was.id : undefined, cached?.below.get(name), at, end);
      if (was?.mode === FOLDER) left.delete(name);
      at = end;
    }
    for (const [name, entry] of left) {
      isEmpty = false;
      if (!isGitlink(entry.mode)) gone.push({ ...entry, path: prefix + name });
    }
  };

  folder("", tree, index.tree, 0, entries.length);
  return { changes, added, gone, conflicts, isEmpty };
}
