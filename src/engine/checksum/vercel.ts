import { base62 } from "./base62.ts";
import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** As `crc32-base62`, but the body may hold `_` itself: the prefix is four characters, `vcp_`. */
export const vercel = suffixChecksum(6, (body) => base62(crc32(body.slice(4)), 6));
