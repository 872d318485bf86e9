// All objects of a repository, wherever they lie; read one by one. A whole history is read by the pack scan instead.
import { closeSync, existsSync, readSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { openRegular } from "../../../disk/regular-file.ts";
import { BrokenObject, EndlessDeltas } from "./broken.ts";
import { applyDelta } from "./delta.ts";
import { inflateByNode, type Inflate } from "./inflate.ts";
import { MAX_OBJECT_BYTES, readLoose, type GitObject } from "./loose.ts";
import { readMultiPackIndex } from "./multi-pack-index.ts";
import { BLOB, COMMIT, OFS_DELTA, REF_DELTA, TAG, TREE, type ObjectFormat, type ObjectType } from "../object-id.ts";
import { PackIndex } from "./pack-index.ts";
import type { Repository } from "../repository.ts";
import type { Skipped } from "../../source.ts";
import { readBaseDistance, readEntryHeader } from "./varint.ts";

/** A pack whose index could be read. */
export interface Pack {
  readonly path: string;
  readonly index: PackIndex;
  /** Bytes of the file. */
  readonly size: number;
  readonly isPromisor: boolean;
}

const HEADER_BYTES = 64;
const RECENT_BYTES = 24 << 20;
/** To read so much takes hardly longer than to read the header of an entry. */
const WINDOW_BYTES = 8192;
const NO_WINDOW = { path: "", from: 0, bytes: Buffer.alloc(0) };
/** What chains of deltas make on the way, and nobody keeps, is written to the same place, unless it is larger. */
const MOST_ROOM_BYTES = 1 << 20;
/** The longest chain that git makes (`pack.depth`). */
const MOST_DELTAS = 4096;

function openPacks(objectDir: string, format: ObjectFormat, skip: (item: Skipped) => void, isForFew: boolean): Pack[] {
  const folder = join(objectDir, "pack");
  if (!existsSync(folder)) return [];
  const names = new Set(readdirSync(folder));
  let multi: Map<string, PackIndex> | undefined;
  try {
    multi = readMultiPackIndex(objectDir, format);
  } catch (error) {
    if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
    skip({ what: join(folder, "multi-pack-index"), why: error.message });
  }
  const packs: Pack[] = [];
  for (const name of [...names].filter((file) => file.endsWith(".pack")).sort()) {
    const stem = name.slice(0, -5);
    const path = join(folder, name);
    try {
      const read = isForFew ? PackIndex.readInParts : PackIndex.read;
      const own = names.has(`${stem}.idx`) ? read(join(folder, `${stem}.idx`), format) : multi?.get(stem);
      if (own === undefined) throw new BrokenObject("the pack has no index; run `git index-pack` on it");
      packs.push({ path, index: own, size: statSync(path).size, isPromisor: names.has(`${stem}.promisor`) });
    } catch (error) {
      const substitute = multi?.get(stem);
      if (substitute !== undefined) {
        packs.push({ path, index: substitute, size: statSync(path).size, isPromisor: names.has(`${stem}.promisor`) });
      } else skip({ what: path, why: error instanceof Error ? error.message : "cannot be read" });
    }
  }
  return packs;
}

/** What an entry's header says. */
type Entry = { readonly size: number; readonly streamAt: number } & (
  | { readonly type: ObjectType }
  /** `base`: an offset in the same pack, or an id. */
  | { readonly type: typeof OFS_DELTA | typeof REF_DELTA; readonly base: number | Buffer }
);

/** A delta under way. */
interface Link {
  readonly key: string;
  readonly pack: Pack;
  readonly entry: Entry;
}

export class ObjectStore {
  readonly packs: readonly Pack[];
  readonly #repository: Repository;
  readonly #files = new Map<string, number>();
  readonly #recent = new Map<string, GitObject>();
  readonly #inflate: Inflate;
  #recentBytes = 0;
  /** What was read last: an entry's header and its stream, as a rule, and often the entries behind it. */
  #window: { readonly path: string; readonly from: number; readonly bytes: Buffer } = NO_WINDOW;
  readonly #room = Buffer.allocUnsafe(WINDOW_BYTES);
  /** Objects that a chain was made from before, of which neighbours may follow. */
  readonly #bases = new WeakSet<GitObject>();
  /** For what is made on the way: a link's base stands in the other one. */
  readonly #rooms: [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>] = [Buffer.alloc(0), Buffer.alloc(0)];
  /** Entries under way: each is the base of the one before. */
  readonly #reading = new Set<string>();
  /** Entries that could not be read: packs that name each other's objects must not be tried in every combination. */
  readonly #damaged = new Map<string, unknown>();

  /**
   * @param skip hears of packs that cannot be read.
   * @param isForFew whether few objects are asked for, so that indexes are read in parts, until `close`.
   */
  constructor(
    repository: Repository,
    skip: (item: Skipped) => void,
    inflate: Inflate = inflateByNode,
    isForFew = false,
  ) {
    this.#inflate = inflate;
    this.#repository = repository;
    this.packs = repository.objectDirs.flatMap((dir) => openPacks(dir, repository.format, skip, isForFew));
  }

  get repository(): Repository {
    return this.#repository;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
    for (const { index } of this.packs) index.close();
  }

  /** Whether the repository holds the object, whatever state it is in. */
  has(id: Buffer): boolean {
    if (this.packs.some(({ index }) => index.find(id) >= 0)) return true;
    const name = id.toString("hex");
    return this.#repository.objectDirs.some((dir) => existsSync(join(dir, name.slice(0, 2), name.slice(2))));
  }

  /** The object, or undefined when the repository does not hold it. @throws BrokenObject when it is damaged. */
  read(id: string): GitObject | undefined {
    const bytes = Buffer.from(id, "hex");
    let damage: unknown;
    for (const pack of this.packs) {
      const i = pack.index.find(bytes);
      if (i < 0) continue;
      try {
        return this.#readPacked(pack, pack.index.offset(i));
      } catch (error) {
        damage = error; // another pack may hold a sound copy
      }
    }
    for (const dir of this.#repository.objectDirs) {
      const loose = readLoose(dir, id, this.#inflate);
      if (loose !== undefined) return loose;
    }
    if (damage !== undefined) throw damage instanceof BrokenObject ? damage : new BrokenObject("the object is damaged");
    return undefined;
  }

  /** Part of a pack, up to its end: a view that the next call may overwrite where little is asked for. */
  #read(pack: Pack, offset: number, length: number): Buffer {
    if (length > WINDOW_BYTES) return this.#readInto(Buffer.allocUnsafe, pack, offset, length);
    const { path, from, bytes } = this.#window;
    if (path === pack.path && from <= offset && offset + length <= from + bytes.length)
      return bytes.subarray(offset - from, offset - from + length);
    this.#window = NO_WINDOW;
    try {
      const fresh = this.#readInto((size) => this.#room.subarray(0, size), pack, offset, WINDOW_BYTES);
      this.#window = { path: pack.path, from: offset, bytes: fresh };
      return fresh.subarray(0, length);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      // What is asked for may lie before the place where the pack was cut.
      return this.#readInto(Buffer.allocUnsafe, pack, offset, length);
    }
  }

  #readInto(room: (bytes: number) => Buffer, pack: Pack, offset: number, length: number): Buffer {
    let file = this.#files.get(pack.path);
    if (file === undefined) this.#files.set(pack.path, (file = openRegular(pack.path).file));
    const bytes = room(Math.max(0, Math.min(length, pack.size - this.#repository.format.bytes - offset)));
    let done = 0;
    while (done < bytes.length) {
      const n = readSync(file, bytes, done, bytes.length - done, offset + done);
      if (n === 0) throw new BrokenObject("the pack is cut short");
      done += n;
    }
    return bytes;
  }

  #roomAt(side: 0 | 1): (bytes: number) => Buffer<ArrayBuffer> {
    return (bytes) => {
      if (bytes > MOST_ROOM_BYTES) return Buffer.allocUnsafe(bytes);
      let room = this.#rooms[side];
      if (room.length < bytes) this.#rooms[side] = room = Buffer.allocUnsafe(Math.min(2 * bytes, MOST_ROOM_BYTES));
      return room.subarray(0, bytes);
    };
  }

  /**
   * Chains of deltas share their bases with their neighbours', so what was read last is kept for a while, and what was made on the
   * way to it from the second chain on: of most few are read, and memory that nobody touched before is dear. A chain is walked
   * down and then applied: called for each of its links, this would need more stack than there is.
   */
  #readPacked(pack: Pack, offset: number): GitObject {
    const links: Link[] = [];
    try {
      let object = this.#readBase(pack, offset, links);
      const hasNeighbours = this.#bases.has(object);
      this.#bases.add(object);
      for (let link = links.at(-1); link !== undefined; link = links.at(-1)) {
        const { key, entry } = link;
        const delta = this.#inflateEntry(link.pack, entry);
        const isKept = hasNeighbours || links.length === 1;
        const room = isKept ? undefined : this.#roomAt(links.length % 2 === 0 ? 0 : 1);
        object = { type: object.type, bytes: applyDelta(object.bytes, delta, room) };
        if (isKept) this.#keep(key, object);
        this.#reading.delete(key);
        links.pop();
      }
      return object;
    } catch (error) {
      for (const { key } of links) {
        this.#damaged.set(key, error);
        this.#reading.delete(key);
      }
      throw error;
    }
  }

  /** What the chain of deltas at `offset` begins with, or comes by first of what is known; its deltas go into `links`. */
  #readBase(pack: Pack, offset: number, links: Link[]): GitObject {
    for (;;) {
      const key = `${pack.path}:${offset}`;
      const recent = this.#recent.get(key);
      if (recent !== undefined) return recent;
      if (this.#damaged.has(key)) throw this.#damaged.get(key);
      if (this.#reading.has(key) || this.#reading.size > MOST_DELTAS) throw new EndlessDeltas();
      const entry = this.#noting(key, () => this.#readEntry(pack, offset));
      if (entry.type !== OFS_DELTA && entry.type !== REF_DELTA) {
        const { type } = entry;
        const object = { type, bytes: this.#noting(key, () => this.#inflateEntry(pack, entry)) };
        this.#keep(key, object);
        return object;
      }
      links.push({ key, pack, entry });
      this.#reading.add(key);
      const { base } = entry;
      if (typeof base === "number") offset = base;
      else {
        const i = pack.index.find(base);
        if (i >= 0) offset = pack.index.offset(i);
        else {
          const elsewhere = this.read(base.toString("hex"));
          if (elsewhere === undefined) throw new BrokenObject("the delta's base is missing");
          return elsewhere;
        }
      }
    }
  }

  /** Remembers what could not be read, so that it is tried once. */
  #noting<T>(key: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#damaged.set(key, error);
      throw error;
    }
  }

  #keep(key: string, object: GitObject): void {
    if (object.bytes.length > RECENT_BYTES / 4) return;
    this.#recent.set(key, object);
    this.#recentBytes += object.bytes.length;
    for (const [oldest, { bytes }] of this.#recent) {
      if (this.#recentBytes <= RECENT_BYTES) break;
      this.#recent.delete(oldest);
      this.#recentBytes -= bytes.length;
    }
  }

  #readEntry(pack: Pack, offset: number): Entry {
    const head = this.#read(pack, offset, HEADER_BYTES);
    const { type, size, length } = readEntryHeader(head, 0);
    if (size > MAX_OBJECT_BYTES) throw new BrokenObject("larger than 512 MB");
    if (type === OFS_DELTA) {
      const base = readBaseDistance(head, length);
      if (base.distance <= 0 || base.distance > offset)
        throw new BrokenObject("the delta's base lies outside of the pack");
      return { type, size, streamAt: offset + length + base.length, base: offset - base.distance };
    }
    if (type === REF_DELTA) {
      const idBytes = this.#repository.format.bytes;
      const base = Buffer.from(head.subarray(length, length + idBytes));
      return { type, size, streamAt: offset + length + idBytes, base };
    }
    if (type !== COMMIT && type !== TREE && type !== BLOB && type !== TAG) {
      throw new BrokenObject(`an object of unknown type ${type}`);
    }
    return { type, size, streamAt: offset + length };
  }

  #inflateEntry(pack: Pack, { size, streamAt }: Entry): Buffer {
    // Deflate makes text smaller as a rule and never grows it by more than a thousandth.
    const packed = this.#read(pack, streamAt, size + (size >> 9) + 128);
    const bytes = this.#inflate(packed, size + 1);
    if (bytes.length !== size) throw new BrokenObject("the object's stream is damaged");
    return bytes;
  }
}
