// What the next commit adds: read from the index, never from the work tree.
import { existsSync } from "node:fs";
import { PatrolError } from "../../../model/errors.ts";
import { readRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "../objects/broken.ts";
import { readHead, readMergeHeads } from "../head.ts";
import { GITLINK, MODE_TYPE, parseIndex, SYMLINK, type IndexFile } from "./index-file.ts";
import type { Inflate } from "../objects/inflate.ts";
import { LazyStore } from "../objects/lazy-store.ts";
import { openRepository, type Repository } from "../repository.ts";
import { isSimilar } from "../similar.ts";
import { diffByGit, printByGit } from "./stage-by-git.ts";
import { diffStage, type Change, type StageDiff } from "./stage-diff.ts";
import { FOLDER } from "../objects/tree-entries.ts";

/** A file that the next commit holds. */
export interface StagedFile {
  readonly path: string;
  /** Hex id of the blob. */
  readonly object: string;
  /** @throws BrokenObject */
  read(): Buffer;
  /**
   * The contents that the commit's parents have for it: at the same path, or at the path that it was renamed from. What
   * stands in one of them is not added by this commit. What cannot be read of them is left out.
   */
  before(): Buffer[];
}

export interface Stage {
  /** `staged`: what the commit adds. Nothing is staged in the other two, see `whenEmpty`. */
  readonly kind: "staged" | "amend" | "head";
  readonly files: readonly StagedFile[];
  /** Paths whose last name is new: of files, folders, links and submodules of which no parent of the commit has any at that path. */
  readonly names: () => readonly string[];
  /** Sentences for people. */
  readonly notes: readonly string[];
  /** The content that the next commit has at a path from the top; undefined when it has no file there. */
  readonly at: (path: string) => Buffer | undefined;
  /** Why git was asked for the list, when our own reader could not make it. */
  readonly gitBecause?: string;
  readonly close: () => void;
}

export interface StageOptions {
  /** git names another index while it commits `-a` or only some paths. */
  readonly indexFile?: string | undefined;
  readonly GIT_OBJECT_DIRECTORY?: string | undefined;
  readonly GIT_ALTERNATE_OBJECT_DIRECTORIES?: string | undefined;
  /**
   * When nothing is staged: `head` gives every file of the last commit; `amend` what that commit added, as it may be
   * about to be made again.
   */
  readonly whenEmpty?: "head" | "amend";
  /** How objects are inflated; by Node's zlib when nothing is said. */
  readonly inflate?: Inflate;
  /**
   * Files or folders in one folder past which `TooManyInFolder` is thrown. For processes that hash names with a seed that
   * everybody knows: names made to collide then cost them little.
   */
  readonly mostInFolder?: number;
}

const shown = (path: string) => Buffer.from(path, "latin1").toString();

function readIndex(repository: Repository, path: string, mostInFolder?: number): IndexFile {
  if (!existsSync(path)) return { entries: [], tree: undefined };
  return parseIndex(readRegular(path), repository.format.bytes, mostInFolder);
}

const isFile = (mode: number) => (mode & MODE_TYPE) !== GITLINK && (mode & MODE_TYPE) !== SYMLINK;

/** The files whose content no parent has, with what each parent has in their place. */
class Staged {
  readonly #store: LazyStore;
  readonly #diff: StageDiff;
  readonly #others: readonly string[];
  #gone: { path: string; id: string }[] | undefined;

  constructor(store: LazyStore, diff: StageDiff, others: readonly string[]) {
    this.#store = store;
    this.#diff = diff;
    this.#others = others;
  }

  files(): StagedFile[] {
    return this.#diff.changes
      .filter(({ path, id }) => !this.#others.some((tree) => this.#store.at(tree, path)?.id === id))
      .map((change) => ({
        path: shown(change.path),
        object: change.id,
        read: () => this.#store.blob(change.id),
        before: () => this.#before(change),
      }));
  }

  /** @param base the tree that was compared with. */
  names(base: string | undefined): string[] {
    const trees = [...(base === undefined ? [] : [base]), ...this.#others];
    return pathsIn(this.#diff.added)
      .filter((path) => !trees.some((tree) => this.#store.at(tree, path) !== undefined))
      .map(shown);
  }

  #before({ path, id, before }: Change): Buffer[] {
    const ids = new Set(before === undefined ? [] : [before]);
    for (const tree of this.#others) {
      const entry = this.#store.at(tree, path);
      if (entry !== undefined && entry.mode !== FOLDER && (entry.mode & MODE_TYPE) !== GITLINK) ids.add(entry.id);
    }
    if (ids.size > 0) return this.#readable([...ids]);
    const content = this.#store.blob(id);
    // What moved as it was is the source of that move only.
    const moved = this.#diff.changes.filter((change) => change.before === undefined).map((change) => change.id);
    const deleted = this.#deleted().map((gone) => gone.id);
    const times = (ids: readonly string[], one: string) => ids.filter((each) => each === one).length;
    const isFree = (one: string) => times(deleted, one) > times(moved, one);
    const like = (gone: string) => this.#readable([gone]).some((bytes) => isSimilar(bytes, content));
    return this.#readable(deleted.filter((gone) => gone === id || (isFree(gone) && like(gone))));
  }

  /** A partial clone may lack what the commit takes away: whatever stood there, what stands in its place is then told. */
  #readable(ids: readonly string[]): Buffer[] {
    return ids.flatMap((id) => {
      try {
        return [this.#store.blob(id)];
      } catch (error) {
        if (!(error instanceof BrokenObject)) throw error;
        return [];
      }
    });
  }

  #deleted(): { path: string; id: string }[] {
    this.#gone ??= this.#diff.gone
      .flatMap((entry) => (entry.mode === FOLDER ? [...this.#store.below(entry.id, `${entry.path}/`)] : [entry]))
      .filter(({ mode }) => (mode & MODE_TYPE) !== GITLINK);
    return this.#gone;
  }
}

/** These paths, and those of the folders that they lie in. */
function pathsIn(paths: readonly string[]): string[] {
  const all = new Set<string>();
  for (const path of paths) {
    for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) all.add(path.slice(0, at));
    all.add(path);
  }
  return [...all];
}

/** Every file below a tree. */
function filesOf(store: LazyStore, tree: string): StagedFile[] {
  return [...store.below(tree)]
    .filter(({ mode }) => (mode & MODE_TYPE) !== GITLINK)
    .map(({ path, id }) => ({ path: shown(path), object: id, read: () => store.blob(id), before: () => [] }));
}

/**
 * Reads what is staged in the repository at `gitDir`. No git process runs unless the index has a form of its own.
 *
 * @throws PatrolError `source-unreadable` when there is no repository, or neither we nor git can read what is staged.
 */
export function readStage(gitDir: string, options: StageOptions = {}): Stage {
  const repository = openRepository(gitDir, options);
  const store = new LazyStore(repository, options.inflate, options.mostInFolder);
  const indexFile = options.indexFile ?? `${repository.gitDir}/index`;
  try {
    const head = readHead(repository);
    const tree = head === undefined ? undefined : store.commit(head).tree;
    let others = readMergeHeads(repository).map((id) => store.commit(id).tree);
    const notes: string[] = [];
    let gitBecause: string | undefined;
    let index: IndexFile | undefined;
    const at = (path: string) => {
      if (index === undefined || gitBecause !== undefined) return printByGit(repository, indexFile, path);
      const name = Buffer.from(path, "utf8").toString("latin1");
      const entry = index.entries.find((one) => one.path === name);
      const isThere = entry !== undefined && entry.stage === 0 && !entry.isIntent && isFile(entry.mode);
      return isThere ? store.blob(entry.id) : undefined;
    };
    const compare = (base: string | undefined): StageDiff => {
      try {
        if (gitBecause === undefined) {
          index ??= readIndex(repository, indexFile, options.mostInFolder);
          return diffStage(index, base, store);
        }
      } catch (error) {
        if (!(error instanceof BrokenObject)) throw error;
        gitBecause = error.message;
      }
      return diffByGit(repository, indexFile, base);
    };
    let base = tree;
    let diff = compare(base);
    let kind: Stage["kind"] = "staged";
    if (diff.isEmpty && head !== undefined && tree !== undefined && others.length === 0) {
      if (options.whenEmpty !== "amend") {
        notes.push("nothing is staged: every file of the last commit was scanned instead");
        const names = () => pathsIn(Array.from(store.below(tree), ({ path }) => path)).map(shown);
        return { kind: "head", files: filesOf(store, tree), names, notes, at, close: () => store.close() };
      }
      kind = "amend";
      const parents = store.commit(head).parents.map((id) => store.commit(id).tree);
      diff = compare((base = parents[0]));
      others = parents.slice(1);
      notes.push("nothing is staged: what the last commit added was scanned, as it may be made again");
    } else if (diff.isEmpty && head === undefined)
      notes.push("nothing is staged and there is no commit yet: nothing was scanned");
    if (diff.conflicts.size > 0)
      notes.push(`${diff.conflicts.size} files are in conflict; git commits them once they are resolved and added`);
    const staged = new Staged(store, diff, others);
    const more = { notes, at, ...(gitBecause !== undefined && { gitBecause }), close: () => store.close() };
    return { kind, files: staged.files(), names: () => staged.names(base), ...more };
  } catch (error) {
    store.close();
    if (!(error instanceof BrokenObject)) throw error;
    throw new PatrolError("source-unreadable", `${gitDir}: what is staged cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}
