import { loadGitCore, TABLES_END, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists } from "../../../src/sources/git/core/git-lists.ts";
import { Memory } from "../../../src/sources/git/core/webassembly.ts";
import { BLOB, OFS_DELTA, REF_DELTA, TREE, type ObjectType } from "../../../src/sources/git/object-id.ts";
import type { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { NONE, readPackTable, type FamilyTable, type PackTable } from "../../../src/sources/git/objects/pack-table.ts";
import { TEXTS } from "../../../src/sources/git/scan/pack-pass.ts";
import { hold } from "../target.ts";

const LONGEST_HEAD = 64;
const BLANK_BYTES = 64;

const memory = new Memory({ initial: 1 });
const rooms = new Map<string, { readonly at: number; readonly bytes: number }>();
let free = TABLES_END;

/** Memory of this name, between bytes that nobody may touch. */
function room(name: string, bytes: number): number {
  const held = rooms.get(name);
  if (held !== undefined && held.bytes >= bytes) return held.at;
  const at = free + BLANK_BYTES;
  const taken = Math.ceil(bytes / BLANK_BYTES) * BLANK_BYTES;
  free = at + taken + BLANK_BYTES;
  const missing = Math.ceil((free - memory.buffer.byteLength) / 65536);
  if (missing > 0) memory.grow(missing);
  rooms.set(name, { at, bytes });
  return at;
}

const asked: Partial<GitAsked> = { room: (list, bytes) => room(`list ${list} of ${bytes}`, bytes) };
let lists: GitLists | undefined;

/** The table of a pack that lies in `pack`, as WebAssembly reads it, held against what JavaScript makes of it. */
export function tableOf(index: PackIndex, end: number, pack: Buffer): PackTable {
  const git = (lists ??= new GitLists(
    loadGitCore(memory, (bytes) => room("scratch", bytes), asked),
    memory,
    room,
  ));
  const start = git.putBytes("pack", pack);
  const read = (at: number, length: number) =>
    git.bytes.subarray(start + at, start + Math.min(pack.length, at + length));
  const table = readPackTable(index, end, read, git, asked);
  holdBlanks();
  const plain = plainTable(index, end, pack);
  for (const name of [
    "offset",
    "head",
    "size",
    "type",
    "base",
    "firstChild",
    "nextSibling",
    "nameOf",
    "rankOf",
  ] as const)
    hold(
      plain[name].join() === table[name].join(),
      () => `${name}: ${table[name].join()} instead of ${plain[name].join()}`,
    );
  const told = [...table.broken].map(([rank, why]) => `${rank} ${why}`).join();
  const broken = [...plain.broken].sort(([a], [b]) => a - b).map(([rank, why]) => `${rank} ${why}`);
  hold(told === broken.join(), () => `${told} instead of ${broken.join()}`);
  for (const types of [TEXTS, [BLOB], [TREE]] as const) holdChosen(table, plain, types);
  // The next table takes its place.
  return {
    ...plain,
    index,
    copy: () => table.copy(),
    roots: (types: readonly ObjectType[]) => table.roots(types),
    neededFor: (wanted: Uint8Array) => table.neededFor(wanted),
  } as unknown as PackTable;
}

/** What the table says of objects of such types, against what its columns say. */
function holdChosen(table: PackTable, plain: FamilyTable, types: readonly ObjectType[]): void {
  const ranks = Array.from({ length: plain.count }, (_, rank) => rank);
  const isOne = (rank: number) => types.some((type) => type === plain.type[rank]);
  const { marks, count } = table.marked(types);
  hold(
    [...marks].every((mark, rank) => mark === Number(isOne(rank))) && count === ranks.filter(isOne).length,
    () => `${count} objects of types ${types.join()}: ${marks.join()}`,
  );
  const roots = ranks.filter((rank) => plain.base[rank] === NONE && isOne(rank));
  const told = table.roots(types).join();
  hold(told === roots.join(), () => `families of types ${types.join()} at ${told} instead of ${roots.join()}`);
  const some = marks.map((mark, rank) => (rank % 3 === 0 ? mark : 0));
  const needed = new Set<number>();
  for (const rank of ranks)
    for (let at = rank; some[rank] === 1 && at !== NONE && !needed.has(at); at = plain.base[at] as number)
      needed.add(at);
  const made = table.neededFor(some);
  hold(
    made.every((mark, rank) => mark === Number(needed.has(rank))),
    () => `made are ${made.join()} for ${some.join()}`,
  );
  holdBlanks();
}

function holdBlanks(): void {
  const bytes = Buffer.from(memory.buffer);
  for (const [name, { at, bytes: length }] of rooms) {
    const end = at + Math.ceil(length / BLANK_BYTES) * BLANK_BYTES;
    const isBlank = (from: number) => bytes.subarray(from, from + BLANK_BYTES).every((byte) => byte === 0);
    hold(isBlank(at - BLANK_BYTES) && isBlank(end), () => `something was written beside ${name}`);
  }
}

/** As readPackTable, entry by entry. */
function plainTable(index: PackIndex, end: number, pack: Buffer) {
  const { count, idBytes } = index;
  const places = Array.from({ length: count }, (_, i) => ({ i, at: Math.min(index.offset(i), end) }));
  places.sort((a, b) => a.at - b.at || a.i - b.i);
  const offset = Float64Array.from([...places.map(({ at }) => at), end]);
  const nameOf = Uint32Array.from(places, ({ i }) => i);
  const rankOf = new Uint32Array(count);
  for (const [rank, { i }] of places.entries()) rankOf[i] = rank;
  const head = new Uint8Array(count);
  const size = new Float64Array(count);
  const type = new Uint8Array(count);
  const base = new Int32Array(count).fill(NONE);
  const firstChild = new Int32Array(count).fill(NONE);
  const nextSibling = new Int32Array(count).fill(NONE);
  const broken = new Map<number, string>();
  for (let rank = 0; rank < count; rank++) {
    const from = offset[rank]!;
    if (from < 12 || from >= end || from === offset[rank - 1]) {
      broken.set(rank, "the index names a place that is not in the pack");
      continue;
    }
    const bytes = Buffer.concat([pack.subarray(from, from + LONGEST_HEAD), Buffer.alloc(LONGEST_HEAD)]);
    let at = 0;
    let byte = bytes[at++]!;
    const kind = (byte >> 4) & 7;
    let inside = byte & 15;
    for (let scale = 16; byte & 0x80 && scale < 2 ** 50; scale *= 128) {
      byte = bytes[at++]!;
      inside += (byte & 0x7f) * scale;
    }
    size[rank] = inside;
    if (kind === OFS_DELTA) {
      byte = bytes[at++]!;
      let distance = byte & 0x7f;
      for (let n = 0; byte & 0x80 && n < 8; n++) {
        byte = bytes[at++]!;
        distance = (distance + 1) * 128 + (byte & 0x7f);
      }
      const parent = distance > 0 ? offset.subarray(0, rank).indexOf(from - distance) : NONE;
      base[rank] = parent;
      if (parent === NONE) broken.set(rank, "its delta's base is not in the pack");
    } else if (kind === REF_DELTA) {
      const name = from + at + idBytes > pack.length ? -1 : index.find(bytes, at);
      at += idBytes;
      if (name < 0) broken.set(rank, "its delta's base is not in the pack");
      else base[rank] = rankOf[name]!;
    } else if (kind >= 1 && kind <= 4) type[rank] = kind;
    else broken.set(rank, `it is of unknown type ${kind}`);
    head[rank] = at;
    if (at > offset[rank + 1]! - from) {
      broken.set(rank, "the next object begins within its header");
      base[rank] = NONE;
      type[rank] = 0;
    }
  }
  for (let rank = 0; rank < count; rank++) {
    const chain: number[] = [];
    let at = rank;
    while (type[at] === 0 && base[at] !== NONE && !broken.has(at) && chain.length <= count) {
      chain.push(at);
      at = base[at]!;
    }
    const kind = type[at]!;
    for (const link of chain) {
      type[link] = kind;
      if (kind === 0 && !broken.has(link)) broken.set(link, "its chain of deltas leads nowhere");
      // A ring belongs to no family.
      if (kind === 0 && chain.length > count) base[link] = NONE;
    }
  }
  for (let rank = 0; rank < count; rank++) {
    const parent = base[rank]!;
    if (parent === NONE) continue;
    nextSibling[rank] = firstChild[parent]!;
    firstChild[parent] = rank;
  }
  return { count, offset, head, size, type, base, firstChild, nextSibling, nameOf, rankOf, broken };
}
