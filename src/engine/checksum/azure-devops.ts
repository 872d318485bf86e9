import { base62 } from "./base62.ts";
import type { Checksum } from "./checksum.ts";
import { marvin32 } from "./marvin32.ts";

/** ASCII "Default0". */
const SEED = 0x44656661756c7430n;
const BODY = 80;

/** The hash's bytes, lowest first. */
function hashOf(secret: string): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(marvin32(Buffer.from(secret.slice(0, BODY), "base64"), SEED));
  return bytes;
}

/** The bytes read as one big-endian number; a `0` more for each leading zero byte, filled on the right, cut to four. */
function digits(bytes: Buffer): string {
  let zeros = 0;
  while (zeros < 3 && bytes[zeros] === 0) zeros++;
  return ("0".repeat(zeros) + base62(bytes.readUInt32BE(0))).padEnd(6, "0").slice(0, 4);
}

/**
 * Microsoft's common annotated security keys of 84 characters, which Azure DevOps issues since July 2024: Marvin32 of
 * the 60 bytes that the first 80 characters encode. Older ones end in base64 instead of base62. The provider's own
 * bytes before `AZDO` are not fixed (microsoft/security-utilities).
 */
export const azureDevops: Checksum = {
  verify(secret) {
    if (secret.length !== BODY + 4) return false;
    const hash = hashOf(secret);
    const stored = secret.slice(BODY);
    return stored === digits(hash) || stored === hash.toString("base64").slice(0, 4);
  },
  complete: (secret) => secret.slice(0, BODY) + digits(hashOf(secret)),
};
