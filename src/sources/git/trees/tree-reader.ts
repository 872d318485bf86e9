// Trees in the shared memory, by object id. A tree is mostly a delta on its neighbour in time, so what was made on the
// way is kept: two halves of memory take turns, and the older one is dropped when the younger is full.
import { GIT_CORE_ERRORS, NO_ROOM, SLACK, type GitCore } from "../core/git-core.ts";
import { BrokenObject, EndlessDeltas, NOT_THERE } from "../objects/broken.ts";
import { AskedGit } from "../objects/cat-file.ts";
import type { GitObject } from "../objects/loose.ts";
import type { LinearMemory } from "../core/webassembly.ts";
import type { Matcher } from "../core/matcher.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { TREE } from "../object-id.ts";
import { NONE, type PackTable } from "../objects/pack-table.ts";
import { workspaceOf, type Workspace } from "../core/workspace.ts";

const HALF_BYTES = 32 << 20;
/** Where little is to be scanned there is but one of this size, until it is full. */
const SMALL_BYTES = 6 << 20;
const SMALL_DELTA_BYTES = 1 << 20;
export const LARGEST_TREE = 8 << 20;
/** For keys: trees of packs beyond are read by the store. */
const MOST_PACKS = 4096;

export interface LoadedPack {
  readonly table: PackTable;
  /** Where each tree's stream lies in memory; 0: not loaded. */
  readonly addresses: Uint32Array;
}

export interface TreeBytes {
  readonly address: number;
  readonly length: number;
}

export class TreeReader {
  readonly #memory: LinearMemory;
  readonly #git: GitCore;
  readonly #store: ObjectStore;
  readonly #packs: readonly LoadedPack[];
  readonly #askedGit: AskedGit;
  /** Trees that cannot be read, and why. */
  readonly #lost = new Map<string, BrokenObject>();
  readonly #space: Workspace;
  #delta = 0;
  #deltaBytes = 0;
  #isSmall: boolean;
  #halves: readonly [number, number];
  readonly #cached: [Map<number | string, TreeBytes>, Map<number | string, TreeBytes>] = [new Map(), new Map()];
  #young: 0 | 1 = 0;
  #next: number;
  #bytes = Buffer.alloc(0);

  constructor(
    matcher: Matcher,
    git: GitCore,
    store: ObjectStore,
    packs: readonly LoadedPack[],
    askedGit = new AskedGit(store.repository),
  ) {
    this.#askedGit = askedGit;
    this.#space = workspaceOf(matcher);
    this.#isSmall = this.#space.isSmall;
    this.#memory = matcher.memory;
    this.#git = git;
    this.#store = store;
    this.#packs = packs;
    this.#roomForDelta(this.#isSmall ? SMALL_DELTA_BYTES : LARGEST_TREE);
    this.#halves = this.#isSmall ? this.#oneHalf() : this.#bothHalves();
    this.#next = this.#halves[0];
  }

