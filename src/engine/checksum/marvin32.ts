const rotate = (v: number, by: number) => ((v << by) | (v >>> (32 - by))) >>> 0;

/** Marvin32, Microsoft's keyed hash; both halves of its state folded into one unsigned number. */
export function marvin32(data: Uint8Array, seed: bigint): number {
  let low = Number(seed & 0xffffffffn);
  let high = Number(seed >> 32n);
  const mix = () => {
    high = (high ^ low) >>> 0;
    low = (rotate(low, 20) + high) >>> 0;
    high = (rotate(high, 9) ^ low) >>> 0;
    low = (rotate(low, 27) + high) >>> 0;
    high = rotate(high, 19);
  };
  // The data, one byte 0x80, and zeros to the next multiple of four.
  const padded = Buffer.alloc((data.length & ~3) + 4);
  padded.set(data);
  padded[data.length] = 0x80;
  for (let i = 0; i < padded.length; i += 4) {
    low = (low + padded.readUInt32LE(i)) >>> 0;
    mix();
  }
  mix();
  return (low ^ high) >>> 0;
}
