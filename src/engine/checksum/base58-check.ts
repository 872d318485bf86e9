import { createHash } from "node:crypto";
import type { Checksum } from "./checksum.ts";

const BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const XRP_LEDGER = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const SUM_BYTES = 4;

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest();
const sumOf = (body: Uint8Array) => sha256(sha256(body)).subarray(0, SUM_BYTES);

/** Undefined for what is no base58 of that many bytes. */
function bytesOf(text: string, digits: string, length: number): Buffer | undefined {
  let value = 0n;
  for (const char of text) {
    const digit = digits.indexOf(char);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const hex = value.toString(16).padStart(2 * length, "0");
  return hex.length === 2 * length ? Buffer.from(hex, "hex") : undefined;
}

function textOf(bytes: Uint8Array, digits: string): string {
  let text = "";
  for (let value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); value > 0n; value /= 58n) {
    text = digits.charAt(Number(value % 58n)) + text;
  }
  return text;
}

/** Base58Check: the last four bytes are the double SHA-256 of the others. `lengthOf` tells how many bytes a text has. */
function base58CheckOf(lengthOf: (text: string) => number, digits = BITCOIN): Checksum {
  return {
    verify(secret) {
      const bytes = bytesOf(secret, digits, lengthOf(secret));
      return bytes !== undefined && sumOf(bytes.subarray(0, -SUM_BYTES)).equals(bytes.subarray(-SUM_BYTES));
    },
    complete(secret) {
      const bytes = bytesOf(secret, digits, lengthOf(secret));
      if (bytes === undefined) return secret;
      const body = bytes.subarray(0, -SUM_BYTES);
      return textOf(Buffer.concat([body, sumOf(body)]), digits);
    },
  };
}

/** The serialized keys of BIP 32: version, depth, fingerprint, number, chain code, key, checksum. */
export const base58Check = base58CheckOf(() => 82);

/** Tezos' keys: four bytes that make the prefix, a seed of 32 bytes or a key of 64, checksum. */
export const tezos = base58CheckOf((text) => (text.length === 54 ? 40 : 72));

/** The XRP Ledger's seeds for Ed25519: three bytes that make `sEd`, 16 of the seed, checksum; in digits of their own. */
export const xrpSeed = base58CheckOf(() => 23, XRP_LEDGER);
