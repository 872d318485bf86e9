// What all trees of a repository say, each read once: family by family, as blobs are scanned, and of a delta only the
// entries in which it differs from its base. So a history with a hundred thousand trees is a few hundred thousand entries.
import { NAMES_FULL, SLACK, STRAY, UNUSUAL, type GitCore } from "../core/git-core.ts";
import { BrokenObject } from "../objects/broken.ts";
import type { ProgressMeter } from "../history/progress.ts";
import { IntList } from "./int-list.ts";
import type { Matcher } from "../scan/matcher.ts";
import { TREE } from "../objects/object-id.ts";
import { keyAt, type ObjectNumbers } from "../objects/object-numbers.ts";
import { NONE } from "../objects/pack-table.ts";
import { LARGEST_TREE, type LoadedPack, type TreeReader } from "./tree-reader.ts";
import { MAX_CHANGES } from "./tree-walk.ts";
import { readEntry } from "../objects/tree-entries.ts";
import { TreeNames } from "./tree-names.ts";
import { workspaceOf, type Workspace } from "../scan/workspace.ts";

/** Room for a chain of trees and what each of them makes. */
const ARENA_BYTES = 64 << 20;
/** Numbers that the columns may hold: past it the trees are walked commit by commit instead. */
const MOST_NUMBERS = 64 << 20;

export const REMOVED = 1;
export const FILE = 0;
export const FOLDER = 2;
export const MODULE = 4;

/** Words of a change as the core tells it. */
const CHANGE_WORDS = 3;

const NOT_READ = 0;
const READ = 1;
const DAMAGED = 2;

/** Lets others run when it is time. */
type Meter = Pick<ProgressMeter, "isDue" | "tick">;

interface Frame {
  readonly rank: number;
  readonly baseNumber: number;
  readonly baseAddress: number;
  readonly baseLength: number;
  /** Where its own bytes go. */
  readonly address: number;
}

/** Whether a change tells the object's number: of a file that is gone it is enough to tell it from others. */
const isNumbered = (what: number) => (what & 6) === FOLDER || (what & 7) === FILE;

const align = (address: number) => Math.ceil(address / 64) * 64;

export class TreeIndex {
  readonly names: TreeNames;
  readonly numbers: ObjectNumbers;
  /** Trees that were read, the base of each before it. */
  readonly order = new IntList();
  readonly #reader: TreeReader;
  readonly #git: GitCore;
  readonly #idBytes: number;
  readonly #out: number;
  readonly #numbered: number;
  #memoryWords: Int32Array = new Int32Array(0);
  readonly #arena: number;
  readonly #delta: number;
  readonly #state = new IntList(1024, NOT_READ);
  readonly #base = new IntList(1024, NONE);
  readonly #changesFrom = new IntList();
  readonly #changesTo = new IntList();
  /** Of each change: the name's number above three bits that say what it is. */
  readonly #what = new IntList();
  readonly #object = new IntList();
  readonly #childrenFrom = new IntList();
  readonly #childrenTo = new IntList();
  readonly #childName = new IntList();
  readonly #childObject = new IntList();
  /** Numbers of files that no pack holds. */
  readonly #strayFiles = new Set<number>();

  constructor(matcher: Matcher, git: GitCore, reader: TreeReader, numbers: ObjectNumbers, idBytes: number) {
    const space = workspaceOf(matcher);
    this.#git = git;
    this.#reader = reader;
    this.numbers = numbers;
    this.#idBytes = idBytes;
    this.#out = space.region("tree changes", 8 * MAX_CHANGES);
    this.#arena = space.region("arena", ARENA_BYTES + 2 * SLACK) + SLACK;
    this.#delta = space.region("tree delta", LARGEST_TREE + SLACK);
    this.#numbered = space.region("numbered tree changes", 4 * CHANGE_WORDS * 2 * MAX_CHANGES);
    this.names = new TreeNames(matcher, git);
    this.#tellIds(space);
  }

  /** Whether there are more trees than the columns may hold; then nothing here is to be trusted. */
  get isTooLarge(): boolean {
    return this.#what.length + this.#childName.length > MOST_NUMBERS / 2;
  }

