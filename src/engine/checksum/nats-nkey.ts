import { base32, fromBase32 } from "./base32.ts";
import type { Checksum } from "./checksum.ts";

/** Two bytes for what the key is, 32 of the key, two of the checksum. */
const BYTES = 36;
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

/** The text that the same key has with its checksum put right; undefined for what is no base32 of that length. */
function whole(secret: string): string | undefined {
  const bytes = fromBase32(secret);
  if (bytes?.length !== BYTES) return undefined;
  new DataView(bytes.buffer).setUint16(BYTES - SUM_BYTES, crc16(bytes.subarray(0, -SUM_BYTES)), true);
  return base32(bytes).toUpperCase();
}

/** CRC-16 of all that stands before, as the last two bytes, the lower first (NATS NKEYS, nats-io/nkeys). */
export const natsNkey: Checksum = {
  verify: (secret) => whole(secret) === secret,
  complete: (secret) => whole(secret) ?? secret,
};
