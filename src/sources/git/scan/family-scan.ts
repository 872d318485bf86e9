// Scans the objects of a pack family by family: an object that is stored whole, then the deltas that build on it, theirs,
// and so on. Of a delta's result only the changed ranges are matched; what else a rule found in the base is carried over.
import { nowMs, turn } from "../../clock.ts";
import { GIT_CORE_ERRORS, NO_ROOM, SLACK, type GitAsked, type GitCore } from "../core/git-core.ts";
import type { GitLists } from "../core/git-lists.ts";
import type { Hit } from "./hit.ts";
import type { Matcher } from "../core/matcher.ts";
import { BLOB, COMMIT, TAG, TREE } from "../object-id.ts";
import { PackColumns } from "../objects/pack-columns.ts";
import { MAX_RANGES, NO_HITS, ObjectScan, PIECE_BYTES, type ObjectCounts } from "./object-scan.ts";
import { NONE, type FamilyTable } from "../objects/pack-table.ts";
import type { Sifter } from "./sifter.ts";
import { workspaceOf } from "../core/workspace.ts";

/** Room for the objects of a family on which others are still to be built, and for one more. */
const ARENA_BYTES = 160 << 20;
/** The same at first, where little is to be scanned. */
const SMALL_ARENA_BYTES = 4 << 20;
/** Ranges that lie closer are matched as one: the matcher looks at some two hundred bytes around each anyway. */
const GAP_BYTES = 192;
/** Bytes that are made before it is asked how long that took. */
const SLICE_BYTES = 1 << 20;
/** How long one family may keep the event loop waiting. */
const SLICE_MS = 50;

/** What a pass over a pack has to do with each entry. */
export const IGNORE = 0;
export const SCAN = 1;

export interface FamilySink {
  /** An object that rules matched in. */
  hits(rank: number, hits: readonly Hit[]): void;
  /**
   * The number of the pack's first object, where the git core takes in commits itself.
   */
  readonly firstNumber?: number;
  /** An entry that this pass cannot read: too large, or damaged. Nothing that builds on it was read either. */
  deferred(rank: number, why: string): void;
  /** Rules, by number, that were given up in an object: what they would have found there is not known. */
  exceeded(rank: number, rules: readonly number[]): void;
  /** A blob that was left out, as it is no text. Left out where nobody asks. */
  binary?(rank: number): void;
}

/** What the core tells of, and what is known of an object's hits: as assembly/families.ts counts them. */
const [DONE, BROKEN, VISIT] = [0, 1, 2];
const [UNKNOWN, CLEAR, HITS] = [0, 1, 2];

export class FamilyScan {
  /** The tables of packs, for who shares the git core. */
  readonly columns: PackColumns;
  readonly #objects: ObjectScan;
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #lists: GitLists;
  readonly #region: (name: string, bytes: number) => number;
  readonly #decodeDepth: number;
  readonly #shownMessages: 0 | 1 | 2;
  readonly #isSmall: boolean;
  #arena: number;
  #arenaBytes: number;
  /** Where deltas are inflated to. */
  #delta = 0;
  /** Where little is to be scanned, bytes of the largest of a pack's deltas. */
  #largest = 0;
  #measured: FamilyTable | undefined;
  /** The hits of the objects of this family on which others build, by rank. */
  readonly #bases = new Map<number, readonly Hit[]>();

  /** Marks that were put into the memory last, by what they are of, and where. */
  readonly #held = new Map<string, { readonly marks: Uint8Array; readonly address: number }>();

  /** @param asked learns what the core asks while it scans. */
  constructor(matcher: Matcher, lists: GitLists, asked: Partial<GitAsked>, sifter: Sifter) {
    const space = workspaceOf(matcher);
    const region = (name: string, bytes: number) => space.region(name, bytes);
    this.#region = region;
    this.#git = lists.git;
    this.#lists = lists;
    this.#matcher = matcher;
    this.#objects = new ObjectScan(matcher, this.#git, sifter);
    this.columns = new PackColumns(lists, region);
    this.#isSmall = space.isSmall;
    this.#arenaBytes = space.isSmall ? SMALL_ARENA_BYTES : ARENA_BYTES;
    this.#arena = this.#roomForArena();
    this.#decodeDepth = sifter.maxDecodeDepth;
    this.#shownMessages = sifter.asksForBeginning ? 2 : sifter.asksForEdges ? 1 : 0;
    this.#noteOpenings();
    asked.room ??= (list, bytes) => region(`list ${list} of ${bytes}`, bytes);
    // Of an engine that cannot tell, everything is left.
    asked.winnow = (_address, _length, _parts, count) => count;
  }

