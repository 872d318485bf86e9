// Scans the objects of a pack family by family: an object that is stored whole, then the deltas that build on it, theirs,
// and so on. Of a delta's result only the changed ranges are matched; what else a rule found in the base is carried over.
import { setImmediate as turn } from "node:timers/promises";
import { NO_ROOM, SLACK, GIT_CORE_ERRORS, type GitCore } from "./core/git-core.ts";
import { readDelta } from "./delta.ts";
import { moveHit, type Hit } from "./hit.ts";
import type { Matcher, Sifter } from "./matcher.ts";
import { BLOB, COMMIT, TAG } from "./object-id.ts";
import { NONE, type FamilyTable } from "./pack-table.ts";
import { workspaceOf } from "./workspace.ts";

/** Objects up to this size are read in one piece; larger ones go another way. */
export const PIECE_BYTES = 48 << 20;
/** Room for a chain of deltas and what each of them makes. */
const ARENA_BYTES = 160 << 20;
const MAX_RANGES = 1 << 19;
const OVERLAP_BYTES = 1 << 20;
/** Ranges that lie closer are matched as one: the matcher looks at some bytes around each anyway. */
const GAP_BYTES = 96;
/** Parts of an object that are no longer split when they hold too many matches. */
const SMALLEST_PART = 4096;
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
}

export interface FamilyCounts {
  objects: number;
  bytes: number;
  scanned: number;
  binary: number;
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
const NO_HITS: readonly Hit[] = [];

export class FamilyScan {
  readonly counts: FamilyCounts = { objects: 0, bytes: 0, scanned: 0, binary: 0 };
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #sifter: Sifter;
  readonly #delta: number;
  readonly #ranges: number;
  readonly #arena: number;
  #bytes: Buffer;
  #rangeView: Int32Array;
  /** Whether a scan of this object met what `Matcher.sawFar` tells. */
  #sawFar = false;

  constructor(matcher: Matcher, git: GitCore, sifter: Sifter) {
    this.#matcher = matcher;
    this.#git = git;
    this.#sifter = sifter;
    const space = workspaceOf(matcher);
    this.#delta = space.region("delta", PIECE_BYTES + 2 * SLACK) + SLACK;
    this.#ranges = space.region("ranges", 8 * MAX_RANGES);
    this.#arena = space.region("arena", ARENA_BYTES + 2 * SLACK) + SLACK;
    this.#bytes = Buffer.alloc(0);
    this.#rangeView = new Int32Array(0);
    this.#renew();
  }

  #renew(): void {
    const { buffer } = this.#matcher.memory;
    if (this.#bytes.buffer === buffer) return;
    this.#bytes = Buffer.from(buffer);
    this.#rangeView = new Int32Array(buffer, this.#ranges, 2 * MAX_RANGES);
  }

