// Walks a history from its oldest commit on and tells where content came in: which commit had a blob first, at which path,
// and what stood there before. Each tree is read once, and compared with the tree that it replaced.
import { GIT_CORE_ERRORS, type GitCore } from "../core/git-core.ts";
import { BrokenObject } from "../objects/broken.ts";
import type { GraphCommit } from "../objects/commit-table.ts";
import type { Matcher } from "../core/matcher.ts";
import {
  DEEPEST,
  findEntry,
  isPlainFile,
  MOST_PLACES_A_TREE,
  MOST_PLACES_MORE,
  readEntry,
  type TreeLine,
} from "../objects/tree-entries.ts";
import type { TreeBytes, TreeReader } from "./tree-reader.ts";
import { workspaceOf } from "../core/workspace.ts";
import type { Skipped } from "../../source.ts";

export const MAX_CHANGES = 1 << 18;
/** Folders that are looked into for a file's older name. */
const MOST_REMOVED = 1 << 16;
/** Trees that are kept in mind by their ids. */
const MOST_READ = 4096;

/** A blob that no earlier commit had. */
export interface Introduction {
  readonly commit: GraphCommit;
  /** Path bytes, one character each. */
  readonly path: string;
  /** Hex. */
  readonly blob: string;
  /** What stood at this path in the first parent. */
  readonly before?: string;
}

/** Where a name stands: in which tree, hex, in the entry that begins at which byte. */
export type NamePlace = readonly [tree: string, at: number];

/** A name of a file or folder that no earlier commit had anywhere. */
export interface NewName {
  readonly commit: GraphCommit;
  readonly path: string;
}

export interface TreeWalkSink {
  /** Whether this blob matters; `id` is binary, one character a byte. */
  wants(id: string): boolean;
  introduced(introduction: Introduction): void;
  /** Hears of each distinct name once, or until it gives something else than false. Left out: names do not matter. */
  named?(name: string, place: NewName): unknown;
  /** Hears of every file that was not at its path before, whether its blob is wanted or not. */
  filed?(file: Introduction): void;
  /** Whether nothing that matters is different in two trees, binary. Left out: it always may be. */
  isSame?(newId: string, oldId: string | undefined): boolean;
  /** Commits that came before are left out: a tree that was seen may have had its files from them, and bring them next time. */
  readonly isPart?: boolean;
}

export const toHex = (binary: string) => Buffer.from(binary, "latin1").toString("hex");
const toBinary = (hex: string) => Buffer.from(hex, "hex").toString("latin1");

const NO_BYTES = Buffer.alloc(0);

export class TreeWalk {
  readonly #trees: TreeReader;
  readonly #git: GitCore;
  readonly #idBytes: number;
  readonly #out: number;
  readonly #skip: (item: Skipped) => void;
  readonly #seenTrees = new Set<string>();
  /** The same trees, wherever they stand. */
  readonly #distinct = new Set<string>();
  #places = 0;
  readonly #seenNames = new Set<string>();
  readonly #failed = new Set<string>();
  /** Trees that were read, until the reader needs their room: a commit's are those that the next one replaces. */
  readonly #read = new Map<string, TreeBytes>();
  #readAt = -1;

  constructor(trees: TreeReader, git: GitCore, matcher: Matcher, idBytes: number, skip: (item: Skipped) => void) {
    this.#trees = trees;
    this.#git = git;
    this.#idBytes = idBytes;
    this.#out = workspaceOf(matcher).region("tree changes", 8 * MAX_CHANGES);
    this.#skip = skip;
  }

  /** A folder that moves is another one: what a path decides has to be asked again. */
  #isSeen(id: string, place: string): boolean {
    const key = id + place;
    if (this.#seenTrees.has(key)) return true;
    this.#seenTrees.add(key);
    this.#distinct.add(id);
    this.#places++;
    return false;
  }

