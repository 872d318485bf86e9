// The commits between what was asked for and what was excluded, parents before children.
import type { GitAsked } from "../core/git-core.ts";
import { LISTS } from "../core/git-lists.ts";
import { CommitList, type CommitTable } from "../objects/commit-table.ts";
import { readTag } from "../objects/commit.ts";
import { BLOB, COMMIT, TAG, TREE } from "../object-id.ts";
import { NOT_THERE } from "../objects/broken.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { Ref } from "../refs.ts";
import type { Skipped } from "../../source.ts";

/** Something a ref points to that is no commit: a tagged blob or tree, and the tags on the way. */
export interface TaggedObject {
  readonly id: string;
  readonly ref: string;
  readonly type: typeof BLOB | typeof TREE;
}

export interface HistoryGraph {
  /** Parents before children; of several that could come next, the oldest. */
  readonly commits: CommitList;
  /** Tag objects on the way from refs, and what each leads to. */
  readonly tags: ReadonlyMap<string, { readonly ref: string; readonly commit?: string }>;
  readonly tagged: readonly TaggedObject[];
  /** Of each tag object that a ref names and that leads to a commit: the tags on the way, itself first, and the commit. */
  readonly chains: TagChains;
  /** Commits that refs lead to, hex. */
  readonly tips: ReadonlySet<string>;
  /** Known commits that tips are, or that commits of the graph come from. */
  readonly boundary: ReadonlySet<string>;
}

/** By the hex id of the first. */
export type TagChains = ReadonlyMap<string, readonly string[]>;

/** What is left out. */
export interface Without {
  /** Commits (or tags of commits), with all that they reach. */
  readonly excluded?: readonly string[];
  /** Whether a commit was walked before, with all that it reaches. */
  readonly isKnown?: (id: string) => boolean;
  /** Where tags lead, as far as it was read before. */
  readonly chains?: TagChains;
  /** All commits but these are left out. */
  readonly only?: ReadonlySet<string>;
}

/** Reads commits by number, from what the scan has seen already or from the store. */
class CommitReader {
  readonly commits: CommitTable;
  readonly #store: ObjectStore;
  readonly #skip: (item: Skipped) => void;
  /** Commits that a shallow clone may lack: which of them it may is known when those are that come after them. */
  readonly #missing = new Set<number>();

  constructor(store: ObjectStore, commits: CommitTable, skip: (item: Skipped) => void) {
    this.#store = store;
    this.commits = commits;
    this.#skip = skip;
  }

