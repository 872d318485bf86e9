import { crc16Base32 } from "./crc16-base32.ts";

/** A byte for what the key is, 32 of the seed, two of the checksum (Stellar, SEP-23: Strkeys). */
export const stellar = crc16Base32(35);
