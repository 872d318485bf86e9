// The commits between what was asked for and what was excluded, parents before children.
import { CommitList, type CommitTable } from "./commit-table.ts";
import { readTag } from "../objects/commit.ts";
import { BLOB, COMMIT, TAG, TREE } from "../objects/object-id.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { IntList } from "../trees/int-list.ts";
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
  readonly tips: readonly string[];
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
      else if (object === undefined && !this.#store.repository.isShallow) {
        this.#skip({ what: `commit ${id}`, why: "not in the repository" });
      }
    } catch (error) {
      this.#skip({ what: `commit ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    return this.commits.has(number);
  }
}

/** Follows tags to what they stand for. */
function peel(
  ref: Ref,
  store: ObjectStore,
  reader: CommitReader,
  skip: (item: Skipped) => void,
  isCommit: (id: string) => boolean,
) {
  const tags: string[] = [];
  let id = ref.object;
  for (let depth = 0; depth < 20; depth++) {
    if (isCommit(id)) return { id, type: COMMIT, tags };
    try {
      const object = store.read(id);
      if (object === undefined) {
        skip({ what: `${id}, which a ref names`, why: "not in the repository" });
        return undefined;
      }
      if (object.type === COMMIT && reader.has(reader.commits.numbers.ofHex(id))) return { id, type: COMMIT, tags };
      if (object.type === BLOB || object.type === TREE) return { id, type: object.type, tags };
      const tag = object.type === TAG ? readTag(object.bytes) : undefined;
      if (tag === undefined) break;
      tags.push(id);
      id = tag.target;
    } catch (error) {
      skip({ what: `${id}, which a ref names`, why: error instanceof Error ? error.message : "cannot be read" });
      return undefined;
    }
  }
  skip({ what: `${id}, which a ref names`, why: "it leads to nothing that we know" });
  return undefined;
}

export function buildGraph(
  refs: readonly Ref[],
  { excluded = [], isKnown, chains, only }: Without,
  store: ObjectStore,
  commits: CommitTable,
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
    if (end === undefined) continue;
    if (end.type === COMMIT && end.tags.length > 0) read.set(ref.object, [...end.tags, end.id]);
    const commit = end.type === COMMIT ? { commit: end.id } : {};
    for (const tag of end.tags) if (!tags.has(tag)) tags.set(tag, { ref: ref.name, ...commit });
    if (end.type === COMMIT) {
      tips.add(end.id);
      if (isBehind(end.id)) boundary.add(end.id);
    } else tagged.push({ id: end.id, ref: ref.name, type: end.type as typeof BLOB | typeof TREE });
  }
  const listed = (found: Iterable<number>) => ({
    commits: parentsFirst(found, reader),
    tags,
    tagged,
    chains: read,
    tips: [...tips],
    boundary,
  });
  const numbered = (ids: Iterable<string>) => Array.from(ids, (id) => numbers.ofHex(id));
  if (only !== undefined) return listed(numbered(only));
  const bases = excluded.map((id) => peel({ name: id, object: id }, store, reader, skip, isCommit)?.id ?? id);
  const outside = new IntList(numbers.packed);
  for (const number of reach(numbered(bases), reader, () => false)) outside.set(number, 1);
  const fresh = [...tips].filter((id) => !boundary.has(id));
  const inside = reach(numbered(fresh), reader, (number) => {
    if (outside.at(number) === 1) return true;
    const id = isKnown === undefined ? undefined : numbers.hexOf(number);
    if (id === undefined || isKnown?.(id) !== true) return false;
    boundary.add(id);
    return true;
  });
  return listed(inside);
}

/** Commits that lead there, each once. */
function reach(tips: readonly number[], reader: CommitReader, isLeftOut: (number: number) => boolean): number[] {
  const { commits } = reader;
  const seen = new IntList(commits.numbers.packed);
  const found: number[] = [];
  const stack = [...tips];
  for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
    if (seen.at(number) === 1) continue;
    seen.set(number, 1);
    if (isLeftOut(number) || !reader.has(number)) continue;
    found.push(number);
    for (const parent of commits.parentsOf(number)) if (seen.at(parent) === 0) stack.push(parent);
  }
  return found;
}

function parentsFirst(found: Iterable<number>, reader: CommitReader): CommitList {
  const { commits } = reader;
  // Counted from 1, so that 0 is none.
  const places = new IntList(commits.numbers.packed);
  const numbers: number[] = [];
  for (const number of found) if (reader.has(number)) places.set(number, numbers.push(number));
  // How many parents of each are still to come; its children as a linked list of edges.
  const waiting = new Int32Array(numbers.length);
  const firstEdge = new Int32Array(numbers.length).fill(-1);
  const nextEdge: number[] = [];
  const edgeTo: number[] = [];
  const ready = new TimeHeap(commits, numbers);
  for (const [child, number] of numbers.entries()) {
    const parents = commits.parentsOf(number);
    for (const [i, parentNumber] of parents.entries()) {
      const parent = places.at(parentNumber) - 1;
      if (parent < 0 || parents.indexOf(parentNumber) < i) continue;
      waiting[child] = (waiting[child] as number) + 1;
      nextEdge.push(firstEdge[parent] as number);
      firstEdge[parent] = edgeTo.push(child) - 1;
    }
    if (waiting[child] === 0) ready.push(child);
  }
  const order = new IntList(numbers.length);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(numbers[next] as number);
    for (let edge = firstEdge[next] as number; edge >= 0; edge = nextEdge[edge] as number) {
      const child = edgeTo[edge] as number;
      waiting[child] = (waiting[child] as number) - 1;
      if (waiting[child] === 0) ready.push(child);
    }
  }
  return new CommitList(commits, order.view(0, order.length));
}

/** Places of commits. Gives the oldest; of equals the one with the lower id, so that the order is always the same. */
class TimeHeap {
  readonly #items: number[] = [];
  readonly #times: Float64Array;
  readonly #commits: CommitTable;
  readonly #numbers: readonly number[];

  constructor(commits: CommitTable, numbers: readonly number[]) {
    this.#commits = commits;
    this.#numbers = numbers;
    this.#times = Float64Array.from(numbers, (number) => commits.timeOf(number));
  }

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(item, items[parent] as number)) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as number, items[child] as number)) child++;
      if (!this.#isBefore(items[child] as number, last)) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = last;
    return first;
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#times[one] as number, this.#times[other] as number];
    if (a !== b) return a < b;
    return this.#commits.numbers.isBefore(this.#numbers[one] as number, this.#numbers[other] as number);
  }
}
