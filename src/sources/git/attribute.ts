// From "this blob holds a secret" to "this commit brought it, at this path and line".
import type { Rulebook } from "../../engine/rulebook.ts";
import { scan, type ScanOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { FragmentKind, Provenance } from "../../model/fragment.ts";
import { messageStart } from "./family-scan.ts";
import { readCommit, type Commit } from "./commit.ts";
import type { GraphCommit } from "./history-graph.ts";
import type { Hit } from "./hit.ts";
import { secretKey } from "./matcher.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Introduction, TreeWalk } from "./tree-walk.ts";
import type { Skipped } from "../source.ts";

/** How often a secret that the rules refused at one place (by path, line or keyword) is looked at again at another. */
const MAX_REFUSALS = 32;

/** How many times each secret stands in a blob. */
type Counts = Map<string, number>;

function countKeys(hits: readonly Hit[]): Counts {
  const counts: Counts = new Map();
  for (const { key } of hits) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

export interface AttributeContext {
  readonly repository: string;
  readonly rulebook: Rulebook;
  readonly options: ScanOptions;
  readonly store: ObjectStore;
  readonly walk: TreeWalk;
  /** Hits of a blob, by hex id. */
  readonly hitsOf: (blob: string) => readonly Hit[];
  /** A commit's tree, hex. */
  readonly treeOf: (commit: string) => string | undefined;
  readonly skip: (item: Skipped) => void;
}

export class Attribution {
  readonly candidates: Candidate[] = [];
  /** Blobs whose hits were placed. */
  readonly placed = new Set<string>();
  readonly #context: AttributeContext;
  readonly #accepted = new Set<string>();
  readonly #refused = new Map<string, number>();
  readonly #commits = new Map<string, Commit | undefined>();
  #removed: { commit: string; files: Map<string, string> } | undefined;

  constructor(context: AttributeContext) {
    this.#context = context;
  }

  /** Tells what the blob has more than what stood in its place before: in any parent, under this or an older name. */
  introduced(introduction: Introduction): void {
    const { blob, commit, path } = introduction;
    if (this.placed.has(blob)) return;
    this.placed.add(blob);
    const before = this.#ancestors(introduction);
    const fresh = new Map<string, number>();
    for (const [key, count] of countKeys(this.#context.hitsOf(blob))) {
      let inherited = 0;
      if (
        this.#accepted.has(key) ||
        (this.#refused.get(key) ?? 0) === 0 ||
        (this.#refused.get(key) ?? 0) > MAX_REFUSALS
      ) {
        for (const counts of before) inherited = Math.max(inherited, counts.counts.get(key) ?? 0);
      }
      if (count > inherited) fresh.set(key, count - inherited);
    }
    if (fresh.size === 0) return;
    const bytes = this.#read(blob);
    if (bytes === undefined) return;
    const provenance = { ...this.#provenance("file", commit.id), path: pathText(path), object: blob };
    const old = before.find(({ counts }) => [...fresh.keys()].some((key) => counts.has(key)));
    this.#choose(bytes, provenance, fresh, old && this.#read(old.blob));
  }

  /** What the introduction's place, or the file that moved there, held in the parents. */
  #ancestors({ commit, path, blob, before }: Introduction): { blob: string; counts: Counts }[] {
    const { hitsOf, walk, treeOf } = this.#context;
    const blobs = new Set<string>();
    if (before !== undefined) blobs.add(before);
    for (const parent of commit.parents.slice(1)) {
      const tree = treeOf(parent);
      const other = tree === undefined ? undefined : walk.blobAt(tree, path);
      if (other !== undefined) blobs.add(other);
    }
    const first = commit.parents[0] === undefined ? undefined : treeOf(commit.parents[0]);
    if (before === undefined && first !== undefined) {
      if (this.#removed?.commit !== commit.id)
        this.#removed = { commit: commit.id, files: walk.removed(commit.tree, first) };
      for (const gone of this.#removed.files.values()) blobs.add(gone);
    }
    blobs.delete(blob);
    return [...blobs]
      .map((id) => ({ blob: id, counts: countKeys(hitsOf(id)) }))
      .filter(({ counts }) => counts.size > 0);
  }

  /** Takes as many candidates of each secret as are new; those outside of what the older bytes share come first. */
  #choose(bytes: Buffer, provenance: Provenance, fresh: Counts, old: Buffer | undefined): void {
    const found = new Map<string, Candidate[]>();
    for (const candidate of scan({ bytes, provenance }, this.#context.rulebook, this.#context.options)) {
      const key = secretKey(candidate.rule.id, candidate.secret.reveal());
      const same = found.get(key);
      if (same === undefined) found.set(key, [candidate]);
      else same.push(candidate);
    }
    const [head, tail] = old === undefined ? [0, 0] : shared(old, bytes);
    const isFresh = ({ span }: Candidate) => (span.end > head && span.start < bytes.length - tail ? 0 : 1);
    for (const [key, count] of fresh) {
      const candidates = found.get(key);
      if (candidates === undefined) {
        this.#refused.set(key, (this.#refused.get(key) ?? 0) + 1);
        continue;
      }
      this.#accepted.add(key);
      candidates.sort((a, b) => isFresh(a) - isFresh(b) || a.span.start - b.span.start);
      this.candidates.push(...candidates.slice(0, count));
    }
  }

  /** A blob or tree entry that a tag leads to without any commit. */
  tagged(blob: string, ref: string, path?: string): void {
    if (this.placed.has(blob)) return;
    this.placed.add(blob);
    this.#whole(blob, {
      ...this.#provenance("file"),
      object: blob,
      ref,
      ...(path === undefined ? {} : { path: pathText(path) }),
    });
  }

  /** A blob that nothing reaches. */
  unreachable(blob: string): void {
    if (this.placed.has(blob)) return;
    this.placed.add(blob);
    this.#whole(blob, { ...this.#provenance("file"), object: blob });
  }

  #whole(blob: string, provenance: Provenance): void {
    const bytes = this.#read(blob);
    if (bytes !== undefined)
      this.candidates.push(...scan({ bytes, provenance }, this.#context.rulebook, this.#context.options));
  }

  /** The message of a commit or of a tag. */
  message(id: string, kind: "commit-message" | "tag-message", more: Partial<Provenance> = {}): void {
    const bytes = this.#read(id);
    if (bytes === undefined) return;
    const provenance = { ...this.#provenance(kind, kind === "commit-message" ? id : undefined), object: id, ...more };
    this.#text(bytes.subarray(messageStart(bytes)), provenance);
  }

  /** The name of a file, folder or ref. */
  name(
    text: string,
    commit: GraphCommit | undefined,
    provenance: Partial<Provenance> & { kind: "path" | "ref" },
  ): void {
    this.#text(Buffer.from(text, "latin1"), { ...this.#provenance(provenance.kind, commit?.id), ...provenance });
  }

  #text(bytes: Buffer, provenance: Provenance): void {
    const { rulebook, options } = this.#context;
    this.candidates.push(...scan({ bytes, provenance }, rulebook, options));
  }

  #read(id: string): Buffer | undefined {
    try {
      const object = this.#context.store.read(id);
      if (object !== undefined) return object.bytes;
      this.#context.skip({ what: `object ${id}`, why: "not in the repository" });
    } catch (error) {
      this.#context.skip({ what: `object ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    return undefined;
  }

  #commit(id: string): Commit | undefined {
    if (!this.#commits.has(id)) {
      const bytes = this.#read(id);
      this.#commits.set(id, bytes && readCommit(bytes, id.length));
    }
    return this.#commits.get(id);
  }

  #provenance(kind: FragmentKind, commit?: string): Provenance {
    const { repository } = this.#context;
    if (commit === undefined) return { kind, repository };
    const author = this.#commit(commit)?.author;
    if (author === undefined) return { kind, repository, commit };
    return { kind, repository, commit, author: { name: author.name, email: author.email }, authoredAt: author.date };
  }
}

/** A path as text: bytes that are no UTF-8 show as U+FFFD. */
export function pathText(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}

/** How many bytes two texts share at their beginning, and behind that at their end. */
function shared(a: Buffer, b: Buffer): [head: number, tail: number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [head, tail];
}