  /**
   * @param addresses where each entry's zlib stream lies in memory; 0: not loaded.
   * @param todo IGNORE or SCAN for each entry. Families without anything to scan are not read.
   */
  async run(
    table: FamilyTable,
    addresses: Uint32Array,
    roots: Iterable<number>,
    todo: Uint8Array,
    sink: FamilySink,
    pause: () => void,
  ): Promise<void> {
    const needed = markNeeded(table, todo);
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

  /**
   * Scans one object that was read by other means.
   *
   * @returns its hits; none for what is not text.
   */
  object(kind: number, content: Uint8Array): readonly Hit[] {
    this.#renew();
    const { counts } = this;
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    counts.objects++;
    counts.bytes += bytes.length;
    const nature = kind === BLOB ? natureOf(bytes, 0, bytes.length) : "text";
    if (nature === "binary") {
      counts.binary++;
      return NO_HITS;
    }
    if (nature === "wide") return this.#sifter.siftAll(bytes);
    return this.text(bytes, kind === BLOB ? 0 : messageStart(bytes));
  }

  /** The hits of bytes from `start` on, whatever they are. */
  text(bytes: Buffer, start = 0): readonly Hit[] {
    this.#renew();
    this.counts.scanned += bytes.length - start;
    const hits: Hit[] = [];
    // What is larger than a piece goes through in overlapping windows; nothing that rules find is longer than the overlap.
    for (let from = start; from < bytes.length; from += PIECE_BYTES - OVERLAP_BYTES) {
      const length = Math.min(PIECE_BYTES, bytes.length - from);
      this.#bytes.set(bytes.subarray(from, from + length), this.#delta);
      for (const hit of this.#whole(this.#delta, length)) hits.push(moveHit(hit, from));
      if (from + length === bytes.length) break;
      this.#renew();
    }
    return inOrder(hits);
  }

  #family(
    table: FamilyTable,
    addresses: Uint32Array,
    root: number,
    todo: Uint8Array,
    needed: Uint8Array,
    sink: FamilySink,
  ): void {
    this.#renew();
    const git = this.#git;
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
    push(root, this.#arena, length, this.#visit(root, kind, this.#arena, length, NONE, undefined, todo, sink));

    while (stack.length > 0) {
      const frame = stack.pop() as Frame;
      const { rank, baseAddress, baseLength, baseHits, address } = frame;
      const deltaSize = size[rank] as number;
      const room = Math.min(PIECE_BYTES, this.#arena + ARENA_BYTES - address);
      if (deltaSize > PIECE_BYTES || room <= 0) {
        give(rank, GIT_CORE_ERRORS[NO_ROOM] as string);
        continue;
      }
      let made = git.inflate(addresses[rank] as number, this.#end(table, addresses, rank), this.#delta, deltaSize);
      if (made >= 0 && made !== deltaSize) made = -1;
      if (made >= 0) {
        const gap = GAP_BYTES;
        made = git.applyDelta(
          this.#delta,
          deltaSize,
          baseAddress,
          baseLength,
          address,
          room,
          this.#ranges,
          MAX_RANGES,
          gap,
        );
      }
      if (made < 0) {
        give(rank, GIT_CORE_ERRORS[made] ?? "the object is damaged");
        continue;
      }
      push(rank, address, made, this.#visit(rank, kind, address, made, deltaSize, baseHits, todo, sink));
    }
  }

  #end(table: FamilyTable, addresses: Uint32Array, rank: number): number {
    const { offset, head } = table;
    return (
      (addresses[rank] as number) + (offset[rank + 1] as number) - (offset[rank] as number) - (head[rank] as number)
    );
  }

  /** Scans one object. @returns its hits, or undefined when they are not known afterwards. */
  #visit(
    rank: number,
    kind: number,
    address: number,
    length: number,
    deltaSize: number,
    baseHits: readonly Hit[] | undefined,
    todo: Uint8Array,
    sink: FamilySink,
  ): readonly Hit[] | undefined {
    const object = this.#bytes;
    if (todo[rank] !== SCAN) return undefined;
    const { counts } = this;
    counts.objects++;
    counts.bytes += length;
    if (kind === COMMIT || kind === TAG) {
      sink.meta(rank, kind, object.subarray(address, address + length));
      const from = messageStart(object, address, length);
      counts.scanned += length - from;
      const hits = this.#match(address, length, from, length, undefined);
      if (hits !== undefined) sink.hits(rank, hits);
      return undefined;
    }
    if (kind !== BLOB) return undefined;
    const isPlain = this.#git.hasNul(address, Math.min(length, 8000)) === 0;
    const nature = isPlain ? "text" : natureOf(object, address, length);
    if (nature === "binary") {
      counts.binary++;
      return undefined;
    }
    let hits: readonly Hit[];
    this.#sawFar = false;
    if (deltaSize === NONE || baseHits === undefined || nature === "wide") {
      counts.scanned += length;
      hits =
        nature === "wide"
          ? this.#sifter.siftAll(object.subarray(address, address + length))
          : this.#whole(address, length);
    } else hits = this.#changed(address, length, deltaSize, baseHits);
    if (hits.length > 0) sink.hits(rank, hits);
    // What builds on wide text, or on something that may reach far, is scanned whole.
    return nature === "wide" || this.#sawFar ? undefined : hits;
  }

  /** The hits of a delta's result: those in changed ranges are searched for, the others are the base's. */
  #changed(address: number, length: number, deltaSize: number, baseHits: readonly Hit[]): readonly Hit[] {
    const count = this.#git.ranges();
    const ranges = this.#rangeView;
    let hits: Hit[] | undefined;
    if (baseHits.length > 0) {
      hits = [];
      const overlaps = (start: number, end: number) => {
        for (let i = 0; i < count; i++) {
          if (end <= (ranges[2 * i] as number)) return false;
          if (start < (ranges[2 * i + 1] as number)) return true;
        }
        return false;
      };
      const { steps } = readDelta(this.#bytes.subarray(this.#delta, this.#delta + deltaSize));
      for (const { kind, from, to, length: bytes } of steps) {
        if (kind !== "copy") continue;
        for (const hit of baseHits) {
          if (hit.start < from || hit.start >= from + bytes) continue;
          const moved = moveHit(hit, to - from);
          if (moved.end <= length && !overlaps(moved.start, moved.end)) hits.push(moved);
        }
      }
    }
    this.#sawFar = false;
    for (let i = 0; i < count; i++) {
      const [from, to] = [ranges[2 * i] as number, ranges[2 * i + 1] as number];
      this.counts.scanned += to - from;
      hits = this.#match(address, length, from, to, hits);
      if (this.#sawFar) return this.#whole(address, length);
    }
    return hits === undefined ? NO_HITS : inOrder(hits);
  }

  #whole(address: number, length: number): readonly Hit[] {
    const hits = this.#match(address, length, 0, length, undefined);
    return hits === undefined ? NO_HITS : inOrder(hits);
  }

  /** Adds the hits that overlap [from, to) to `hits`. */
  #match(address: number, length: number, from: number, to: number, hits: Hit[] | undefined): Hit[] | undefined {
    if (to <= from) return hits;
    const matcher = this.#matcher;
    const count = matcher.scan(address, length, from, to);
    if (matcher.sawFar) this.#sawFar = true;
    if (matcher.overflowed && to - from > SMALLEST_PART) {
      const middle = (from + to) >>> 1;
      return this.#match(address, length, middle, to, this.#match(address, length, from, middle, hits));
    }
    if (count === 0) return hits;
    const object = Buffer.from(matcher.memory.buffer, address, length);
    const words = matcher.matches.slice(0, 4 * count);
    for (let i = 0; i < 4 * count; i += 4) {
      const match = { rule: words[i] as number, start: words[i + 1] as number, end: words[i + 2] as number };
      const sifted = this.#sifter.sift(object, match);
      if (sifted.length > 0) (hits ??= []).push(...sifted);
    }
    return hits;
  }
}

/** By place; a place that two ranges touch is found twice. */
function inOrder(hits: Hit[]): readonly Hit[] {
  if (hits.length < 2) return hits;
  hits.sort((a, b) => a.start - b.start || a.end - b.end || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return hits.filter((hit, i) => {
    const before = hits[i - 1];
    return before === undefined || before.start !== hit.start || before.end !== hit.end || before.key !== hit.key;
  });
}

/** Git's rule for binary content, but for text of two bytes a character. */
export function natureOf(bytes: Buffer, address: number, length: number): "text" | "wide" | "binary" {
  const head = bytes.subarray(address, address + Math.min(length, 8000));
  if (head.indexOf(0) < 0) return "text";
  const mark = length >= 2 ? head.readUInt16LE(0) : 0;
  if (mark === 0xfeff || mark === 0xfffe) return "wide";
  const sniffed = Math.min(length, 512) & ~1;
  if (sniffed < 16) return "binary";
  const zeros = [0, 0] as [number, number];
  for (let i = 0; i < sniffed; i++) if (head[i] === 0) zeros[i & 1 ? 1 : 0]++;
  const [few, many] = zeros[0] < zeros[1] ? zeros : [zeros[1], zeros[0]];
  return many >= sniffed * 0.3 && few <= sniffed * 0.01 ? "wide" : "binary";
}

/** Where the message of a commit or tag begins: behind the first empty line. */
export function messageStart(bytes: Buffer, address = 0, length = bytes.length): number {
  const at = bytes.subarray(address, address + length).indexOf("\n\n", 0, "latin1");
  return at < 0 ? length : at + 2;
}

/** Which entries must be inflated: what is to be scanned, and what that builds on. */
function markNeeded({ base, count }: FamilyTable, todo: Uint8Array): Uint8Array {
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
