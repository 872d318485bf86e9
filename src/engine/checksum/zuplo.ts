import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** CRC-32 of what stands between `zpka_` and the `_` before the sum, in hex (Zuplo, "API key format"). */
export const zuplo = suffixChecksum(8, (body) =>
  crc32(body.slice(body.indexOf("_") + 1, -1))
    .toString(16)
    .padStart(8, "0"),
);