  #oneHalf(): [number, number] {
    const address = this.#space.region("few trees", SMALL_BYTES + SLACK);
    return [address, address];
  }

  #bothHalves(): [number, number] {
    const region = (name: string) => this.#space.region(name, HALF_BYTES + SLACK);
    return [region("young trees"), region("old trees")];
  }

  #roomForDelta(bytes: number): void {
    if (bytes <= this.#deltaBytes) return;
    this.#deltaBytes = bytes;
    this.#delta = this.#space.region("tree delta", bytes + SLACK);
  }

  get bytes(): Buffer {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }

  /** Whether what was read before may have been overwritten since `mark()`. */
  mark(): number {
    return this.#turns;
  }
  #turns = 0;

  /** The tree whose id stands at `at` in `ids`. @throws BrokenObject when it is missing, damaged or too large. */
  read(ids: Uint8Array, at: number): TreeBytes {
    let damage: BrokenObject | undefined;
    for (let p = 0; p < Math.min(this.#packs.length, MOST_PACKS); p++) {
      const pack = this.#packs[p] as LoadedPack;
      const name = pack.table.index.find(ids, at);
      if (name < 0) continue;
      const rank = pack.table.rankOf[name] as number;
      if (pack.table.type[rank] !== TREE || pack.table.broken.has(rank)) break;
      try {
        return this.#packed(pack, p, rank);
      } catch (error) {
        if (!(error instanceof BrokenObject)) throw error;
        damage = error;
        break;
      }
    }
    const id = Buffer.from(ids.buffer, ids.byteOffset + at, this.#store.repository.format.bytes).toString("hex");
    const cached = this.#cached[0].get(id) ?? this.#cached[1].get(id);
    if (cached !== undefined) return cached;
    const known = this.#lost.get(id);
    if (known !== undefined) throw known;
    try {
      return this.#alone(id);
    } catch (error) {
      const lost = damage ?? error;
      if (lost instanceof BrokenObject) this.#lost.set(id, lost);
      throw lost;
    }
  }

  /** A tree that no pack that is loaded has undamaged: from wherever it stands else, or from git. @throws BrokenObject */
  #alone(id: string): TreeBytes {
    let object: GitObject | undefined;
    try {
      object = this.#store.read(id);
    } catch (error) {
      if (error instanceof EndlessDeltas || !(error instanceof BrokenObject || error instanceof RangeError))
        throw error;
      object = this.#askedGit.read(id);
      if (object === undefined) throw new BrokenObject(error.message);
    }
    if (object?.type !== TREE) throw new BrokenObject(NOT_THERE);
    if (object.bytes.length > LARGEST_TREE) throw new BrokenObject("it is too large");
    const { address } = this.#room(object.bytes.length);
    object.bytes.copy(this.bytes, address);
    return this.#keep(id, { address, length: object.bytes.length });
  }

  #packed({ table, addresses }: LoadedPack, p: number, rank: number): TreeBytes {
    const { base, size, offset, head } = table;
    const [young, old] = this.#young === 0 ? this.#cached : [this.#cached[1], this.#cached[0]];
    const chain: number[] = [];
    let tree: TreeBytes | undefined;
    for (let at = rank; at !== NONE; at = base[at] as number) {
      const key = at * MOST_PACKS + p;
      tree = young.get(key) ?? old.get(key);
      if (tree !== undefined) break;
      chain.push(at);
    }
    for (let i = chain.length - 1; i >= 0; i--) {
      const entry = chain[i] as number;
      const bytes = size[entry] as number;
      if (bytes > LARGEST_TREE) throw damaged(NO_ROOM);
      const source = addresses[entry] as number;
      if (source === 0) throw damaged(-1);
      const end = source + (offset[entry + 1] as number) - (offset[entry] as number) - (head[entry] as number);
      if (tree === undefined) {
        const { address } = this.#room(bytes);
        const length = this.#git.inflate(source, end, address, bytes);
        if (length !== bytes) throw damaged(length);
        tree = { address, length };
      } else {
        this.#roomForDelta(bytes);
        const length = this.#git.inflate(source, end, this.#delta, bytes);
        if (length !== bytes) throw damaged(length);
        const promised = deltaResult(this.bytes, this.#delta, bytes);
        if (promised > LARGEST_TREE) throw damaged(NO_ROOM);
        const { address, base: from = tree } = this.#room(promised, tree);
        const delta = this.#delta;
        const made = this.#git.applyDelta(delta, bytes, from.address, from.length, address, promised, delta, 0, 0);
        if (made < 0) throw damaged(made);
        tree = { address, length: made };
      }
      this.#keep(entry * MOST_PACKS + p, tree);
    }
    if (tree === undefined) throw damaged(-1);
    return tree;
  }

  #keep(key: number | string, tree: TreeBytes): TreeBytes {
    this.#next = Math.ceil((tree.address + tree.length + SLACK) / 64) * 64;
    this.#cached[this.#young].set(key, tree);
    return tree;
  }

  /** More than a little is to be read: what was lies where it did, and is forgotten. */
  #enlarge(): { address: number } {
    this.#isSmall = false;
    this.#halves = this.#bothHalves();
    for (const half of this.#cached) half.clear();
    this.#turns++;
    this.#next = this.#halves[this.#young];
    return { address: this.#next };
  }

  /** Room for so many bytes. A base that would be overwritten moves first. */
  #room(bytes: number, base?: TreeBytes): { address: number; base?: TreeBytes } {
    const start = this.#halves[this.#young];
    const size = this.#isSmall ? SMALL_BYTES : HALF_BYTES;
    if (this.#next + bytes + SLACK <= start + size) return { address: this.#next };
    if (this.#isSmall) return this.#enlarge();
    this.#young = this.#young === 0 ? 1 : 0;
    this.#turns++;
    this.#cached[this.#young].clear();
    const fresh = this.#halves[this.#young];
    this.#next = fresh;
    if (base === undefined || base.address < fresh || base.address >= fresh + HALF_BYTES) return { address: fresh };
    this.bytes.copyWithin(fresh, base.address, base.address + base.length);
    const moved = { address: fresh, length: base.length };
    this.#next = Math.ceil((fresh + base.length + SLACK) / 64) * 64;
    return { address: this.#next, base: moved };
  }
}

const damaged = (code: number) =>
  new BrokenObject(GIT_CORE_ERRORS[code] ?? "the object is shorter than its header says");

/** The size that a delta's header promises; at most 9 bytes are looked at each. */
function deltaResult(bytes: Buffer, at: number, length: number): number {
  let size = 0;
  for (let n = 0, end = at + length; n < 2; n++) {
    size = 0;
    for (let scale = 1; at < end && scale < 2 ** 50; scale *= 128) {
      const byte = bytes[at++] as number;
      size += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
  }
  return size;
}
