import { base62 } from "./base62.ts";
import { suffixChecksum } from "./checksum.ts";
import { crc32 } from "./crc32.ts";

/** CRC-32 of all before the last `_`, prefix included, as six base62 digits (Matrix, Synapse's access tokens). */
export const synapse = suffixChecksum(6, (body) => base62(crc32(body.slice(0, -1)), 6));

/**
 * The same sum with its digits the other way round, the zeros still on the left: Matrix Authentication Service, whose
 * `TokenType::generate` says so.
 */
export const matrixAuthentication = suffixChecksum(6, (body) =>
  [...base62(crc32(body.slice(0, -1)))].reverse().join("").padStart(6, "0"),
);
