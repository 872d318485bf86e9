import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** CRC-32 of the forty characters before it, as eight hex digits: neither the number in the table nor a prefix that an application adds counts (Laravel Sanctum, `generateTokenString`). */
export const sanctum = suffixChecksum(8, (body) => crc32(body.slice(-40)).toString(16).padStart(8, "0"));
