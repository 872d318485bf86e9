import { crc16Base32 } from "./crc16-base32.ts";

/** Two bytes for what the key is, 32 of the key, two of the checksum (NATS NKEYS, nats-io/nkeys). */
export const natsNkey = crc16Base32(36);
