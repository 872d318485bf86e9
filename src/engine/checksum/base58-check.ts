import { createHash } from "node:crypto";
import type { Checksum } from "./checksum.ts";

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Version, depth, fingerprint, number, chain code, key (BIP 32), and four bytes of checksum. */
const BYTES = 82;

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest();
const sumOf = (body: Uint8Array) => sha256(sha256(body)).subarray(0, 4);

function bytesOf(text: string): Buffer | undefined {
  let value = 0n;
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16).padStart(2 * BYTES, "0");
  return hex.length === 2 * BYTES ? Buffer.from(hex, "hex") : undefined;
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); value > 0n; value /= 58n) {
    text = DIGITS.charAt(Number(value % 58n)) + text;
  }
  return text;
}

/** The serialized keys of BIP 32 in Base58Check: the last four bytes are the double SHA-256 of the others. */
export const base58Check: Checksum = {
  verify(secret) {
    const bytes = bytesOf(secret);
    return bytes !== undefined && sumOf(bytes.subarray(0, -4)).equals(bytes.subarray(-4));
  },
  complete(secret) {
    const bytes = bytesOf(secret);
    if (bytes === undefined) return secret;
    const body = bytes.subarray(0, -4);
    return textOf(Buffer.concat([body, sumOf(body)]));
  },
};
