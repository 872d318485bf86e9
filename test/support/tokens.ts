import { CHECKSUMS } from "../../src/engine/checksum/index.ts";
import { BASE62 } from "../../src/engine/checksum/base62.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";

/** `length` characters of the alphabet. */
export const randomText = (seed: number, length: number, alphabet = BASE62): string => {
  const next = seededRandom(seed);
  return Array.from({ length }, () => alphabet.charAt(Math.floor(next() * alphabet.length))).join("");
};

/** A made-up token with a valid checksum: `prefix`, 30 characters, six of checksum. GitHub's, npm's and Patrol's form. */
export const crcToken = (seed: number, prefix = "npm_"): string =>
  CHECKSUMS["crc32-base62"]?.complete(prefix + randomText(seed, 36)) ?? "";

/** The other last character, so that only the checksum is wrong. */
export const withWrongChecksum = (token: string): string => token.slice(0, -1) + (token.endsWith("2") ? "3" : "2");
