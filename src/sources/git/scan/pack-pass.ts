// One pass over a pack: loads what is to be scanned, as much at once as the memory bound allows, and scans it.
import { markNeeded, SCAN, type FamilyScan, type FamilySink } from "./family-scan.ts";
import type { Matcher } from "./matcher.ts";
import type { Pack } from "../objects/object-store.ts";
import { BLOB, COMMIT, TAG } from "../objects/object-id.ts";
import { PackFile, packedBytes, roomToLoad, wholeAddresses } from "../objects/pack-loader.ts";
import { NONE, readPackTable, type FamilyTable, type PackTable } from "../objects/pack-table.ts";
import { workspaceOf } from "./workspace.ts";

/** Packs up to this size are held whole while they are scanned; larger ones go through in parts. */
export const WHOLE_BYTES = 1 << 30;

export interface OpenPack {
  readonly pack: Pack;
  readonly file: PackFile;
  readonly table: PackTable;
  /** Where the whole pack lies in memory, when it does. */
  readonly address?: number;
}

/** The region of the shared memory that packs are loaded into, one after the other. */
export class PackRegion {
  readonly address: number;
  readonly capacity: number;

  constructor(matcher: Matcher, capacity: number) {
    this.capacity = capacity;
    this.address = workspaceOf(matcher).region("pack", roomToLoad(capacity));
  }
}

/** Reads the table of a pack; loads it whole on the way when it fits. @throws BrokenObject */
export function openPack(pack: Pack, matcher: Matcher, region: PackRegion | undefined): OpenPack {
  const file = new PackFile(pack);
  try {
    const end = pack.size - pack.index.idBytes;
    if (region === undefined || pack.size > region.capacity) {
      return { pack, file, table: readPackTable(pack.index, end, file.reader()) };
    }
    const bytes = file.loadWhole(matcher.memory, region.address);
    const table = readPackTable(pack.index, end, (offset, length) => bytes.subarray(offset, offset + length));
    return { pack, file, table, address: region.address };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The roots of all families that hold blobs, commits or tags. */
export function familyRoots({ base, type, count, broken }: PackTable): number[] {
  const roots: number[] = [];
  for (let rank = 0; rank < count; rank++) {
    const kind = type[rank];
    if (base[rank] === NONE && !broken.has(rank) && (kind === BLOB || kind === COMMIT || kind === TAG))
      roots.push(rank);
  }
  return roots;
}

/** Scans families of one pack, as many at a time as are asked for. */
export class PackScan {
  readonly #pack: Pick<OpenPack, "file" | "address"> & { readonly table: FamilyTable };
  readonly #matcher: Matcher;
  readonly #region: PackRegion;
  readonly #scan: FamilyScan;
  readonly #todo: Uint8Array;
  readonly #sink: FamilySink;
  /** Entries that are to be scanned, and what they build on. */
  readonly #needed: Uint8Array;
  readonly #addresses: Uint32Array;
  /** Entries that are loaded at once. */
  #members: Int32Array | undefined;

  constructor(
    pack: Pick<OpenPack, "file" | "address"> & { readonly table: FamilyTable },
    matcher: Matcher,
    region: PackRegion,
    scan: FamilyScan,
    todo: Uint8Array,
    sink: FamilySink,
  ) {
    const { table, address } = pack;
    this.#pack = pack;
    this.#matcher = matcher;
    this.#region = region;
    this.#scan = scan;
    this.#todo = todo;
    this.#sink = sink;
    this.#needed = markNeeded(table, todo);
    this.#addresses = address === undefined ? new Uint32Array(table.count) : wholeAddresses(table, address);
  }

  /** @param pause is called now and then, and at the end. */
  async scan(roots: Iterable<number>, pause: () => void): Promise<void> {
    const { table, file, address } = this.#pack;
    if (address !== undefined) return this.#run(roots, pause);
    const members = (this.#members ??= new Int32Array(table.count));
    let part: number[] = [];
    let [filled, bytes] = [0, 0];
    const flush = async () => {
      if (part.length === 0) return;
      const ranks = members.subarray(0, filled).sort();
      file.load(this.#matcher.memory, this.#region.address, table, ranks, this.#addresses);
      await this.#run(part, pause);
      part = [];
      [filled, bytes] = [0, 0];
    };
    for (const root of roots) {
      if (this.#needed[root] === 0) continue;
      let end = this.#family(root, filled);
      const size = packedBytes(table, members.subarray(filled, end));
      if (size > this.#region.capacity) {
        const why = "its chain of deltas is too large";
        for (const rank of members.subarray(filled, end)) if (this.#todo[rank] === SCAN) this.#sink.deferred(rank, why);
        continue;
      }
      if (bytes + size > this.#region.capacity) {
        await flush();
        end = this.#family(root, 0);
      }
      part.push(root);
      filled = end;
      bytes += size;
    }
    await flush();
  }

  /** Puts what is needed of a family into `#members`, from `from` on. @returns where it ends there */
  #family(root: number, from: number): number {
    const { firstChild, nextSibling } = this.#pack.table;
    const [members, needed] = [this.#members as Int32Array, this.#needed];
    let end = from;
    members[end++] = root;
    for (let i = from; i < end; i++) {
      let child = firstChild[members[i] as number] as number;
      for (; child !== NONE; child = nextSibling[child] as number) if (needed[child] === 1) members[end++] = child;
    }
    return end;
  }

  #run(roots: Iterable<number>, pause: () => void): Promise<void> {
    return this.#scan.run(this.#pack.table, this.#addresses, roots, this.#todo, this.#needed, this.#sink, pause);
  }
}