  /** Reads all trees of a pack. What cannot be read is left to `reach`. */
  async readPack({ table, addresses }: LoadedPack, meter: Meter): Promise<void> {
    const { count, type, base, broken, index } = table;
    const start = this.numbers.startOf(index);
    for (let rank = 0; rank < count; rank++) {
      if (type[rank] !== TREE || base[rank] !== NONE || broken.has(rank)) continue;
      if (meter.isDue) await meter.tick();
      if (this.isTooLarge) return;
      this.#family({ table, addresses }, rank, start);
    }
  }

  #family({ table, addresses }: LoadedPack, root: number, start: number): void {
    const git = this.#git;
    const { size, firstChild, nextSibling, nameOf, offset, head } = table;
    const stack: Frame[] = [{ rank: root, baseNumber: NONE, baseAddress: 0, baseLength: 0, address: this.#arena }];
    for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
      const { rank, baseNumber, baseAddress, baseLength, address } = frame;
      const bytes = size[rank] as number;
      const source = addresses[rank] as number;
      const end = source + (offset[rank + 1] as number) - (offset[rank] as number) - (head[rank] as number);
      const room = Math.min(LARGEST_TREE, this.#arena + ARENA_BYTES - address);
      if (bytes > room || source === 0) continue;
      let length = git.inflate(source, end, baseNumber === NONE ? address : this.#delta, bytes);
      if (length !== bytes) continue;
      if (baseNumber !== NONE)
        length = git.applyDelta(this.#delta, bytes, baseAddress, baseLength, address, room, this.#delta, 0, 0);
      if (length < 0) continue;
      const number = start + (nameOf[rank] as number);
      this.#add(number, baseNumber, baseAddress, baseLength, address, length);
      if (this.#state.at(number) === DAMAGED) continue;
      const next = align(address + length + SLACK);
      for (let child = firstChild[rank] as number; child !== NONE; child = nextSibling[child] as number) {
        stack.push({ rank: child, baseNumber: number, baseAddress: address, baseLength: length, address: next });
      }
    }
  }

  /** Takes in how a tree differs from another one, or from nothing. */
  #add(number: number, base: number, baseAddress: number, baseLength: number, address: number, length: number): void {
    const git = this.#git;
    const compare = () =>
      git.numberChanges(
        baseAddress,
        baseLength,
        address,
        length,
        this.#out,
        MAX_CHANGES,
        base === NONE ? 0 : 1,
        this.#numbered,
      );
    let count = compare();
    for (; count === NAMES_FULL; count = compare()) this.names.grow();
    if (count < 0) return this.#state.set(number, DAMAGED);
    const from = this.#what.length;
    let folders = git.changedFolders();
    const words = this.#words();
    const first = this.#numbered >>> 2;
    if (git.rareChanges() > 0) {
      for (let i = 0; i < count; i++) {
        const what = this.#rareChange(first + CHANGE_WORDS * i, address, length);
        if (what < 0) return this.#state.set(number, DAMAGED);
        if ((what & 6) === FOLDER) folders++;
      }
    } else {
      for (let at = first, end = first + CHANGE_WORDS * count; at < end; at += CHANGE_WORDS) {
        this.#what.push(words[at] as number);
        this.#object.push(words[at + 1] as number);
      }
    }
    this.#changesFrom.set(number, from);
    this.#changesTo.set(number, this.#what.length);
    this.#base.set(number, base);
    this.#state.set(number, READ);
    this.order.push(number);
    if (folders > 0) this.#makeChildren(number, base);
    else if (base !== NONE) {
      this.#childrenFrom.set(number, this.#childrenFrom.at(base));
      this.#childrenTo.set(number, this.#childrenTo.at(base));
    }
  }

  /**
   * Notes a change that may be one that the core leaves to us.
   *
   * @param address the newer tree's, and its length.
   * @returns what it is; below zero: it is damaged.
   */
  #rareChange(word: number, address: number, length: number): number {
    const words = this.#words();
    const { bytes } = this.#reader;
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
      object = isNumbered(what) ? this.numbers.of(this.#reader.bytes, nul + 1) : keyAt(this.#reader.bytes, nul + 1);
    } else if (object === STRAY && isNumbered(what)) {
      object = this.numbers.of(bytes, bytes.indexOf(0, at) + 1);
    }
    if (object >= this.numbers.packed && (what & 7) === FILE) this.#strayFiles.add(object);
    this.#what.push(what);
    this.#object.push(object);
    return what;
  }

  /** The memory as words; a view that dies when it grows. */
  #words(): Int32Array {
    const { buffer } = this.#reader.bytes;
    if (this.#memoryWords.buffer !== buffer) this.#memoryWords = new Int32Array(buffer);
    return this.#memoryWords;
  }

  /** Tells the core the ids of all packs: in order, or it is told none, so that whoever looks for one finds the same. */
  #tellIds(space: Workspace): void {
    const { indexes, packed } = this.numbers;
    const idBytes = this.#idBytes;
    const ids = space.region("ids of packs", packed * idBytes + 16);
    const counts = space.region("sizes of packs", 4 * indexes.length);
    const recent = space.region("recent objects", 4 << 16);
    const { bytes } = this.#reader;
    let to = ids;
    let isSound = true;
    for (const [pack, index] of indexes.entries()) {
      bytes.set(index.sortedIds().bytes, to);
      bytes.writeUInt32LE(index.count, counts + 4 * pack);
      isSound &&= index.fanoutHolds() && this.#git.areInOrder(to, index.count, idBytes) !== 0;
      to += index.count * idBytes;
    }
    this.#git.knownIds(ids, counts, isSound ? indexes.length : 0, idBytes, recent);
  }

  /** The folders of a tree, by the numbers of their names and their own. */
  #makeChildren(number: number, base: number): void {
    const names = this.#childName;
    const objects = this.#childObject;
    const from = names.length;
    let to = from;
    if (base !== NONE) {
      const [start, end] = [this.#childrenFrom.at(base), this.#childrenTo.at(base)];
      names.repeat(start, end);
      objects.repeat(start, end);
      to += end - start;
    }
    for (let change = this.#changesFrom.at(number), end = this.#changesTo.at(number); change < end; change++) {
      const what = this.#what.at(change);
      if ((what & 6) !== FOLDER) continue;
      const name = what >>> 3;
      const object = this.#object.at(change);
      let at = from;
      while (at < to && (names.at(at) < name || (names.at(at) === name && objects.at(at) < object))) at++;
      if ((what & REMOVED) === 0) {
        names.insert(at, name);
        objects.insert(at, object);
        to++;
      } else if (at < to && names.at(at) === name && objects.at(at) === object) {
        names.remove(at);
        objects.remove(at);
        to--;
      }
    }
    this.#childrenFrom.set(number, from);
    this.#childrenTo.set(number, to);
  }

  /**
   * What each tree has more and less than its base, in columns: the changes of tree `t` stand from `from.at(t)` to
   * `to.at(t)`. A change is a name's number above three bits, `REMOVED` and the kind; the objects are numbers, but of a file
   * that was removed, and of a module, it is the beginning of the id.
   */
  changes() {
    const count = this.#what.length;
    return {
      from: this.#changesFrom,
      to: this.#changesTo,
      base: this.#base,
      what: this.#what.view(0, count),
      object: this.#object.view(0, count),
    };
  }

  /** The folders of tree `t` stand from `from.at(t)` to `to.at(t)`: the numbers of their names, and their own. */
  children() {
    return { from: this.#childrenFrom, to: this.#childrenTo, name: this.#childName, object: this.#childObject };
  }

  /** Whether the tree could be read; reads it when that was not tried before. */
  isSound(number: number): boolean {
    if (this.#state.at(number) !== NOT_READ) return this.#state.at(number) === READ;
    try {
      const { address, length } = this.#reader.read(Buffer.from(this.numbers.idOf(number), "latin1"), 0);
      this.#add(number, NONE, 0, 0, address, length);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.#state.set(number, DAMAGED);
    }
    return this.#state.at(number) === READ;
  }

  /** Reads whatever these trees lead to and packs do not hold. */
  async reach(roots: Iterable<number>, meter: Meter): Promise<void> {
    const seen = new IntList(this.numbers.count);
    const { from, to, object } = this.children();
    const stack = new IntList();
    for (const root of roots) {
      if (seen.at(root) === 0) stack.push(root);
      seen.set(root, 1);
      while (stack.length > 0) {
        const number = stack.pop();
        if (!this.isSound(number)) continue;
        for (let at = from.at(number), end = to.at(number); at < end; at++) {
          const child = object.at(at);
          if (seen.at(child) === 0) stack.push(child);
          seen.set(child, 1);
        }
      }
      if (meter.isDue) await meter.tick();
    }
  }

  /** Files that trees name and no pack holds; numbers. */
  get strayFiles(): ReadonlySet<number> {
    return this.#strayFiles;
  }
}
