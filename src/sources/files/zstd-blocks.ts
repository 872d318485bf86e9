// Where a zstd file has blocks that are compressed, by RFC 8878, 3.1.1: what stands in them as it is are letters of the content.

const FRAME = 0xfd2fb528;
const isSkippable = (magic: number) => magic >>> 4 === 0x184d2a5;
const COMPRESSED = 2;
const RLE = 1;
/** Bytes of the dictionary's number, by its flag. */
const DICTIONARY_BYTES = [0, 1, 2, 4];

/** Bytes of a frame's head, its magic number among them. */
function headBytes(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0;
  const flag = descriptor >> 6;
  const size = flag === 0 ? Number(isSingle) : 1 << flag;
  return 5 + Number(!isSingle) + DICTIONARY_BYTES[descriptor & 3]! + size;
}

/** The compressed blocks, in order, of as many frames as can be read. */
export function compressedBlocks(zstd: Buffer): (readonly [from: number, to: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = 0; at + 8 <= zstd.length;) {
    const magic = zstd.readUInt32LE(at);
    if (isSkippable(magic)) {
      at += 8 + zstd.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME) break;
    const descriptor = zstd[at + 4]!;
    at += headBytes(descriptor);
    for (let isLast = false; !isLast && at + 3 <= zstd.length;) {
      const head = zstd.readUIntLE(at, 3);
      isLast = (head & 1) === 1;
      const type = (head >> 1) & 3;
      const size = type === RLE ? 1 : head >> 3;
      at += 3;
      if (type === COMPRESSED) found.push([at, Math.min(at + size, zstd.length)]);
      at += size;
    }
    if ((descriptor & 4) !== 0) at += 4;
  }
  return found;
}
