// What a pack's entries are, in the order in which they lie: types, sizes, and which delta builds on which. Columns of
// numbers, not objects: packs hold millions of entries.
import type { GitAsked, GitCore } from "../core/git-core.ts";
import { LISTS, type GitLists } from "../core/git-lists.ts";
import { BrokenObject } from "./broken.ts";
import type { ObjectType } from "../object-id.ts";
import type { PackIndex } from "./pack-index.ts";

export const NONE = -1;

/** What scanning families needs of a pack. */
export interface FamilyTable {
  readonly count: number;
  /** Where the entry starts in the file; ascending. One more than entries: the last is where the entries end. */
  readonly offset: Float64Array;
  /** Bytes of the entry before its zlib stream. */
  readonly head: Uint8Array;
  /** Bytes after inflating: of the object, or of the delta. */
  readonly size: Float64Array;
  /** What kind of object it is at the end of its chain of deltas; 0: broken or its base is not here. */
  readonly type: Uint8Array;
  /** The entry that a delta builds on; NONE: it is no delta. */
  readonly base: Int32Array;
  /** The entries that build on this one, as a linked list. */
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  /** The entry's number in the index. */
  readonly nameOf: Uint32Array;
  /** Where the columns lie in the git core's memory, in the order that `packColumns` wants, if they do. */
  readonly address?: number;
}

/** Families in the git core's memory: addresses of their roots, words, and of how much work each is, doubles. */
export interface FamilyWork {
  readonly lists: GitLists;
  readonly count: number;
  readonly roots: number;
  readonly costs: number;
  /** The sum of it: nanoseconds or so. */
  readonly all: number;
}

/** Why an entry cannot be read, as assembly/pack-table.ts counts; behind these are types. */
const REASONS: readonly (string | undefined)[] = [
  undefined,
  "the index names a place that is not in the pack",
  "its delta's base is not in the pack",
  "the next object begins within its header",
  "its chain of deltas leads nowhere",
];
const UNKNOWN_TYPE = 8;

/** Reads part of a pack into the git core's memory: at most `length` bytes from `offset` on, fewer only where the file ends. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** Bytes of the columns for an entry, and behind them for one more and for the sort. */
const ENTRY_BYTES = 38;
const MORE_BYTES = 8 + 4 + 8192;

type Columns = Omit<FamilyTable, "count" | "address"> & { readonly rankOf: Uint32Array };

/** The table of a pack in the git core's memory. */
export class PackTable implements FamilyTable {
  readonly count: number;
  readonly address: number;
  readonly index: PackIndex;
  /** Entries that cannot be read, and why. */
  readonly broken: ReadonlyMap<number, string>;
  readonly #lists: GitLists;
  #columns: Columns | undefined;

  constructor(index: PackIndex, lists: GitLists, address: number, broken: ReadonlyMap<number, string>) {
    this.count = index.count;
    this.address = address;
    this.index = index;
    this.broken = broken;
    this.#lists = lists;
  }

  /** Views, which die when the memory grows: who goes through a column asks for it once. */
  get #views(): Columns {
    const { buffer } = this.#lists.words;
    if (this.#columns?.offset.buffer !== buffer) {
      const rankOf = new Uint32Array(buffer, (this.address + tableBytes(this.count) + 3) & ~3, this.count);
      this.#columns = { ...columnsAt(buffer, this.address, this.count), rankOf };
    }
    return this.#columns as Columns;
  }

  get offset(): Float64Array {
    return this.#views.offset;
  }
  get head(): Uint8Array {
    return this.#views.head;
  }
  get size(): Float64Array {
    return this.#views.size;
  }
  get type(): Uint8Array {
    return this.#views.type;
  }
  get base(): Int32Array {
    return this.#views.base;
  }
  get firstChild(): Int32Array {
    return this.#views.firstChild;
  }
  get nextSibling(): Int32Array {
    return this.#views.nextSibling;
  }
  get nameOf(): Uint32Array {
    return this.#views.nameOf;
  }
  /** The entry of each number in the index. */
  get rankOf(): Uint32Array {
    return this.#views.rankOf;
  }

  /** Marks all objects of such types. */
  marked(types: readonly ObjectType[]): { readonly marks: Uint8Array; readonly count: number } {
    const at = this.#lists.room("wanted", this.count + 64);
    const count = this.#core().markTypes(bitsOf(types), at);
    return { marks: this.#marksAt(at), count };
  }

  /** Marks what is marked in `wanted`, and what that builds on. */
  neededFor(wanted: Uint8Array): Uint8Array {
    const wantedAt = this.#lists.putBytes("wanted", wanted);
    const at = this.#lists.room("needed for that", this.count + 64);
    this.#core().markNeeded(wantedAt, at);
    return this.#marksAt(at);
  }

  /** The first entry of each family of such types, in the order in which they lie. */
  roots(types: readonly ObjectType[]): Int32Array {
    const at = this.#lists.room("roots of families", 4 * this.count + 64);
    const count = this.#core().familyRoots(bitsOf(types), at);
    return this.#lists.words.slice(at >>> 2, (at >>> 2) + count);
  }

  /** How much work these families are. */
  workOf(roots: Int32Array): FamilyWork {
    const lists = this.#lists;
    const count = roots.length;
    const rootsAt = lists.put("families", roots);
    const costs = lists.room("work of families", 8 * count + 64);
    const all = this.#core().workOf(rootsAt, count, costs);
    return { lists, count, roots: rootsAt, costs, all };
  }

  /** A copy for threads, which share it. */
  copy(): FamilyTable {
    const { count, address } = this;
    const bytes = tableBytes(count);
    const shared = new SharedArrayBuffer(bytes);
    new Uint8Array(shared).set(this.#lists.bytes.subarray(address, address + bytes));
    return { count, ...columnsAt(shared, 0, count) };
  }

  #core(): GitCore {
    const { git } = this.#lists;
    git.packColumns(this.address, this.count, 0, 0);
    return git;
  }

  #marksAt(at: number): Uint8Array {
    return new Uint8Array(this.#lists.bytes.subarray(at, at + this.count));
  }
}

