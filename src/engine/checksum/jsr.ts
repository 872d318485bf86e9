import { base62 } from "./base62.ts";
import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** As `crc32-base62`, but over the prefix and its `_` too (jsr-io/jsr, `generate_token`). */
export const jsr = suffixChecksum(6, (body) => base62(crc32(body), 6));
