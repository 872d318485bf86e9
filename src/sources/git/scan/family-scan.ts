// Scans the objects of a pack family by family: an object that is stored whole, then the deltas that build on it, theirs,
// and so on. Of a delta's result only the changed ranges are matched; what else a rule found in the base is carried over.
import { setImmediate as turn } from "node:timers/promises";
import { NO_ROOM, SLACK, GIT_CORE_ERRORS, type GitCore } from "../core/git-core.ts";
import type { Hit } from "./hit.ts";
import type { Matcher } from "./matcher.ts";
import { BLOB, COMMIT, TAG } from "../objects/object-id.ts";
import { MAX_RANGES, ObjectScan, PIECE_BYTES, type Applied, type ObjectCounts } from "./object-scan.ts";
import { NONE, type FamilyTable } from "../objects/pack-table.ts";
import type { Sifter } from "./sifter.ts";
import { workspaceOf } from "./workspace.ts";

/** Room for a chain of deltas and what each of them makes. */
const ARENA_BYTES = 160 << 20;
/** Ranges that lie closer are matched as one: the matcher looks at some bytes around each anyway. */
const GAP_BYTES = 96;
/** How long one family may keep the event loop waiting. */
const SLICE_MS = 50;

/** What a pass over a pack has to do with each entry. */
export const IGNORE = 0;
export const SCAN = 1;

export interface FamilySink {
  /** An object that rules matched in. */
  hits(rank: number, hits: readonly Hit[]): void;
  /** Every commit and tag. The bytes are gone after the call. */
  meta(rank: number, type: number, bytes: Buffer): void;
  /** An entry that this pass cannot read: too large, or damaged. Nothing that builds on it was read either. */
  deferred(rank: number, why: string): void;
  /** Rules, by number, that were given up in an object: what they would have found there is not known. */
  exceeded(rank: number, rules: readonly number[]): void;
  /** A blob that was left out, as it is no text. Left out where nobody asks. */
  binary?(rank: number): void;
}

interface Frame {
  readonly rank: number;
  readonly baseAddress: number;
  readonly baseLength: number;
  /** Undefined: the base was not scanned, so that its hits are not known. */
  readonly baseHits: readonly Hit[] | undefined;
  /** Where its own bytes go. */
  readonly address: number;
}

const align = (address: number) => Math.ceil(address / 64) * 64;

export class FamilyScan {
  readonly #objects: ObjectScan;
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #arena: number;

  constructor(matcher: Matcher, git: GitCore, sifter: Sifter) {
    this.#git = git;
    this.#matcher = matcher;
    this.#objects = new ObjectScan(matcher, git, sifter);
    this.#arena = workspaceOf(matcher).region("arena", ARENA_BYTES + 2 * SLACK) + SLACK;
  }

  /** For objects that are read by other means. */
  get objects(): ObjectScan {
    return this.#objects;
  }

  get counts(): ObjectCounts {
    return this.#objects.counts;
  }

  /**
   * @param addresses where each entry's zlib stream lies in memory; 0: not loaded.
   * @param todo IGNORE or SCAN for each entry. Families without anything to scan are not read.
   * @param needed what `markNeeded` makes of that.
   */
  async run(
    table: FamilyTable,
    addresses: Uint32Array,
    roots: Iterable<number>,
    todo: Uint8Array,
    needed: Uint8Array,
    sink: FamilySink,
    pause: () => void,
  ): Promise<void> {
    let until = performance.now() + SLICE_MS;
    for (const root of roots) {
      if (needed[root] === 0) continue;
      this.#family(table, addresses, root, todo, needed, sink);
      if (performance.now() < until) continue;
      await turn();
      pause();
      until = performance.now() + SLICE_MS;
    }
    pause();
  }