const bitsOf = (types: readonly ObjectType[]): number => types.reduce((bits, type) => bits | (1 << type), 0);

/** Bytes of the columns that scanning families needs. */
const tableBytes = (count: number): number => 34 * count + 8;

function columnsAt(buffer: ArrayBufferLike, address: number, count: number): Omit<FamilyTable, "count" | "address"> {
  let at = address;
  const next = (bytes: number) => (at += bytes) - bytes;
  return {
    offset: new Float64Array(buffer, next(8 * count + 8), count + 1),
    size: new Float64Array(buffer, next(8 * count), count),
    firstChild: new Int32Array(buffer, next(4 * count), count),
    nextSibling: new Int32Array(buffer, next(4 * count), count),
    nameOf: new Uint32Array(buffer, next(4 * count), count),
    base: new Int32Array(buffer, next(4 * count), count),
    head: new Uint8Array(buffer, next(count), count),
    type: new Uint8Array(buffer, next(count), count),
  };
}

/**
 * @param end where the entries end: the file's size without its checksum.
 * @param name of the memory that the table takes.
 * @throws BrokenObject when index and pack do not fit together at all.
 */
export function readPackTable(
  index: PackIndex,
  end: number,
  read: ReadAt,
  lists: GitLists,
  asked: Partial<GitAsked>,
  name = "table of a pack",
): PackTable {
  const { count, idBytes } = index;
  const signature = Buffer.from(read(0, 12));
  if (signature.length < 12 || signature.toString("latin1", 0, 4) !== "PACK") throw new BrokenObject("not a pack");
  const version = signature.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new BrokenObject(`a pack of version ${version}`);
  // A multi-pack index may list fewer: an object that lies in several packs counts for one.
  if (signature.readUInt32BE(8) < count) throw new BrokenObject("the index lists more objects than the pack has");
  const { git } = lists;
  const address = lists.room(name, ENTRY_BYTES * count + MORE_BYTES);
  const { small, large } = index.offsets();
  const largeAt = lists.putBytes("large offsets", large);
  const smallAt = lists.putBytes("offsets", small);
  git.beginTable(address, count, idBytes);
  if (git.orderEntries(smallAt, largeAt, large.length / 8, end) === 0)
    throw new BrokenObject("the pack index names an offset it has not");
  asked.nameOfBase = (id) => index.find(lists.bytes, id >>> 0);
  for (let rank = 0; rank < count;) {
    const from = lists.bytes.readDoubleLE(address + 8 * rank);
    const bytes = read(from, git.bytesOfHeads(rank));
    rank = git.readHeads(rank, bytes.byteOffset, from, bytes.length);
  }
  git.endTable();
  const broken = new Map<number, string>();
  const found = lists.slice(LISTS.found);
  for (let i = 0; i < found.length; i += 2) {
    const why = found[i + 1] as number;
    broken.set(found[i] as number, REASONS[why] ?? `it is of unknown type ${why - UNKNOWN_TYPE}`);
  }
  return new PackTable(index, lists, address, broken);
}

/** Hex id of the entry. */
export function idOf(table: PackTable, rank: number): string {
  return table.index.id(table.nameOf[rank] as number);
}
