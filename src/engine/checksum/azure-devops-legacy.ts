import { base32, fromBase32 } from "./base32.ts";
import type { Checksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** What the CRC is mixed with says whose token it is. */
const SEEDS = { user: 0xe0b9692d, application: 0x1019f92e } as const;

/** Where the four checksum bytes lie among the 32, lowest first. */
const PLACES = [22, 8, 7, 2] as const;

const bytesOf = (secret: string) => (secret.length === 52 ? fromBase32(secret) : undefined);
const dataOf = (bytes: Uint8Array) => bytes.filter((_, i) => !PLACES.some((place) => place === i));

/**
 * Azure DevOps personal access tokens of the 52-character form: 32 bytes in base32, of which four, scattered, are the
 * CRC-32 of the other 28 XOR a seed (microsoft/security-utilities, legacy Azure DevOps PAT).
 */
export const azureDevopsLegacy: Checksum = {
  verify(secret) {
    const bytes = bytesOf(secret);
    if (bytes === undefined) return false;
    const stored = Buffer.from(PLACES.map((place) => bytes[place] as number)).readUInt32LE(0);
    const seed = (stored ^ crc32(dataOf(bytes))) >>> 0;
    return seed === SEEDS.user || seed === SEEDS.application;
  },
  complete(secret) {
    const bytes = bytesOf(secret);
    if (bytes === undefined) return secret;
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE((crc32(dataOf(bytes)) ^ SEEDS.user) >>> 0);
    PLACES.forEach((place, i) => (bytes[place] = sum[i] as number));
    return base32(bytes);
  },
};
