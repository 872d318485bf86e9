// A number for every object of a repository, so that what is known of objects stands in columns.
import type { GitLists } from "../core/git-lists.ts";
import type { PackIndex } from "./pack-index.ts";

/** Ids that were asked for last, by two of their bytes: most are asked for again soon. */
const RECENT = 1 << 16;
/** Where few are asked for: each that falls upon a place of its own makes the system find memory for three. */
const RECENT_OF_FEW = 1 << 10;

/** Objects in packs are counted pack by pack, each by its index; all other ids that are asked for come behind. */
export class ObjectNumbers {
  /** How many objects packs hold. */
  readonly packed: number;
  readonly #indexes: readonly PackIndex[];
  readonly #starts: readonly number[];
  readonly #strays = new Map<string, number>();
  readonly #strayIds: string[] = [];
  /** How many of them begin with the same four bytes. */
  readonly #strayKeys = new Map<number, number>();
  /** The ids of packs were looked at, and some are not in order. */
  #isOutOfOrder = false;
  readonly #idBytes: number;
  readonly #recentIds: Uint8Array;
  readonly #recentKeys: Int32Array;
  readonly #recent: Int32Array;

  /** @param isForFew whether few ids will be asked for. */
  constructor(indexes: readonly PackIndex[], idBytes: number, isForFew = false) {
    this.#indexes = indexes;
    this.#idBytes = idBytes;
    const recent = isForFew ? RECENT_OF_FEW : RECENT;
    this.#recentIds = new Uint8Array(recent * idBytes);
    this.#recentKeys = new Int32Array(recent);
    this.#recent = new Int32Array(recent).fill(-1);
    let count = 0;
    this.#starts = indexes.map((index) => (count += index.count) - index.count);
    this.packed = count;
  }

  /** The packs' indexes, in the order in which their objects are counted. */
  get indexes(): readonly PackIndex[] {
    return this.#indexes;
  }

  /** Packed objects, and the others that were met so far. */
  get count(): number {
    return this.packed + this.#strayIds.length;
  }

  /** The first number of a pack's objects. */
  startOf(index: PackIndex): number {
    return this.#starts[this.#indexes.indexOf(index)] as number;
  }

  /** The number of the object whose id stands at `at`. */
  of(ids: Uint8Array, at: number): number {
    const idBytes = this.#idBytes;
    const key = keyAt(ids, at);
    const slot = key & (this.#recent.length - 1);
    const known = slot * idBytes;
    if (this.#recentKeys[slot] === key && (this.#recent[slot] as number) >= 0) {
      let k = 4;
      while (k < idBytes && this.#recentIds[known + k] === ids[at + k]) k++;
      if (k === idBytes) return this.#recent[slot] as number;
    }
    const number = this.#find(ids, at);
    for (let k = 0; k < idBytes; k++) this.#recentIds[known + k] = ids[at + k] as number;
    this.#recentKeys[slot] = key;
    this.#recent[slot] = number;
    return number;
  }

  /** The number of an object, by its hex id. */
  ofHex(id: string): number {
    const bytes = Buffer.alloc(this.#idBytes);
    bytes.write(id, "hex");
    return this.of(bytes, 0);
  }

  /**
   * Tells the core the ids of all packs, which take room: those of a part of a history are not worth it. They must be in order, or it
   * is told none, so that whoever looks for one finds the same. Of what it is not told it asks for the number.
   */
  tell(lists: GitLists, region: (name: string, bytes: number) => number, isWanted: boolean): void {
    const idBytes = this.#idBytes;
    const told = isWanted ? this.#indexes : [];
    const ids = region("ids of packs", told.length === 0 ? 16 : this.packed * idBytes + 16);
    const counts = lists.put(
      "sizes of packs",
      Int32Array.from(told, ({ count }) => count),
    );
    const fans = region("where ids begin", 4 * this.packed + 16 * told.length + 16);
    const { git, bytes } = lists;
    let to = ids;
    let isSound = true;
    for (const index of told) {
      bytes.set(index.sortedIds().bytes, to);
      isSound &&= index.fanoutHolds() && git.areInOrder(to, index.count, idBytes) !== 0;
      to += index.count * idBytes;
    }
    this.#isOutOfOrder = !isSound;
    git.knownIds(ids, counts, isSound ? told.length : 0, idBytes, fans);
  }

  /** The beginning of an object's id. */
  keyOf(number: number): number {
    return keyAt(Buffer.from(this.idOf(number), "latin1"), 0);
  }

  /**
   * Whether there may be another object in packs, or among those that were met, whose id has the same beginning. Of an index that
   * is out of order nobody knows.
   */
  isKeyShared(number: number): boolean {
    if (this.#isOutOfOrder) return true;
    const id = Buffer.from(this.idOf(number), "latin1");
    if (this.#indexes.some((index) => index.hasLookAlike(id))) return true;
    const strays = this.#strayKeys.get(keyAt(id, 0)) ?? 0;
    return strays > (number < this.packed ? 0 : 1);
  }

  #find(ids: Uint8Array, at: number): number {
    for (let p = 0; p < this.#indexes.length; p++) {
      const found = (this.#indexes[p] as PackIndex).find(ids, at);
      if (found >= 0) return (this.#starts[p] as number) + found;
    }
    const id = Buffer.from(ids.buffer, ids.byteOffset + at, this.#idBytes).toString("latin1");
    let number = this.#strays.get(id);
    if (number === undefined) {
      this.#strays.set(id, (number = this.count));
      this.#strayIds.push(id);
      const key = keyAt(ids, at);
      this.#strayKeys.set(key, (this.#strayKeys.get(key) ?? 0) + 1);
    }
    return number;
  }

  /** Binary, one character a byte. */
  idOf(number: number): string {
    return this.#strayIds[number - this.packed] ?? this.#packedId(number).toString("latin1");
  }

  hexOf(number: number): string {
    const stray = this.#strayIds[number - this.packed];
    return stray === undefined ? this.#packedId(number).toString("hex") : Buffer.from(stray, "latin1").toString("hex");
  }

  #packedId(number: number): Buffer {
    let p = this.#starts.length - 1;
    while ((this.#starts[p] as number) > number || this.#indexes[p]?.count === 0) p--;
    return (this.#indexes[p] as PackIndex).idBytesAt(number - (this.#starts[p] as number));
  }

  /** Of how many, from the first on, the ids ascend: a pack's index is in the order of ids. */
  get ordered(): number {
    return this.#indexes[0]?.count ?? 0;
  }

  /** Whether the id of one object comes before that of another. */
  isBefore(one: number, other: number): boolean {
    const first = this.ordered;
    return one < first && other < first ? one < other : this.idOf(one) < this.idOf(other);
  }
}

/** The first four bytes of the id at `at`. */
export const keyAt = (ids: Uint8Array, at: number): number =>
  ((ids[at] as number) << 24) |
  ((ids[at + 1] as number) << 16) |
  ((ids[at + 2] as number) << 8) |
  (ids[at + 3] as number);
