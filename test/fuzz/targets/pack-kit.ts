import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

/** zlib.crc32 came with Node 20.15; its types are newer than ours. */
const checksum: (bytes: Uint8Array) => number = crc32;

const sha1 = (...parts: readonly Uint8Array[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha1")).digest();

export function idOf(type: string, content: Uint8Array): Buffer {
  return sha1(Buffer.from(`${type} ${content.length}\0`), content);
}

export function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1]! |= 128;
    bytes.push(rest % 128);
  }
  return Buffer.from(bytes);
}

export function baseDistance(distance: number): Buffer {
  const bytes = [distance & 127];
  for (let rest = distance >> 7; rest > 0; rest >>= 7) bytes.unshift(128 | (--rest & 127));
  return Buffer.from(bytes);
}

export interface PackedEntry {
  readonly id: Buffer;
  /** What stands before the stream. */
  readonly head: (at: number, offsets: readonly number[]) => Buffer;
  readonly content: Uint8Array;
}

/** A pack and where its entries begin. */
export function packOf(entries: readonly PackedEntry[]): { pack: Buffer; offsets: number[] } {
  const parts: Buffer[] = [Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1")];
  (parts[0] as Buffer).writeUInt32BE(entries.length, 8);
  const offsets: number[] = [];
  let at = 12;
  for (const { head, content } of entries) {
    offsets.push(at);
    for (const part of [head(at, offsets), deflateSync(content, { level: 1 })]) {
      parts.push(part);
      at += part.length;
    }
  }
  const body = Buffer.concat(parts);
  return { pack: Buffer.concat([body, sha1(body)]), offsets };
}

/** gitformat-pack(5), pack index of version 1 or 2. */
export function indexOf(ids: readonly Buffer[], offsets: readonly number[], packSum: Buffer, version = 2): Buffer {
  const rows = ids.map((id, i) => ({ id, offset: offsets[i] ?? 0 })).sort((a, b) => Buffer.compare(a.id, b.id));
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  const fanout = Array.from({ length: 256 }, (_, first) => word(rows.filter(({ id }) => id[0]! <= first).length));
  const large = rows.filter(({ offset }) => offset >= 2 ** 31);
  const eight = (value: number) => Buffer.concat([word(Math.floor(value / 2 ** 32)), word(value % 2 ** 32)]);
  const body =
    version === 1
      ? [...fanout, ...rows.flatMap(({ id, offset }) => [word(offset), id])]
      : [
          Buffer.from("ff744f6300000002", "hex"),
          ...fanout,
          ...rows.map(({ id }) => id),
          ...rows.map(({ id }) => word(checksum(id))),
          ...rows.map((row) => word(row.offset < 2 ** 31 ? row.offset : 2 ** 31 + large.indexOf(row))),
          ...large.map(({ offset }) => eight(offset)),
        ];
  const bytes = Buffer.concat([...body, packSum]);
  return Buffer.concat([bytes, sha1(bytes)]);
}
