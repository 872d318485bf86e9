// What all trees of a repository say, each read once: family by family, as blobs are scanned, and of a delta only the
// entries in which it differs from its base. So a history with a hundred thousand trees is a few hundred thousand entries.
import { SLACK, STRAY, UNUSUAL, type GitAsked, type GitCore } from "../core/git-core.ts";
import { LISTS, type GitLists } from "../core/git-lists.ts";
import { BrokenObject } from "../objects/broken.ts";
import type { ProgressMeter } from "../progress.ts";
import type { Matcher } from "../core/matcher.ts";
import { keyAt, type ObjectNumbers } from "../objects/object-numbers.ts";
import type { PackColumns } from "../objects/pack-columns.ts";
import { LARGEST_TREE, type LoadedPack, type TreeReader } from "./tree-reader.ts";
import { MAX_CHANGES } from "./tree-walk.ts";
import { readEntry } from "../objects/tree-entries.ts";
import { TreeNames } from "./tree-names.ts";
import { workspaceOf } from "../core/workspace.ts";

/** Room for the trees of a family on which others are still to be built, and for one more. */
const ARENA_BYTES = 64 << 20;
/** Numbers that the columns may hold: past it the trees are walked commit by commit instead. */
const MOST_NUMBERS = 64 << 20;

export const REMOVED = 1;
export const FILE = 0;
export const FOLDER = 2;
const MODULE = 4;

/** Words of a change as the core tells it. */
const CHANGE_WORDS = 3;

/** Bytes of trees that are made, and trees that are begun from, before others may run. */
const SLICE_BYTES = 8 << 20;
const ROOTS_AT_ONCE = 1024;

/** As assembly/object-ids.ts has ids of objects wait for their numbers. */
const WAITING_BYTES = 48 * 256 + 16;

/**
 * As many changes as most histories have in their trees, for each object of any kind: redis' four, git's eleven. Room that is not used
 * takes no memory, and a list that grows leaves what it had behind.
 */
const CHANGES_AN_OBJECT = 12;

/** Lets others run when it is time. */
type Meter = Pick<ProgressMeter, "isDue" | "tick">;

/** Whether a change tells the object's number: of a file that is gone it is enough to tell it from others. */
const isNumbered = (what: number) => (what & 6) === FOLDER || (what & 7) === FILE;

export class TreeIndex {
  readonly names: TreeNames;
  readonly numbers: ObjectNumbers;
  readonly lists: GitLists;
  readonly #reader: TreeReader;
  readonly #git: GitCore;
  readonly #columns: PackColumns;
  readonly #idBytes: number;
  /** Numbers of files that no pack holds. */
  readonly #strayFiles = new Set<number>();

  /** @param asked learns what the core asks about trees. The core must know the ids of all packs. */
  constructor(
    matcher: Matcher,
    lists: GitLists,
    asked: Partial<GitAsked>,
    reader: TreeReader,
    columns: PackColumns,
    numbers: ObjectNumbers,
    idBytes: number,
  ) {
    const space = workspaceOf(matcher);
    const { git } = lists;
    // What no pack holds is read one by one.
    const arenaBytes = numbers.packed === 0 ? 0 : ARENA_BYTES;
    const treeBytes = numbers.packed === 0 ? 0 : LARGEST_TREE;
    this.#git = git;
    this.lists = lists;
    this.#columns = columns;
    this.#reader = reader;
    this.numbers = numbers;
    this.#idBytes = idBytes;
    this.names = new TreeNames(matcher, git);
    asked.roomForNames = () => this.names.grow();
    asked.rareChange = (change, tree, length) => this.#rareChange(change >>> 2, tree >>> 0, length);
    asked.readTree = (number) => this.#readTree(number);
    git.treesSetup(
      space.region("tree changes", 8 * MAX_CHANGES),
      MAX_CHANGES,
      space.region("numbered tree changes", 4 * CHANGE_WORDS * 2 * MAX_CHANGES),
      space.region("arena", arenaBytes + 2 * SLACK) + SLACK,
      arenaBytes,
      space.region("tree delta", treeBytes + SLACK),
      treeBytes,
      MOST_NUMBERS / 2,
      space.region("ids that wait", WAITING_BYTES),
      numbers.packed,
    );
    for (const list of [LISTS.what, LISTS.object, LISTS.children]) git.clear(list, 0);
    for (const list of [LISTS.trees, LISTS.what, LISTS.object, LISTS.children]) {
      git.makeRoom(list, Math.min(CHANGES_AN_OBJECT * numbers.packed, MOST_NUMBERS / 2));
    }
  }

  /** Whether there are more trees than the columns may hold; then nothing here is to be trusted. */
  get isTooLarge(): boolean {
    return this.#git.tooManyTrees() !== 0;
  }

  /** Reads all trees of a pack. What cannot be read is left to `reach`. */
  async readPack({ table, addresses }: LoadedPack, meter: Meter): Promise<void> {
    const { count, index } = table;
    const at = this.lists.put("addresses of trees", new Int32Array(addresses.buffer));
    for (let rank = 0; rank < count && !this.isTooLarge;) {
      // Others may have gone on with another pack meanwhile.
      this.#columns.choose(table, at, this.numbers.startOf(index));
      rank = this.#git.treeFamilies(rank, SLICE_BYTES);
      if (meter.isDue) await meter.tick();
    }
  }

  /**
   * Completes a change that the core left to us.
   *
   * @param word where it stands in the memory's words.
   * @param address the newer tree's, and its length.
   * @returns what it is; below zero: it is damaged.
   */
  #rareChange(word: number, address: number, length: number): number {
    const { words, bytes } = this.lists;
    let what = words[word] as number;
    let object = words[word + 1] as number;
    const at = (words[word + 2] as number) >>> 0;
    if (what === UNUSUAL) {
      const entry = readEntry(bytes, at, this.#idBytes);
      if (entry === undefined) return -1;
      const removed = at >= address && at < address + length ? 0 : REMOVED;
      const kind = entry.kind === "folder" ? FOLDER : entry.kind === "file" ? FILE : MODULE;
      const nul = bytes.indexOf(0, at);
      what = (this.names.numberOf(bytes.indexOf(0x20, at) + 1, nul) << 3) | kind | removed;
      // The memory may have grown.
      object = isNumbered(what) ? this.numbers.of(this.lists.bytes, nul + 1) : keyAt(this.lists.bytes, nul + 1);
    } else if (object === STRAY && isNumbered(what)) {
      object = this.numbers.of(bytes, bytes.indexOf(0, at) + 1);
    }
    if (object >= this.numbers.packed && (what & 7) === FILE) this.#strayFiles.add(object);
    this.lists.words[word] = what;
    this.lists.words[word + 1] = object;
    return what;
  }

  #readTree(number: number): void {
    try {
      const { address, length } = this.#reader.read(Buffer.from(this.numbers.idOf(number), "latin1"), 0);
      this.#git.addTree(number, address, length);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.#git.damagedTree(number);
    }
  }

  /** Reads whatever these trees lead to and packs do not hold. */
  async reach(roots: Int32Array, meter: Meter): Promise<void> {
    const address = this.lists.put("roots", roots);
    for (let end = roots.length; end > 0; end -= ROOTS_AT_ONCE) {
      const at = Math.max(0, end - ROOTS_AT_ONCE);
      this.#git.reachTrees(address + 4 * at, end - at);
      if (meter.isDue) await meter.tick();
    }
  }

  /** Files that trees name and no pack holds; numbers. */
  get strayFiles(): ReadonlySet<number> {
    return this.#strayFiles;
  }
}
