import { base32, fromBase32 } from "./base32.ts";
import type { Checksum } from "./checksum.ts";

const SUM_BYTES = 2;

/** CRC-16 as in XMODEM: polynomial 0x1021, nothing before or after. */
function crc16(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = ((sum << 1) ^ ((sum & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  }
  return sum;
}

/** Base32 of `length` bytes of which the last two are the CRC-16 of all that stands before, the lower first. */
export function crc16Base32(length: number): Checksum {
  /** The text that the same key has with its checksum put right; undefined for what is no base32 of that length. */
  function whole(secret: string): string | undefined {
    const bytes = fromBase32(secret);
    if (bytes?.length !== length) return undefined;
    new DataView(bytes.buffer).setUint16(length - SUM_BYTES, crc16(bytes.subarray(0, -SUM_BYTES)), true);
    return base32(bytes).toUpperCase();
  }
  return {
    verify: (secret) => whole(secret) === secret,
    complete: (secret) => whole(secret) ?? secret,
  };
}
