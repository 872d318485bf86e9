import { createHash, randomInt } from "node:crypto";
import { BASE62 } from "../engine/checksum/base62.ts";
import { crc32Base62 } from "../engine/checksum/crc32-base62.ts";
import { Secret } from "../model/secret.ts";

/**
 * A token is `prefix` + 30 random base62 characters (178 bits) + 6 characters of CRC-32 in base62 over those 30: the
 * scheme of GitHub's own tokens, so every scanner that knows that scheme can check ours without asking.
 */
const BODY_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** A new token, from the system's randomness. */
export function mintToken(prefix: string): Secret {
  const body = Array.from({ length: BODY_LENGTH }, () => BASE62.charAt(randomInt(BASE62.length))).join("");
  return new Secret(crc32Base62.complete(prefix + body.padEnd(BODY_LENGTH + CHECKSUM_LENGTH)));
}

/** Whether the text has the prefix, the length and the checksum: what cannot be a token never reaches the database. */
export function isWellFormed(secret: Secret, prefix: string): boolean {
  const text = secret.reveal();
  if (text.length !== prefix.length + BODY_LENGTH + CHECKSUM_LENGTH || !text.startsWith(prefix)) return false;
  return /^[0-9A-Za-z]+$/.test(text.slice(prefix.length)) && crc32Base62.verify(text);
}

/** Whether a token with this prefix stands anywhere in a text. */
export function holdsToken(text: string, prefix: string): boolean {
  const length = prefix.length + BODY_LENGTH + CHECKSUM_LENGTH;
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1))
    if (isWellFormed(new Secret(text.slice(at, at + length)), prefix)) return true;
  return false;
}

/** Enough to tell an owner's tokens apart: the prefix and the last four characters, all of them checksum. */
export function hintOf(secret: Secret, prefix: string): string {
  return `${prefix}…${secret.reveal().slice(-4)}`;
}

/** SHA-256 of the token: what a scanner elsewhere tells of it, since nobody can guess 178 random bits. */
export const sha256Of = (secret: Secret): Buffer => createHash("sha256").update(secret.reveal()).digest();

/** `c3idOfSha256` of the token's SHA-256. */
export const c3idOf = (secret: Secret): string => c3idOfSha256(sha256Of(secret));

/**
 * Microsoft's C3ID, a correlation id that says nothing of the token: base64 of the first 15 bytes of
 * SHA-256("CrossMicrosoftCorrelatingId:" + upper-case hex SHA-256 of the token). As microsoft/security-utilities does.
 */
export function c3idOfSha256(digest: Buffer): string {
  const inner = digest.toString("hex").toUpperCase();
  const outer = createHash("sha256").update(`CrossMicrosoftCorrelatingId:${inner}`).digest();
  return outer.subarray(0, 15).toString("base64");
}
