// From "this blob holds a secret" to "this commit brought it, at this path and line".
import { appliesToPath, isPathOnly } from "../../engine/path.ts";
import type { Rulebook } from "../../engine/rulebook.ts";
import { scan, type ScanOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { FragmentKind, Provenance } from "../../model/fragment.ts";
import { readCommit, type Commit } from "./commit.ts";
import type { GraphCommit } from "./history-graph.ts";
import type { Hit } from "./hit.ts";
import { secretKey } from "./sifter.ts";
import type { Rule } from "../../model/rule.ts";
import { messageStart } from "./object-scan.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Introduction, TreeWalk } from "./tree-walk.ts";
import { Verdicts } from "./verdicts.ts";
import type { Skipped } from "../source.ts";

const NOTHING_LEFT: ReadonlySet<string> = new Set();

/** How many times each secret stands in a blob. */
type Counts = ReadonlyMap<string, number>;

/** A blob at a path. */
interface Version {
  readonly blob: string;
  readonly path: string;
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
  /** Blobs whose hits were placed, each with the secrets that the rules refused there: another path may do for them. */
  readonly #placed = new Map<string, ReadonlySet<string>>();
  /** Paths that rules without a pattern were held against. */
  readonly #listed = new Set<string>();
  readonly #context: AttributeContext;
  readonly #pathRules: readonly Rule[];
  readonly #verdicts: Verdicts;
  readonly #commits = new Map<string, Commit | undefined>();
  #removed: { commit: string; files: Map<string, string> } | undefined;

  constructor(context: AttributeContext) {
    this.#context = context;
    this.#verdicts = new Verdicts(context.rulebook, context.hitsOf, (blob, path) => this.#exactly(blob, path));
    this.#pathRules = context.rulebook.rules.filter(isPathOnly);
  }

  /** Tells what the blob has more than what stood in its place before: in any parent, under this or an older name. */
  introduced(introduction: Introduction): void {
    const { blob, commit, path } = introduction;
    const left = this.#placed.get(blob);
    if (left?.size === 0) return;
    const refused = new Set<string>();
    const counts = this.#verdicts.counts(blob, path);
    for (const { key } of this.#context.hitsOf(blob))
      if (!counts.has(key) && left?.has(key) !== false) refused.add(key);
    this.#placed.set(blob, refused);
    if (counts.size === 0) return;
    const before = this.#ancestors(introduction);
    const fresh = new Map<string, number>();
    for (const [key, count] of counts) {
      if (left?.has(key) === false) continue;
      let inherited = 0;
      for (const version of before) inherited = Math.max(inherited, version.counts.get(key) ?? 0);
      if (count > inherited) fresh.set(key, count - inherited);
    }
    if (fresh.size === 0) return;
    const bytes = this.#read(blob);
    if (bytes === undefined) return;
    const provenance = { ...this.#provenance("file", commit.id), path: pathText(path), object: blob };
    const old = before.find((version) => [...fresh.keys()].some((key) => version.counts.has(key)));
    this.#choose(bytes, provenance, fresh, old && this.#read(old.blob));
  }

  /** Whether there are rules that look at nothing but a path. */
  get asksPaths(): boolean {
    return this.#pathRules.length > 0;
  }

  /** Tells what rules without a pattern say of a file's path, which is the first time it is there. */
  listed(file: Introduction, ref?: string): void {
    const { blob, commit, path } = file;
    if (this.#listed.has(path)) return;
    this.#listed.add(path);
    const { rulebook, options } = this.#context;
    const rules = this.#pathRules.filter((rule) => appliesToPath(rule, pathText(path)));
    if (rules.length === 0) return;
    // Only a rule that requires others asks for the content.
    const bytes = rules.some(({ required }) => required !== undefined) ? this.#read(blob) : undefined;
    const from = commit.id === "" ? {} : this.#provenance("file", commit.id);
    const provenance = { ...this.#provenance("file"), ...from, path: pathText(path), object: blob };
    const fragment = {
      bytes: bytes ?? Buffer.alloc(0),
      provenance: ref === undefined ? provenance : { ...provenance, ref },
    };
    this.candidates.push(...scan(fragment, rulebook, options).filter(({ rule }) => isPathOnly(rule)));
  }

  /** What the introduction's place, or the file that moved there, held in the parents. */
  #ancestors({ commit, path, blob, before }: Introduction): { blob: string; counts: Counts }[] {
    const { walk, treeOf } = this.#context;
    const versions: Version[] = [];
    if (before !== undefined) versions.push({ blob: before, path });
    for (const parent of commit.parents.slice(1)) {
      const tree = treeOf(parent);
      const other = tree === undefined ? undefined : walk.blobAt(tree, path);
      if (other !== undefined) versions.push({ blob: other, path });
    }
    const first = commit.parents[0] === undefined ? undefined : treeOf(commit.parents[0]);
    if (before === undefined && first !== undefined) {
      if (this.#removed?.commit !== commit.id)
        this.#removed = { commit: commit.id, files: walk.removed(commit.tree, first) };
      for (const [from, gone] of this.#removed.files) versions.push({ blob: gone, path: from });
    }
    return versions
      .filter((version) => version.blob !== blob || version.path !== path)
      .map((version) => ({ blob: version.blob, counts: this.#verdicts.counts(version.blob, version.path) }))
      .filter(({ counts }) => counts.size > 0);
  }

  /** Takes as many candidates of each secret as are new; those outside of what the older bytes share come first. */
  #choose(bytes: Buffer, provenance: Provenance, fresh: Counts, old: Buffer | undefined): void {
    const found = new Map<string, Candidate[]>();
    for (const candidate of this.#scan(bytes, provenance)) {
      const key = secretKey(candidate.rule.id, candidate.secret.reveal());
      const same = found.get(key);
      if (same === undefined) found.set(key, [candidate]);
      else same.push(candidate);
    }
    const [head, tail] = old === undefined ? [0, 0] : shared(old, bytes);
    const isFresh = ({ span }: Candidate) => (span.end > head && span.start < bytes.length - tail ? 0 : 1);
    for (const [key, count] of fresh) {
      const candidates = found.get(key) ?? [];
      candidates.sort((a, b) => isFresh(a) - isFresh(b) || a.span.start - b.span.start);
      this.candidates.push(...candidates.slice(0, count));
    }
  }

  /** The keys of all that the rules say of a blob. */
  #exactly(blob: string, path: string): string[] {
    const bytes = this.#read(blob);
    if (bytes === undefined) return [];
    const provenance = { ...this.#provenance("file"), path: pathText(path) };
    return this.#scan(bytes, provenance).map(({ rule, secret }) => secretKey(rule.id, secret.reveal()));
  }

  /** What the content says: of paths `listed` speaks. */
  #scan(bytes: Buffer, provenance: Provenance): Candidate[] {
    const { rulebook, options } = this.#context;
    return scan({ bytes, provenance }, rulebook, options).filter(({ rule }) => !isPathOnly(rule));
  }

  /** A blob or tree entry that a tag leads to without any commit. */
  tagged(blob: string, ref: string, path?: string): void {
    if (this.#placed.has(blob)) return;
    this.#placed.set(blob, NOTHING_LEFT);
    this.#whole(blob, {
      ...this.#provenance("file"),
      object: blob,
      ref,
      ...(path === undefined ? {} : { path: pathText(path) }),
    });
  }

  /** A blob that nothing reaches. */
  unreachable(blob: string): void {
    if (this.#placed.has(blob)) return;
    this.#placed.set(blob, NOTHING_LEFT);
    this.#whole(blob, { ...this.#provenance("file"), object: blob });
  }

  #whole(blob: string, provenance: Provenance): void {
    const bytes = this.#read(blob);
    if (bytes !== undefined) this.candidates.push(...this.#scan(bytes, provenance));
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
    this.candidates.push(...this.#scan(bytes, provenance));
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
