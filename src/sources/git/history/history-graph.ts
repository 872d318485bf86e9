// The commits between what was asked for and what was excluded, parents before children.
import { readLinks, readTag, type CommitLinks } from "../objects/commit.ts";
import { BLOB, COMMIT, TAG, TREE } from "../objects/object-id.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { Ref } from "../refs.ts";
import type { Skipped } from "../../source.ts";

export interface GraphCommit extends CommitLinks {
  readonly id: string;
}

/** Something a ref points to that is no commit: a tagged blob or tree, and the tags on the way. */
export interface TaggedObject {
  readonly id: string;
  readonly ref: string;
  readonly type: typeof BLOB | typeof TREE;
}

export interface HistoryGraph {
  /** Parents before children; of several that could come next, the oldest. */
  readonly commits: readonly GraphCommit[];
  /** Tag objects on the way from refs, and what each leads to. */
  readonly tags: ReadonlyMap<string, { readonly ref: string; readonly commit?: string }>;
  readonly tagged: readonly TaggedObject[];
  /** Commits that refs lead to, hex. */
  readonly tips: readonly string[];
  /** Known commits that tips are, or that commits of the graph come from. */
  readonly boundary: ReadonlySet<string>;
}

/** What is left out. */
export interface Without {
  /** Commits (or tags of commits), with all that they reach. */
  readonly excluded?: readonly string[];
  /** Whether a commit was walked before, with all that it reaches. */
  readonly isKnown?: (id: string) => boolean;
  /** All commits but these are left out. */
  readonly only?: ReadonlySet<string>;
}

/** Reads commits by id, from what the scan has seen already or from the store. */
export class CommitReader {
  readonly #store: ObjectStore;
  readonly #known: Map<string, CommitLinks>;
  readonly #skip: (item: Skipped) => void;

  constructor(store: ObjectStore, known: Map<string, CommitLinks>, skip: (item: Skipped) => void) {
    this.#store = store;
    this.#known = known;
    this.#skip = skip;
  }

  /** Undefined: it is missing (shallow or partial clone), broken, or no commit. */
  links(id: string): CommitLinks | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    try {
      const object = this.#store.read(id);
      if (object === undefined) {
        if (!this.#store.repository.isShallow) this.#skip({ what: `commit ${id}`, why: "not in the repository" });
        return undefined;
      }
      const links =
        object.type === COMMIT ? readLinks(object.bytes, this.#store.repository.format.bytes * 2) : undefined;
      if (links !== undefined) this.#known.set(id, links);
      return links;
    } catch (error) {
      this.#skip({ what: `commit ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
      return undefined;
    }
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
      if (object.type === COMMIT && reader.links(id) !== undefined) return { id, type: COMMIT, tags };
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
  { excluded = [], isKnown = () => false, only }: Without,
  store: ObjectStore,
  known: Map<string, CommitLinks>,
  skip: (item: Skipped) => void,
): HistoryGraph {
  const reader = new CommitReader(store, known, skip);
  const isCommit = (id: string) => known.has(id) || isKnown(id);
  const tags = new Map<string, { ref: string; commit?: string }>();
  const tagged: TaggedObject[] = [];
  const tips = new Set<string>();
  const peeled = new Map<string, ReturnType<typeof peel>>();
  for (const ref of refs) {
    let end = peeled.get(ref.object);
    if (end === undefined) peeled.set(ref.object, (end = peel(ref, store, reader, skip, isCommit)));
    if (end === undefined) continue;
    const commit = end.type === COMMIT ? { commit: end.id } : {};
    for (const tag of end.tags) if (!tags.has(tag)) tags.set(tag, { ref: ref.name, ...commit });
    if (end.type === COMMIT) tips.add(end.id);
    else tagged.push({ id: end.id, ref: ref.name, type: end.type as typeof BLOB | typeof TREE });
  }
  const boundary = new Set<string>();
  if (only !== undefined) return { commits: parentsFirst(only, reader), tags, tagged, tips: [...tips], boundary };
  const bases = excluded.map((id) => peel({ name: id, object: id }, store, reader, skip, isCommit)?.id ?? id);
  const outside = reach(bases, reader, () => false);
  const inside = reach([...tips], reader, (id) => {
    if (outside.has(id)) return true;
    if (!isKnown(id)) return false;
    boundary.add(id);
    return true;
  });
  return { commits: parentsFirst(inside, reader), tags, tagged, tips: [...tips], boundary };
}

function reach(tips: readonly string[], reader: CommitReader, isLeftOut: (id: string) => boolean): Set<string> {
  const seen = new Set<string>();
  const stack = [...tips];
  while (stack.length > 0) {
    const id = stack.pop() as string;
    if (seen.has(id) || isLeftOut(id)) continue;
    const links = reader.links(id);
    if (links === undefined) continue;
    seen.add(id);
    for (const parent of links.parents) if (!seen.has(parent)) stack.push(parent);
  }
  return seen;
}

function parentsFirst(ids: ReadonlySet<string>, reader: CommitReader): GraphCommit[] {
  const numbers = new Map<string, number>();
  const commits: GraphCommit[] = [];
  for (const id of ids) {
    const links = reader.links(id);
    if (links === undefined) continue;
    const { tree, parents, time } = links;
    numbers.set(id, commits.length);
    commits.push({ id, tree, parents, time });
  }
  // How many parents of each are still to come; its children as a linked list of edges.
  const waiting = new Int32Array(commits.length);
  const firstEdge = new Int32Array(commits.length).fill(-1);
  const nextEdge: number[] = [];
  const edgeTo: number[] = [];
  const ready = new TimeHeap(commits);
  for (const [child, { parents }] of commits.entries()) {
    for (const [i, id] of parents.entries()) {
      const parent = numbers.get(id);
      if (parent === undefined || parents.indexOf(id) < i) continue;
      waiting[child] = (waiting[child] as number) + 1;
      nextEdge.push(firstEdge[parent] as number);
      firstEdge[parent] = edgeTo.push(child) - 1;
    }
    if (waiting[child] === 0) ready.push(child);
  }
  const order: GraphCommit[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    order.push(commits[next] as GraphCommit);
    for (let edge = firstEdge[next] as number; edge >= 0; edge = nextEdge[edge] as number) {
      const child = edgeTo[edge] as number;
      waiting[child] = (waiting[child] as number) - 1;
      if (waiting[child] === 0) ready.push(child);
    }
  }
  return order;
}

/** Numbers of commits. Gives the oldest; of equals the one with the lower id, so that the order is always the same. */
class TimeHeap {
  readonly #items: number[] = [];
  readonly #commits: readonly GraphCommit[];

  constructor(commits: readonly GraphCommit[]) {
    this.#commits = commits;
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
    const [a, b] = [this.#commits[one] as GraphCommit, this.#commits[other] as GraphCommit];
    return a.time < b.time || (a.time === b.time && a.id < b.id);
  }
}