  /** Has the core keep the engine's openings with the objects on which others build. */
  #noteOpenings(): void {
    const { openingsBytes = 0 } = this.#matcher;
    const openings = this.#region("openings", openingsBytes + 64);
    this.#matcher.noteOpenings?.(openings);
    this.#git.openingsSetup(openings);
  }

  #roomForArena(): number {
    return this.#region("arena", this.#arenaBytes + 2 * SLACK) + SLACK;
  }

  #setUp(table: FamilyTable): void {
    const { ranges } = this.#objects;
    // The others have room for all that is not too large. A pack goes through in many parts, and is asked once.
    if (this.#isSmall && this.#measured !== table)
      this.#largest = table.size.reduce((most, one) => Math.max(most, one), 0);
    this.#measured = table;
    this.#delta = this.#objects.roomForDelta(Math.min(this.#largest, PIECE_BYTES));
    const bounds = [MAX_RANGES, GAP_BYTES, PIECE_BYTES, this.#decodeDepth] as const;
    this.#git.familiesSetup(this.#arena, this.#arenaBytes, this.#delta, ranges, ...bounds);
  }

  /** Goes on in a larger arena with an object for which there was no room. */
  #grow(): void {
    this.#arenaBytes = ARENA_BYTES;
    this.#arena = this.#roomForArena();
    this.#git.moveArena(this.#arena, ARENA_BYTES);
  }

  /** For objects that are read by other means. */
  get objects(): ObjectScan {
    return this.#objects;
  }

  get git(): GitCore {
    return this.#git;
  }

  get counts(): ObjectCounts {
    return this.#objects.counts;
  }

  /**
   * Gathers families for `PackFile.load`, which then knows where their streams lie.
   *
   * @param needed which entries are to be made, as `PackTable.neededFor` tells of what is to be scanned; nobody changes it afterwards.
   * @param room how many bytes may be loaded.
   * @returns how many of the families that is; 0: there is no room for the first.
   */
  gather(table: FamilyTable, roots: Int32Array, needed: Uint8Array, room: number): number {
    this.#gatherInto(table, this.#addressesOf(table));
    const marks = this.#put("needed", needed);
    this.#git.packMarks(marks, marks);
    return this.#git.gatherFamilies(this.#lists.put("families", roots), roots.length, room);
  }

  /**
   * Gathers all trees of a pack for `load`, which puts them at the address that `reserve` gives.
   *
   * @returns where each tree's stream lies; 0: it is no tree.
   */
  loadTrees(table: FamilyTable, reserve: (bytes: number) => number, load: (address: number) => void): Uint32Array {
    const at = this.#region("addresses of trees", 4 * table.count + 64);
    this.#lists.words.fill(0, at >>> 2, (at >>> 2) + table.count);
    this.#gatherInto(table, at);
    load(reserve(this.#git.gatherType(TREE)));
    return new Uint32Array(this.#lists.words.slice(at >>> 2, (at >>> 2) + table.count).buffer);
  }

  /** Marks stay where they are while a pack goes through in many parts. */
  #put(name: string, marks: Uint8Array): number {
    const held = this.#held.get(name);
    if (held?.marks === marks) return held.address;
    const address = this.#lists.putBytes(name, marks);
    this.#held.set(name, { marks, address });
    return address;
  }

  #gatherInto(table: FamilyTable, addresses: number): void {
    this.columns.choose(table, addresses, 0);
    this.#git.gatherSetup(this.#region("to be read", table.count + 64));
  }

  #addressesOf(table: FamilyTable): number {
    return this.#region("addresses of families", 4 * table.count + 64);
  }

  /**
   * @param addresses where each entry's zlib stream lies in memory; undefined: they were gathered and loaded.
   * @param todo IGNORE or SCAN for each entry; nobody changes it afterwards. Families without anything to scan are not read.
   * @param needed which entries are to be made for that.
   */
  async run(
    table: FamilyTable,
    addresses: Uint32Array | undefined,
    roots: Int32Array,
    todo: Uint8Array,
    needed: Uint8Array,
    sink: FamilySink,
    pause: () => void,
  ): Promise<void> {
    const git = this.#git;
    const at = this.#addressesOf(table);
    if (addresses !== undefined) this.#lists.words.set(new Int32Array(addresses.buffer), at >>> 2);
    const marks = [this.#put("needed", needed), this.#put("to do", todo)] as const;
    this.#setUp(table);
    const takesCommits = sink.firstNumber === undefined ? 0 : 1;
    git.beginFamilies(this.#lists.put("families", roots), roots.length, takesCommits, this.#shownMessages);
    while (git.hasFamilies() !== 0) {
      // Trees may have been read meanwhile.
      this.columns.choose(table, at, sink.firstNumber ?? 0);
      git.packMarks(...marks);
      const until = nowMs() + SLICE_MS;
      do this.#some(table, todo, sink);
      while (git.hasFamilies() !== 0 && nowMs() < until);
      this.#count();
      if (git.hasFamilies() === 0) break;
      await turn();
      pause();
    }
    pause();
  }

  /** Some families, of about so many bytes. */
  #some(table: FamilyTable, todo: Uint8Array, sink: FamilySink): void {
    const git = this.#git;
    for (let event = git.nextEvent(SLICE_BYTES); event !== DONE; event = git.nextEvent(SLICE_BYTES)) {
      const rank = git.eventRank();
      const length = git.eventLength();
      if (event === BROKEN && length === NO_ROOM && this.#arenaBytes < ARENA_BYTES) {
        this.#grow();
        continue;
      }
      if (event === BROKEN) {
        const why = GIT_CORE_ERRORS[length] ?? "the object is shorter than its header says";
        for (const member of withDescendants(table, rank)) if (todo[member] === SCAN) sink.deferred(member, why);
        continue;
      }
      const address = git.eventAddress() >>> 0;
      const hits =
        event === VISIT
          ? this.#visit(table, rank, address, length, sink)
          : this.#left(table, rank, address, length, sink);
      if (hits !== undefined && hits.length > 0) this.#bases.set(rank, hits);
      git.visited(hits === undefined ? UNKNOWN : hits.length === 0 ? CLEAR : HITS);
    }
    this.#bases.clear();
  }

  /** Takes over what the core counted. */
  #count(): void {
    const { counts } = this;
    counts.objects += this.#git.takeObjects();
    counts.bytes += this.#git.takeBytes();
    counts.scanned += this.#git.takeScanned();
  }

  /** Scans one object. @returns its hits, when what builds on it may be told by its changes. */
  #visit(
    table: FamilyTable,
    rank: number,
    address: number,
    length: number,
    sink: FamilySink,
  ): readonly Hit[] | undefined {
    const git = this.#git;
    const { type, size, firstChild } = table;
    const kind = type[rank] as number;
    if (kind === COMMIT || kind === TAG) {
      this.#tell(rank, this.#objects.message(address, length), sink);
      return undefined;
    }
    if (kind !== BLOB) return undefined;
    const { binary } = this.counts;
    const base = git.eventBase();
    const state = base === NONE ? UNKNOWN : git.eventState();
    const baseHits = state === HITS ? this.#bases.get(base) : state === CLEAR ? NO_HITS : undefined;
    const applied = baseHits && { address: this.#delta, length: size[rank] as number, baseHits };
    const { hits, asBase } = this.#objects.blob(address, length, applied, firstChild[rank] === NONE);
    if (this.counts.binary > binary) sink.binary?.(rank);
    return this.#tell(rank, hits, sink) ? asBase : undefined;
  }

  /** As `#visit`, of what the core left of an object. */
  #left(
    { type, firstChild }: FamilyTable,
    rank: number,
    address: number,
    length: number,
    sink: FamilySink,
  ): readonly Hit[] | undefined {
    const git = this.#git;
    const pieces = git.piecesLeft();
    if (type[rank] !== BLOB) {
      this.#tell(rank, this.#objects.messageLeft(address, length, pieces), sink);
      return undefined;
    }
    const isPart = git.eventBase() !== NONE && git.eventState() === CLEAR;
    const { hits, asBase } = this.#objects.blobLeft(address, length, pieces, isPart, firstChild[rank] === NONE);
    return this.#tell(rank, hits, sink) ? asBase : undefined;
  }

  /** @returns whether that is all: of what builds on an object in which a rule was given up nothing is known. */
  #tell(rank: number, hits: readonly Hit[], sink: FamilySink): boolean {
    if (hits.length > 0) sink.hits(rank, hits);
    const rules = this.#matcher.takeExceeded?.() ?? [];
    if (rules.length > 0) sink.exceeded(rank, rules);
    return rules.length === 0;
  }
}

export function withDescendants({ firstChild, nextSibling }: FamilyTable, rank: number): number[] {
  const members = [rank];
  for (let i = 0; i < members.length; i++) {
    let child = firstChild[members[i] as number] as number;
    for (; child !== NONE; child = nextSibling[child] as number) members.push(child);
  }
  return members;
}