  get #isSpread(): boolean {
    return this.#places > MOST_PLACES_MORE + MOST_PLACES_A_TREE * this.#distinct.size;
  }

  /** @param parentTree the first parent's tree, hex; undefined: there is none, or it is out of reach. */
  visit(commit: GraphCommit, parentTree: string | undefined, sink: TreeWalkSink): void {
    const newId = toBinary(commit.tree);
    const oldId = parentTree === undefined ? undefined : toBinary(parentTree);
    if (newId !== oldId) this.#folder(commit, oldId, newId, "", sink, 0);
  }

  /** As `visit`, for a commit that stands alone: nothing that was seen before is left out. */
  revisit(commit: GraphCommit, parentTree: string | undefined, sink: TreeWalkSink): void {
    this.#forget();
    this.visit(commit, parentTree, sink);
    this.#forget();
  }

  #forget(): void {
    this.#seenTrees.clear();
    this.#seenNames.clear();
    this.#distinct.clear();
    this.#places = 0;
  }

  /**
   * Files that `parentTree` has and `tree` has not, by path; for telling renames. Ids are hex. Where there are too many,
   * some are left out: what was renamed is then told as new.
   */
  removed(tree: string, parentTree: string): Map<string, string> {
    const found = new Map<string, string>();
    let folders = 0;
    const visit = (oldId: string, newId: string | undefined, prefix: string, depth: number) => {
      if (depth > DEEPEST || ++folders > MOST_REMOVED) return;
      for (const { before, after } of this.#changes(oldId, newId)) {
        if (before === undefined || before.kind === "module") continue;
        const path = prefix + before.name;
        if (before.kind === "folder")
          visit(before.id, after?.kind === "folder" ? after.id : undefined, `${path}/`, depth + 1);
        // A submodule in its place holds nothing of it.
        else if (after?.kind !== "file") found.set(path, toHex(before.id));
      }
    };
    visit(toBinary(parentTree), toBinary(tree), "", 0);
    return found;
  }

  /** The blob at `path` in a tree, hex. */
  blobAt(tree: string, path: string): string | undefined {
    const found = this.#entryAt(tree, path);
    return found?.kind === "file" ? toHex(found.id) : undefined;
  }

  /** Whether anything is at `path` in a tree. */
  stands(tree: string, path: string): boolean {
    return this.#entryAt(tree, path) !== undefined;
  }

  #entryAt(tree: string, path: string): TreeLine | undefined {
    let id = toBinary(tree);
    const names = path.split("/");
    for (const [i, name] of names.entries()) {
      const { line } = this.#entryIn(id, name) ?? {};
      if (line === undefined || i === names.length - 1) return line;
      if (line.kind !== "folder") return undefined;
      id = line.id;
    }
    return undefined;
  }

  /** Where the names stand that lead to the file; undefined: there is none. */
  stepsTo(tree: string, path: string): NamePlace[] | undefined {
    const steps: NamePlace[] = [];
    let id = toBinary(tree);
    for (const name of path.split("/")) {
      const found = this.#entryIn(id, name);
      if (found === undefined) return undefined;
      steps.push([toHex(id), found.at]);
      id = found.line.id;
    }
    return steps;
  }

  /** Tells of each name in a tree, hex, where it stands. */
  eachName(tree: string, tell: (name: string, place: NamePlace) => void): void {
    const bytes = this.#bytesOf(toBinary(tree)) ?? NO_BYTES;
    for (let at = 0; at < bytes.length;) {
      const line = readEntry(bytes, at, this.#idBytes);
      if (line === undefined) return;
      tell(line.name, [tree, at]);
      at = line.next;
    }
  }

  /** The name that stands there; undefined: none does. */
  nameAt([tree, at]: NamePlace): string | undefined {
    const bytes = this.#bytesOf(toBinary(tree)) ?? NO_BYTES;
    return at < bytes.length ? readEntry(bytes, at, this.#idBytes)?.name : undefined;
  }

  #entryIn(id: string, name: string): { readonly at: number; readonly line: TreeLine } | undefined {
    const bytes = this.#bytesOf(id) ?? NO_BYTES;
    const at = findEntry(bytes, Buffer.from(name, "latin1"), this.#idBytes);
    const line = at < 0 ? undefined : readEntry(bytes, at, this.#idBytes);
    return line && { at, line };
  }

  /** Where they lie, until another tree is read. */
  #bytesOf(id: string): Buffer | undefined {
    const tree = this.#tree(id);
    return tree && this.#trees.bytes.subarray(tree.address, tree.address + tree.length);
  }

  #tree(id: string): TreeBytes | undefined {
    const known = this.#readAt === this.#trees.mark() ? this.#read.get(id) : undefined;
    if (known !== undefined) return known;
    try {
      const tree = this.#trees.read(Buffer.from(id, "latin1"), 0);
      const mark = this.#trees.mark();
      if (this.#readAt !== mark || this.#read.size >= MOST_READ) this.#read.clear();
      this.#readAt = mark;
      this.#read.set(id, tree);
      return tree;
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      if (!this.#failed.has(id)) this.#skip({ what: `tree ${toHex(id)}`, why: error.message });
      this.#failed.add(id);
      return undefined;
    }
  }

  /** How two trees differ: so many pairs of offsets at `#out`. */
  #compare(oldId: string | undefined, newId: string | undefined): { count: number; oldAt: number; newAt: number } {
    let before: TreeBytes | undefined;
    let after: TreeBytes | undefined;
    for (let attempt = 0; attempt < 3; attempt++) {
      const mark = this.#trees.mark();
      before = oldId === undefined ? undefined : this.#tree(oldId);
      after = newId === undefined ? undefined : this.#tree(newId);
      if (mark === this.#trees.mark()) break;
    }
    // A tree that cannot be read counts as empty: what is below is then told as new, never lost.
    const [oldAt, newAt] = [before?.address ?? 0, after?.address ?? 0];
    const [oldLength, newLength] = [before?.length ?? 0, after?.length ?? 0];
    const count = this.#git.compareTrees(
      oldAt,
      oldLength,
      newAt,
      newLength,
      this.#idBytes,
      this.#out,
      MAX_CHANGES,
      0,
      0,
    );
    if (count >= 0) return { count, oldAt, newAt };
    this.#skip({ what: `tree ${toHex(newId ?? oldId ?? "")}`, why: GIT_CORE_ERRORS[count] ?? "damaged" });
    return { count: 0, oldAt, newAt };
  }

  /** The same, copied out, so that reading other trees does not disturb it. */
  #changes(oldId: string | undefined, newId: string | undefined): { before?: TreeLine; after?: TreeLine }[] {
    const { count, oldAt, newAt } = this.#compare(oldId, newId);
    const bytes = this.#trees.bytes;
    const pairs = new Int32Array(bytes.buffer, this.#out, 2 * count);
    return Array.from({ length: count }, (_, i) => {
      const [n, o] = [pairs[2 * i] as number, pairs[2 * i + 1] as number];
      const before = o < 0 ? undefined : readEntry(bytes, oldAt + o, this.#idBytes);
      const after = n < 0 ? undefined : readEntry(bytes, newAt + n, this.#idBytes);
      return { ...(before && { before }), ...(after && { after }) };
    });
  }

  #folder(
    commit: GraphCommit,
    oldId: string | undefined,
    newId: string,
    prefix: string,
    sink: TreeWalkSink,
    depth: number,
  ): void {
    if (sink.isSame?.(newId, oldId) === true) return;
    if (this.#isSeen(newId, sink.isPart === true ? `${commit.id}\0${prefix}` : prefix)) return;
    if (depth > DEEPEST) {
      this.#skip({ what: `tree ${toHex(newId)}`, why: `it lies more than ${DEEPEST} folders deep` });
      return;
    }
    if (this.#isSpread) {
      this.#skip({ what: `tree ${toHex(newId)}`, why: "trees stand at too many places to look at all of them" });
      return;
    }
    const { count, oldAt, newAt } = this.#compare(oldId, newId);
    if (count === 0) return;
    const bytes = this.#trees.bytes;
    const pairs = new Int32Array(bytes.buffer, this.#out, 2 * count);
    // Files are told at once; folders come after, because reading their trees overwrites what lies here.
    const folders: { readonly name: string; readonly id: string; readonly before: string | undefined }[] = [];
    for (let i = 0; i < count; i++) {
      const n = pairs[2 * i] as number;
      if (n < 0) continue;
      const o = pairs[2 * i + 1] as number;
      const isNew = o < 0;
      const isChangedFile = !isNew && isPlainFile(bytes, newAt + n) && isPlainFile(bytes, oldAt + o);
      if (isChangedFile) {
        // By far the most.
        const at = bytes.indexOf(0, newAt + n + 7) + 1;
        const id = bytes.toString("latin1", at, at + this.#idBytes);
        if (!sink.wants(id)) continue;
      }
      const after = readEntry(bytes, newAt + n, this.#idBytes);
      if (after === undefined) {
        this.#skip({ what: `tree ${toHex(newId)}`, why: "an entry of it is damaged" });
        continue;
      }
      const before = isNew ? undefined : readEntry(bytes, oldAt + o, this.#idBytes);
      if (isNew && sink.named !== undefined && !this.#seenNames.has(after.name)) {
        const isHeard = sink.named(after.name, { commit, path: prefix + after.name }) !== false;
        if (isHeard) this.#seenNames.add(after.name);
      }
      if (after.kind === "file" && before?.kind !== "file") {
        sink.filed?.({ commit, path: prefix + after.name, blob: toHex(after.id) });
      }
      if (after.kind === "folder") {
        folders.push({ name: after.name, id: after.id, before: before?.kind === "folder" ? before.id : undefined });
      } else if (after.kind === "file" && (isChangedFile || sink.wants(after.id))) {
        const introduction = { commit, path: prefix + after.name, blob: toHex(after.id) };
        sink.introduced(before?.kind === "file" ? { ...introduction, before: toHex(before.id) } : introduction);
      }
    }
    for (const { name, id, before } of folders) {
      this.#folder(commit, before, id, `${prefix}${name}/`, sink, depth + 1);
    }
  }
}
