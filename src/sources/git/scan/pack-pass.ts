// One pass over a pack: loads what is to be scanned, as much at once as the memory bound allows, and scans it.
import type { GitAsked } from "../core/git-core.ts";
import type { GitLists } from "../core/git-lists.ts";
import { SCAN, withDescendants, type FamilyScan, type FamilySink } from "./family-scan.ts";
import type { Matcher } from "../core/matcher.ts";
import type { Pack } from "../objects/object-store.ts";
import { BLOB, COMMIT, TAG } from "../object-id.ts";
import { PackFile, roomToLoad, wholeAddresses } from "../objects/pack-loader.ts";
import { readPackTable, type FamilyTable, type PackTable } from "../objects/pack-table.ts";
import { workspaceOf } from "../core/workspace.ts";

/**
 * So much of a pack is in memory at a time, and more only for a family that is larger. What is read over again stays in the processor's
 * caches, and pages that nobody has touched yet cost more than to read them.
 */
const PART_BYTES = 2 << 20;
/** The largest family that is gone through at once. */
const MOST_BYTES = 512 << 20;

export interface OpenPack {
  readonly pack: Pack;
  readonly file: PackFile;
  readonly table: PackTable;
  /** Where each entry's stream lies, when the whole pack is in memory. */
  readonly addresses?: Uint32Array;
}

/** The region of the shared memory that packs are loaded into, part by part. */
export class PackRegion {
  readonly #matcher: Matcher;
  readonly #largest: number;
  #capacity = 0;
  #address = 0;

  /** @param largest size of the packs that are loaded. */
  constructor(matcher: Matcher, largest: number, capacity = PART_BYTES) {
    this.#matcher = matcher;
    this.#largest = largest;
    this.#reserve(Math.min(largest, capacity));
  }

  get address(): number {
    return this.#address;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for more, which loses what is there. False: there is as much as there may be. */
  grow(): boolean {
    const capacity = Math.min(2 * this.#capacity, this.#largest, MOST_BYTES);
    if (capacity <= this.#capacity) return false;
    this.#reserve(capacity);
    return true;
  }

  #reserve(capacity: number): void {
    this.#capacity = capacity;
    this.#address = workspaceOf(this.#matcher).region("pack", roomToLoad(capacity));
  }
}

/**
 * Reads the table of a pack.
 *
 * @param region what the pack goes through meanwhile.
 * @param mayStay whether the pack, if it fits, is to be whole in the region afterwards.
 * @param name of the memory that the table takes: each pack that is open needs one.
 * @throws BrokenObject
 */
export function openPack(
  pack: Pack,
  matcher: Matcher,
  region: PackRegion,
  mayStay: boolean,
  lists: GitLists,
  asked: Partial<GitAsked>,
  name?: string,
): OpenPack {
  const file = new PackFile(pack);
  try {
    const end = pack.size - pack.index.idBytes;
    const { address } = region;
    if (mayStay && pack.size <= region.capacity) {
      file.loadWhole(matcher.memory, address);
      const read = (at: number, bytes: number) =>
        lists.bytes.subarray(address + at, address + Math.min(pack.size, at + bytes));
      const table = readPackTable(pack.index, end, read, lists, asked, name);
      return { pack, file, table, addresses: wholeAddresses(table, address) };
    }
    const read = (at: number, bytes: number) => {
      const part = lists.bytes.subarray(address, address + Math.min(pack.size - at, bytes));
      return part.subarray(0, file.readInto(part, at));
    };
    return { pack, file, table: readPackTable(pack.index, end, read, lists, asked, name) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** What is scanned of a pack: trees are read by others. */
export const TEXTS = [BLOB, COMMIT, TAG] as const;

/** What a scan does with each entry of a pack. Nobody changes it afterwards. */
export interface Marks {
  /** SCAN or IGNORE. */
  readonly todo: Uint8Array;
  /** What is to be scanned, and what that builds on. */
  readonly needed: Uint8Array;
}

/** Scans families of one pack, as many at a time as are asked for. */
export class PackScan {
  readonly #pack: Pick<OpenPack, "file" | "addresses"> & { readonly table: FamilyTable };
  readonly #matcher: Matcher;
  readonly #region: PackRegion;
  readonly #scan: FamilyScan;
  readonly #marks: Marks;
  readonly #sink: FamilySink;

  constructor(
    pack: Pick<OpenPack, "file" | "addresses"> & { readonly table: FamilyTable },
    matcher: Matcher,
    region: PackRegion,
    scan: FamilyScan,
    marks: Marks,
    sink: FamilySink,
  ) {
    this.#pack = pack;
    this.#matcher = matcher;
    this.#region = region;
    this.#scan = scan;
    this.#marks = marks;
    this.#sink = sink;
  }

  /** @param pause is called now and then, and at the end. */
  async scan(roots: Int32Array, pause: () => void): Promise<void> {
    const { table, file, addresses } = this.#pack;
    if (addresses !== undefined) return this.#run(roots, pause);
    for (let begin = 0; begin < roots.length;) {
      const rest = roots.subarray(begin);
      const count = this.#scan.gather(table, rest, this.#marks.needed, this.#region.capacity);
      if (count === 0 && this.#region.grow()) continue;
      begin += Math.max(1, count);
      if (count === 0) {
        const why = "its chain of deltas is too large";
        for (const rank of withDescendants(table, rest[0] as number))
          if (this.#marks.todo[rank] === SCAN) this.#sink.deferred(rank, why);
        continue;
      }
      file.load(this.#matcher.memory, this.#scan.git, this.#region.address);
      await this.#run(rest.subarray(0, count), pause);
    }
  }

  #run(roots: Int32Array, pause: () => void): Promise<void> {
    const { table, addresses } = this.#pack;
    const { todo, needed } = this.#marks;
    return this.#scan.run(table, addresses, roots, todo, needed, this.#sink, pause);
  }
}
