import { base62 } from "./base62.ts";
import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/**
 * CRC-32 of the characters after the prefix (which ends in `_`), as six base62 digits at the end: GitHub's classic
 * tokens, npm's, NetBird's, Thunderstore's and Patrol's own. GitHub describes it in "Behind GitHub's new authentication token formats".
 */
export const crc32Base62 = suffixChecksum(6, (body) => base62(crc32(body.slice(body.lastIndexOf("_") + 1)), 6));
