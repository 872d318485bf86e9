import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { applyDelta } from "../../../src/sources/git/objects/delta.ts";
import { inflateByNode } from "../../../src/sources/git/objects/inflate.ts";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { NONE, type PackTable } from "../../../src/sources/git/objects/pack-table.ts";
import { refusal } from "../target.ts";
import type { Tape } from "../tape.ts";
import { baseDistance, entryHeader, idOf, indexOf, packOf, type PackedEntry } from "./pack-kit.ts";
import { tableOf } from "./table-kit.ts";

export const ID_BYTES = SHA1.bytes;
const NAMES = ["commit", "tree", "blob", "tag"] as const;

export interface Content {
  /** As packs number them: commit, tree, blob, tag. */
  readonly type: 1 | 2 | 3 | 4;
  readonly bytes: Buffer;
}

const varint = (value: number): number[] => (value < 128 ? [value] : [128 | (value & 127), ...varint(value >> 7)]);

const bytesOf = (value: number, count: number) => Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 255);

/** What both have at their ends is copied, what is between inserted. */
export function deltaOf(base: Buffer, bytes: Buffer): Buffer {
  const most = Math.min(base.length, bytes.length);
  let head = 0;
  while (head < most && base[head] === bytes[head]) head++;
  let tail = 0;
  while (tail < most - head && base[base.length - 1 - tail] === bytes[bytes.length - 1 - tail]) tail++;
  const steps: number[] = [];
  const copy = (from: number, length: number) => {
    if (length === 0) return;
    if (from < 65536 && length < 65536) steps.push(0xb3, from & 255, from >> 8, length & 255, length >> 8);
    else steps.push(0xff, ...bytesOf(from, 4), ...bytesOf(length, 3));
  };
  copy(0, head);
  for (let at = head, end = bytes.length - tail; at < end; at += 127) {
    const part = bytes.subarray(at, Math.min(end, at + 127));
    steps.push(part.length, ...part);
  }
  copy(base.length - tail, tail);
  return Buffer.from([...varint(base.length), ...varint(bytes.length), ...steps]);
}

/** A pack with its table, as a history's scan reads it. */
export interface ForgedPack {
  readonly pack: Buffer;
  readonly index: PackIndex;
  readonly table: PackTable;
}

/**
 * Objects, most of them stored as deltas on others of their kind; here and there a size, type, base, id, offset or byte that
 * lies. Undefined: it is refused.
 */
export function forgedPack(tape: Tape, contents: readonly Content[]): ForgedPack | undefined {
  const entries: PackedEntry[] = [];
  for (const [i, { type, bytes }] of contents.entries()) {
    const lie = tape.once(10) ? 1 + tape.below(6) : 0;
    const size = (length: number) => (lie === 1 ? tape.pick([0, length + 1, length - 1, 2 ** 31, 2 ** 40]) : length);
    const kept = (other: Buffer) => idOf(NAMES[type - 1] as string, other);
    const id = lie === 2 ? kept((contents[tape.below(contents.length)] as Content).bytes) : kept(bytes);
    const kin = contents.map((_, k) => k).filter((k) => contents[k]?.type === type && k !== i);
    const at = lie === 3 ? tape.below(contents.length) : tape.once(3) || kin.length === 0 ? -1 : tape.pick(kin);
    const base = contents[at];
    if (base === undefined) {
      const kind = lie === 4 ? tape.below(8) : type;
      const told = size(bytes.length);
      entries.push({ id, content: bytes, head: () => entryHeader(kind, told) });
      continue;
    }
    let delta = deltaOf(base.bytes, bytes);
    if (lie === 5) delta[tape.below(delta.length)]! ^= 1 << tape.below(8);
    if (lie === 6) delta = Buffer.concat([delta, tape.take(tape.below(9))]);
    const told = size(delta.length);
    const isBefore = at < i && !tape.once(3);
    const wrong = tape.once(20) ? 1 : 0;
    const baseId = idOf(NAMES[base.type - 1] as string, base.bytes);
    const head = (here: number, offsets: readonly number[]) =>
      isBefore
        ? Buffer.concat([entryHeader(6, told), baseDistance(Math.max(0, here - (offsets[at] ?? 0) + wrong))])
        : Buffer.concat([entryHeader(7, told), baseId]);
    entries.push({ id, content: delta, head });
  }
  const { pack, offsets } = packOf(entries);
  if (tape.once(5) && pack.length > 32) pack[12 + tape.below(pack.length - 32)]! ^= 1 << tape.below(8);
  if (tape.once(8) && offsets.length > 0) offsets[tape.below(offsets.length)]! += tape.below(30) - 15;
  const ids = entries.map(({ id }) => id);
  const places = offsets.map((offset) => Math.max(0, offset));
  const index = new PackIndex(indexOf(ids, places, pack.subarray(-20)), SHA1);
  const table = refusal(() => tableOf(index, pack.length - ID_BYTES, pack), BrokenObject);
  return table && { pack, index, table };
}

/** What an entry holds, as JavaScript reads it; undefined: nobody can make it. */
export function reader({
  pack,
  table: { offset, head, size, base },
}: ForgedPack): (rank: number) => Buffer | undefined {
  const known = new Map<number, Buffer | undefined>();
  const made = (rank: number): Buffer | undefined => {
    const [from, to, bytes] = [offset[rank]! + head[rank]!, offset[rank + 1]!, size[rank]!];
    const stream = refusal(() => inflateByNode(pack.subarray(from, to), Math.max(1, bytes)), BrokenObject);
    if (stream?.length !== bytes) return undefined;
    if (base[rank] === NONE) return stream;
    const on = read(base[rank]!);
    return on && refusal(() => applyDelta(on, stream), BrokenObject);
  };
  const read = (rank: number): Buffer | undefined => {
    if (!known.has(rank)) known.set(rank, made(rank));
    return known.get(rank);
  };
  return read;
}