  #family(
    table: FamilyTable,
    addresses: Uint32Array,
    root: number,
    todo: Uint8Array,
    needed: Uint8Array,
    sink: FamilySink,
  ): void {
    const git = this.#git;
    const { delta, ranges } = this.#objects;
    const { size, type, firstChild, nextSibling } = table;
    const kind = type[root] as number;
    const stack: Frame[] = [];
    const push = (rank: number, address: number, length: number, hits: readonly Hit[] | undefined) => {
      const next = align(address + length + SLACK);
      for (let child = firstChild[rank] as number; child !== NONE; child = nextSibling[child] as number) {
        if (needed[child] === 0) continue;
        stack.push({ rank: child, baseAddress: address, baseLength: length, baseHits: hits, address: next });
      }
    };
    const give = (rank: number, why: string) => {
      for (const member of withDescendants(table, rank)) if (todo[member] === SCAN) sink.deferred(member, why);
    };

    const rootSize = size[root] as number;
    if (rootSize > PIECE_BYTES) return give(root, GIT_CORE_ERRORS[NO_ROOM] as string);
    const length = git.inflate(addresses[root] as number, this.#end(table, addresses, root), this.#arena, rootSize);
    if (length !== rootSize) return give(root, GIT_CORE_ERRORS[length] ?? "the object is shorter than its header says");
    push(
      root,
      this.#arena,
      length,
      this.#visit(root, kind, this.#arena, length, undefined, todo, sink, firstChild[root] === NONE),
    );

    while (stack.length > 0) {
      const { rank, baseAddress, baseLength, baseHits, address } = stack.pop() as Frame;
      const bytes = size[rank] as number;
      const room = Math.min(PIECE_BYTES, this.#arena + ARENA_BYTES - address);
      if (bytes > PIECE_BYTES || room <= 0) {
        give(rank, GIT_CORE_ERRORS[NO_ROOM] as string);
        continue;
      }
      let made = git.inflate(addresses[rank] as number, this.#end(table, addresses, rank), delta, bytes);
      if (made >= 0 && made !== bytes) made = -1;
      if (made >= 0) {
        made = git.applyDelta(delta, bytes, baseAddress, baseLength, address, room, ranges, MAX_RANGES, GAP_BYTES);
      }
      if (made < 0) {
        give(rank, GIT_CORE_ERRORS[made] ?? "the object is damaged");
        continue;
      }
      const applied = baseHits && { address: delta, length: bytes, baseHits };
      push(rank, address, made, this.#visit(rank, kind, address, made, applied, todo, sink, firstChild[rank] === NONE));
    }
  }

  /** Scans one object. @returns its hits, when what builds on it may be told by its changes. */
  #visit(
    rank: number,
    kind: number,
    address: number,
    length: number,
    applied: Applied | undefined,
    todo: Uint8Array,
    sink: FamilySink,
    isLeaf: boolean,
  ): readonly Hit[] | undefined {
    if (todo[rank] !== SCAN) return undefined;
    if (kind === COMMIT || kind === TAG) {
      sink.meta(rank, kind, this.#objects.bytes.subarray(address, address + length));
      const hits = this.#objects.message(address, length);
      if (hits.length > 0) sink.hits(rank, hits);
      this.#tellExceeded(rank, sink);
      return undefined;
    }
    if (kind !== BLOB) return undefined;
    const { binary } = this.counts;
    const { hits, asBase } = this.#objects.blob(address, length, applied, isLeaf);
    if (this.counts.binary > binary) sink.binary?.(rank);
    if (hits.length > 0) sink.hits(rank, hits);
    this.#tellExceeded(rank, sink);
    return asBase;
  }

  #tellExceeded(rank: number, sink: FamilySink): void {
    const rules = this.#matcher.takeExceeded?.() ?? [];
    if (rules.length > 0) sink.exceeded(rank, rules);
  }

  #end(table: FamilyTable, addresses: Uint32Array, rank: number): number {
    const { offset, head } = table;
    return (
      (addresses[rank] as number) + (offset[rank + 1] as number) - (offset[rank] as number) - (head[rank] as number)
    );
  }
}

/** Which entries must be inflated: what is to be scanned, and what that builds on. */
export function markNeeded({ base, count }: FamilyTable, todo: Uint8Array): Uint8Array {
  const needed = new Uint8Array(count);
  for (let rank = count - 1; rank >= 0; rank--) {
    if (todo[rank] !== SCAN) continue;
    for (let at = rank; at !== NONE && needed[at] === 0; at = base[at] as number) needed[at] = 1;
  }
  return needed;
}

export function withDescendants({ firstChild, nextSibling }: FamilyTable, rank: number): number[] {
  const members = [rank];
  for (let i = 0; i < members.length; i++) {
    let child = firstChild[members[i] as number] as number;
    for (; child !== NONE; child = nextSibling[child] as number) members.push(child);
  }
  return members;
}
