/** Made when it is first needed, as to make it is half a millisecond of each start. */
let table: Uint32Array | undefined;

const makeTable = () =>
  new Uint32Array(256).map((_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });

/** CRC-32 as in zlib and IEEE 802.3, as an unsigned number. A string counts by its latin1 bytes. */
export function crc32(data: string | Uint8Array): number {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  const known = (table ??= makeTable());
  let c = 0xffffffff;
  for (const byte of bytes) c = (known[(c ^ byte) & 255] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