  /** Whether the commit is in the table now. False: it is missing (shallow or partial clone), broken, or no commit. */
  has(number: number): boolean {
    if (this.commits.has(number)) return true;
    const id = this.commits.numbers.hexOf(number);
    try {
      const object = this.#store.read(id);
      if (object?.type === COMMIT) this.commits.add(number, object.bytes);
      else if (object === undefined && this.#store.repository.shallow.size > 0) this.#missing.add(number);
      else if (object === undefined) this.#tellMissing(id);
    } catch (error) {
      this.#skip({ what: `commit ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    return this.commits.has(number);
  }

  /**
   * Tells which commits are missing, but for parents of those that a shallow clone ends with: each that another of the given
   * commits comes from, or none.
   */
  tellMissing(commits: Int32Array): void {
    if (this.#missing.size === 0) return;
    const { shallow } = this.#store.repository;
    const { numbers } = this.commits;
    const ends = new Set(Array.from(shallow, (id) => numbers.ofHex(id)));
    const excused = new Set<number>();
    const asked = new Set<number>();
    for (const commit of commits)
      for (const parent of this.commits.parentsOf(commit))
        if (this.#missing.has(parent)) (ends.has(commit) ? excused : asked).add(parent);
    for (const number of this.#missing)
      if (asked.has(number) || !excused.has(number)) this.#tellMissing(numbers.hexOf(number));
    this.#missing.clear();
  }

  #tellMissing(id: string): void {
    this.#skip({ what: `commit ${id}`, why: NOT_THERE });
  }
}

const NOWHERE = 0;

/** Follows tags to what they stand for. Where that cannot be told, `type` is `NOWHERE`, and the tags on the way are there all the same. */
function peel(
  ref: Ref,
  store: ObjectStore,
  reader: CommitReader,
  skip: (item: Skipped) => void,
  isCommit: (id: string) => boolean,
) {
  const tags: string[] = [];
  let id = ref.object;
  const nowhere = (why: string) => {
    skip({ what: `${id}, which a ref names`, why });
    return { id, type: NOWHERE, tags } as const;
  };
  for (let depth = 0; depth < 20; depth++) {
    if (isCommit(id)) return { id, type: COMMIT, tags };
    try {
      const object = store.read(id);
      if (object === undefined) return nowhere(NOT_THERE);
      if (object.type === COMMIT && reader.has(reader.commits.numbers.ofHex(id))) return { id, type: COMMIT, tags };
      if (object.type === BLOB || object.type === TREE) return { id, type: object.type, tags };
      if (object.type === TAG) tags.push(id);
      const tag = object.type === TAG ? readTag(object.bytes) : undefined;
      if (tag === undefined) break;
      id = tag.target;
    } catch (error) {
      return nowhere(error instanceof Error ? error.message : "cannot be read");
    }
  }
  return nowhere("it leads to nothing that we know");
}

export function buildGraph(
  refs: readonly Ref[],
  { excluded = [], isKnown, chains, only }: Without,
  store: ObjectStore,
  commits: CommitTable,
  asked: Partial<GitAsked>,
  skip: (item: Skipped) => void,
): HistoryGraph {
  const { numbers } = commits;
  const reader = new CommitReader(store, commits, skip);
  const isBehind = (id: string) => isKnown?.(id) === true;
  const isCommit = (id: string) => isBehind(id) || commits.has(numbers.ofHex(id));
  const tags = new Map<string, { ref: string; commit?: string }>();
  const tagged: TaggedObject[] = [];
  const tips = new Set<string>();
  const boundary = new Set<string>();
  const peeled = new Map<string, ReturnType<typeof peel>>();
  const read = new Map<string, readonly string[]>();
  const known = (id: string) => {
    const chain = chains?.get(id) ?? [];
    const [end, tags] = [chain.at(-1), chain.slice(0, -1)];
    if (end === undefined || !isBehind(end) || !tags.every((tag) => store.has(Buffer.from(tag, "hex"))))
      return undefined;
    return { id: end, type: COMMIT, tags } as const;
  };
  for (const ref of refs) {
    // Most of what an earlier scan left.
    if (boundary.has(ref.object)) continue;
    if (isBehind(ref.object)) {
      tips.add(ref.object);
      boundary.add(ref.object);
      continue;
    }
    let end = peeled.get(ref.object);
    if (end === undefined) {
      peeled.set(ref.object, (end = known(ref.object) ?? peel(ref, store, reader, skip, isCommit)));
    }
    if (end.type === COMMIT && end.tags.length > 0) read.set(ref.object, [...end.tags, end.id]);
    const commit = end.type === COMMIT ? { commit: end.id } : {};
    for (const tag of end.tags) if (!tags.has(tag)) tags.set(tag, { ref: ref.name, ...commit });
    if (end.type === COMMIT) {
      tips.add(end.id);
      if (isBehind(end.id)) boundary.add(end.id);
    } else if (end.type !== NOWHERE)
      tagged.push({ id: end.id, ref: ref.name, type: end.type as typeof BLOB | typeof TREE });
  }
  const { lists } = commits;
  const { git } = lists;
  asked.readCommit = (number) => reader.has(number);
  asked.isBefore = (one, other) => numbers.isBefore(one, other);
  const listed = () => ({
    commits: parentsFirst(commits),
    tags,
    tagged,
    chains: read,
    tips,
    boundary,
  });
  const numbered = (ids: Iterable<string>) => Array.from(ids, (id) => numbers.ofHex(id));
  if (only !== undefined) {
    git.clear(LISTS.found, 0);
    for (const number of numbered(only)) if (reader.has(number)) git.push(LISTS.found, number);
    reader.tellMissing(lists.slice(LISTS.found));
    return listed();
  }
  const bases = excluded.map((id) => {
    const end = peel({ name: id, object: id }, store, reader, skip, isCommit);
    return end.type === NOWHERE ? id : end.id;
  });
  const outside = new Set(bases.length === 0 ? [] : reach(numbered(bases), reader, false));
  asked.isLeftOut = (number) => {
    if (outside.has(number)) return true;
    const id = isKnown === undefined ? undefined : numbers.hexOf(number);
    if (id === undefined || isKnown?.(id) !== true) return false;
    boundary.add(id);
    return true;
  };
  const fresh = [...tips].filter((id) => !boundary.has(id));
  reach(numbered(fresh), reader, outside.size > 0 || isKnown !== undefined);
  return listed();
}

/** Leaves in the core's list the commits that lead there, each once. @returns them, where somebody wants them */
function reach(tips: readonly number[], reader: CommitReader, asks: boolean): Int32Array {
  const { lists, numbers } = reader.commits;
  const { git } = lists;
  git.clear(LISTS.stack, 0);
  for (const tip of tips) git.push(LISTS.stack, tip);
  git.reach(numbers.count, asks ? 1 : 0);
  const found = lists.slice(LISTS.found);
  reader.tellMissing(found);
  return found;
}

function parentsFirst(commits: CommitTable): CommitList {
  const { lists, numbers } = commits;
  lists.git.parentsFirst(numbers.count, numbers.ordered);
  return new CommitList(commits, lists.slice(LISTS.stack));
}
