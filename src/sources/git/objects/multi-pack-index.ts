// One index over many packs (gitformat-pack(5), "multi-pack-index"). Packs normally keep their own index beside it; we
// turn to this one when a pack's own is missing or damaged.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRegular } from "../../../disk/regular-file.ts";
import { BrokenObject } from "./broken.ts";
import type { ObjectFormat } from "../object-id.ts";
import { PackIndex } from "./pack-index.ts";

interface Chunks {
  readonly [id: string]: Buffer | undefined;
}

function readChunks(file: Buffer, count: number): Chunks {
  const chunks: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    const at = 12 + 12 * i;
    if (at + 24 > file.length) throw new BrokenObject("the multi-pack index is cut short");
    const [start, end] = [Number(file.readBigUInt64BE(at + 4)), Number(file.readBigUInt64BE(at + 16))];
    if (start > end || end > file.length) throw new BrokenObject("the multi-pack index is cut short");
    chunks[file.toString("latin1", at, at + 4)] = file.subarray(start, end);
  }
  return chunks;
}

/** Writes what one pack's own index (version 2) would say, from the rows that the multi-pack index has for it. */
function toPackIndex(
  rows: readonly { readonly id: Buffer; readonly offset: number }[],
  format: ObjectFormat,
): PackIndex {
  const { bytes } = format;
  const large = rows.filter((row) => row.offset >= 0x80000000).length;
  const file = Buffer.alloc(8 + 1024 + rows.length * (bytes + 8) + 8 * large + 2 * bytes);
  file.writeUInt32BE(0xff744f63, 0);
  file.writeUInt32BE(2, 4);
  let next = 0;
  for (let i = 0, k = 0; i < 256; i++) {
    while (k < rows.length && (rows[k]?.id[0] ?? 0) <= i) k++;
    file.writeUInt32BE(k, 8 + 4 * i);
  }
  rows.forEach(({ id, offset }, i) => {
    id.copy(file, 1032 + i * bytes);
    const at = 1032 + rows.length * (bytes + 4) + 4 * i;
    if (offset < 0x80000000) file.writeUInt32BE(offset, at);
    else {
      file.writeUInt32BE(0x80000000 + next, at);
      file.writeBigUInt64BE(BigInt(offset), 1032 + rows.length * (bytes + 8) + 8 * next++);
    }
  });
  return new PackIndex(file, format);
}

/**
 * The indexes that the multi-pack index of an object folder stands in for, by the pack's name without extension;
 * undefined when there is none. An object that lies in several packs is listed for one of them only.
 */
export function readMultiPackIndex(objectDir: string, format: ObjectFormat): Map<string, PackIndex> | undefined {
  const path = join(objectDir, "pack", "multi-pack-index");
  if (!existsSync(path)) return undefined;
  const file = readRegular(path);
  if (file.length < 12 || file.toString("latin1", 0, 4) !== "MIDX" || file[4] !== 1) {
    throw new BrokenObject("not a multi-pack index of version 1");
  }
  const chunks = readChunks(file, file[6] ?? 0);
  const { PNAM: names, OIDL: ids, OOFF: offsets, LOFF: large } = chunks;
  if (names === undefined || ids === undefined || offsets === undefined)
    throw new BrokenObject("the multi-pack index lacks a part");
  const packs = names.toString("utf8").split("\0").slice(0, file.readUInt32BE(8));
  const rows = packs.map((): { id: Buffer; offset: number }[] => []);
  for (let i = 0; (i + 1) * format.bytes <= ids.length && 8 * i + 8 <= offsets.length; i++) {
    const small = offsets.readUInt32BE(8 * i + 4);
    // Without a chunk of large offsets all 32 bits are the offset.
    const at = 8 * (small - 0x80000000);
    const offset = small < 0x80000000 || large === undefined ? small : Number(large.readBigUInt64BE(at));
    rows[offsets.readUInt32BE(8 * i)]?.push({ id: ids.subarray(i * format.bytes, (i + 1) * format.bytes), offset });
  }
  return new Map(packs.map((name, i) => [name.replace(/\.idx$/, ""), toPackIndex(rows[i] ?? [], format)]));
}
