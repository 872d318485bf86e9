// What a pack's entries are, in the order in which they lie: types, sizes, and which delta builds on which. Columns of
// numbers, not objects: packs hold millions of entries.
import { BrokenObject } from "./broken.ts";
import { OFS_DELTA, REF_DELTA } from "./object-id.ts";
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
}

export interface PackTable extends FamilyTable {
  readonly index: PackIndex;
  /** The other way round. */
  readonly rankOf: Uint32Array;
  /** Entries that cannot be read, and why. */
  readonly broken: ReadonlyMap<number, string>;
}

/** Reads part of a pack: at least `length` bytes from `offset` on, unless the file ends before. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** Largest part of a pack that is asked for at once. */
const STEP_BYTES = 8 << 20;
const LONGEST_HEAD = 64;

/** Numbers of the index in order of offset. Places behind the end count as the end: no entry starts there. */
function orderByOffset(index: PackIndex, end: number): { offset: Float64Array; nameOf: Uint32Array } {
  const { count } = index;
  const offset = new Float64Array(count + 1);
  const nameOf = new Uint32Array(count);
  offset[count] = end;
  if (end * count < Number.MAX_SAFE_INTEGER) {
    // One sort of plain numbers that carry both: far cheaper than sorting with a comparison.
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = Math.min(index.offset(i), end) * count + i;
    keys.sort();
    for (let rank = 0; rank < count; rank++) {
      const key = keys[rank] as number;
      const i = key % count;
      nameOf[rank] = i;
      offset[rank] = (key - i) / count;
    }
    return { offset, nameOf };
  }
  const offsets = Float64Array.from({ length: count }, (_, i) => Math.min(index.offset(i), end));
  nameOf.set([...nameOf.keys()].sort((a, b) => (offsets[a] as number) - (offsets[b] as number)));
  for (let rank = 0; rank < count; rank++) offset[rank] = offsets[nameOf[rank] as number] as number;
  return { offset, nameOf };
}

/** The entry that starts at `at`, among those before `high`; NONE: none does. */
function rankAt(offset: Float64Array, at: number, high: number): number {
  let low = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offset[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return offset[low] === at ? low : NONE;
}

/**
 * @param end where the entries end: the file's size without its checksum.
 * @throws BrokenObject when index and pack do not fit together at all.
 */
export function readPackTable(index: PackIndex, end: number, read: ReadAt): PackTable {
  const { count, idBytes } = index;
  const signature = Buffer.from(read(0, 12));
  if (signature.length < 12 || signature.toString("latin1", 0, 4) !== "PACK") throw new BrokenObject("not a pack");
  const version = signature.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new BrokenObject(`a pack of version ${version}`);
  // A multi-pack index may list fewer: an object that lies in several packs counts for one.
  if (signature.readUInt32BE(8) < count) throw new BrokenObject("the index lists more objects than the pack has");
  const { offset, nameOf } = orderByOffset(index, end);
  const head = new Uint8Array(count);
  const size = new Float64Array(count);
  const type = new Uint8Array(count);
  const base = new Int32Array(count).fill(NONE);
  const firstChild = new Int32Array(count).fill(NONE);
  const nextSibling = new Int32Array(count).fill(NONE);
  const rankOf = new Uint32Array(count);
  for (let rank = 0; rank < count; rank++) rankOf[nameOf[rank] as number] = rank;
  const broken = new Map<number, string>();
  const later: number[] = []; // deltas whose base may lie behind them

  let bytes: Uint8Array = signature;
  let bytesFrom = 0;
  for (let rank = 0; rank < count; rank++) {
    const from = offset[rank] as number;
    if (from < 12 || from >= end || (rank > 0 && from === offset[rank - 1])) {
      broken.set(rank, "the index names a place that is not in the pack");
      continue;
    }
    if (from - bytesFrom + LONGEST_HEAD > bytes.length && bytesFrom + bytes.length < end) {
      bytes = read(from, STEP_BYTES);
      bytesFrom = from;
    }
    let at = from - bytesFrom;
    let byte = bytes[at++] ?? 0;
    const kind = (byte >> 4) & 7;
    let bytesInside = byte & 15;
    for (let scale = 16; byte & 0x80 && scale < 2 ** 50; scale *= 128) {
      byte = bytes[at++] ?? 0;
      bytesInside += (byte & 0x7f) * scale;
    }
    size[rank] = bytesInside;
    if (kind === OFS_DELTA) {
      byte = bytes[at++] ?? 0;
      let distance = byte & 0x7f;
      for (let n = 0; byte & 0x80 && n < 8; n++) {
        byte = bytes[at++] ?? 0;
        distance = (distance + 1) * 128 + (byte & 0x7f);
      }
      const parent = rankAt(offset, from - distance, rank);
      if (parent === NONE) broken.set(rank, "its delta's base is not in the pack");
      else {
        base[rank] = parent;
        type[rank] = type[parent] as number;
      }
    } else if (kind === REF_DELTA) {
      const name = index.find(bytes, at);
      at += idBytes;
      if (name < 0) broken.set(rank, "its delta's base is not in the pack");
      else {
        base[rank] = rankOf[name] as number;
        later.push(rank);
      }
    } else if (kind >= 1 && kind <= 4) type[rank] = kind;
    else broken.set(rank, `it is of unknown type ${kind}`);
    head[rank] = at - (from - bytesFrom);
    if (at - (from - bytesFrom) > (offset[rank + 1] as number) - from) {
      broken.set(rank, "the next object begins within its header");
      base[rank] = NONE;
      type[rank] = 0;
    }
  }
  if (later.length > 0 || broken.size > 0) resolveTypes(base, type, broken);
  for (let rank = count - 1; rank >= 0; rank--) {
    const parent = base[rank] as number;
    if (parent === NONE) continue;
    nextSibling[rank] = firstChild[parent] as number;
    firstChild[parent] = rank;
  }
  return { count, index, offset, head, size, type, base, firstChild, nextSibling, nameOf, rankOf, broken };
}

/** Follows deltas whose bases may lie behind them, or are broken, to the kind of object at the end. */
function resolveTypes(base: Int32Array, type: Uint8Array, broken: Map<number, string>): void {
  for (let rank = 0; rank < base.length; rank++) {
    const chain: number[] = [];
    let at = rank;
    // A link that is known to lead nowhere is not followed again: long chains would be walked for each of their links.
    while (type[at] === 0 && base[at] !== NONE && !broken.has(at) && chain.length <= base.length) {
      chain.push(at);
      at = base[at] as number;
    }
    const kind = type[at] as number;
    for (const link of chain) {
      type[link] = kind;
      if (kind === 0 && !broken.has(link)) broken.set(link, "its chain of deltas leads nowhere");
      if (kind === 0 && chain.length > base.length) base[link] = NONE; // a ring: belongs to no family
    }
  }
}

/** Hex id of the entry. */
export function idOf(table: PackTable, rank: number): string {
  return table.index.id(table.nameOf[rank] as number);
}
