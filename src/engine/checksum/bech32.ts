import type { Checksum } from "./checksum.ts";

const DIGITS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;
const WIDTH = 6;

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, i) => (sum ^= (top >> i) & 1 ? generator : 0));
  }
  return sum;
}

/** The six digits behind all that stands before; undefined where there is no `1` or a character is no digit. */
function digitsFor(body: string): string | undefined {
  const separator = body.lastIndexOf("1");
  const data = [...body.slice(separator + 1)].map((char) => DIGITS.indexOf(char));
  if (separator < 1 || data.includes(-1)) return undefined;
  const codes = [...body.slice(0, separator)].map((char) => char.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const sum = polymod([...expanded, ...data, ...Array<number>(WIDTH).fill(0)]) ^ 1;
  return Array.from({ length: WIDTH }, (_, i) => DIGITS.charAt((sum >> (5 * (WIDTH - 1 - i))) & 31)).join("");
}

function complete(secret: string): string {
  const body = secret.slice(0, -WIDTH);
  return body + (digitsFor(body) ?? secret.slice(-WIDTH));
}

/**
 * Bech32 (BIP 173), of any length: Nostr's `nsec1` keys, Sui's and Cardano's, and age's, which are in capitals. The sum is
 * over small letters in either case, and both cases in one text are none.
 */
export const bech32: Checksum = {
  verify(secret) {
    const small = secret.toLowerCase();
    if (secret !== small && secret !== secret.toUpperCase()) return false;
    return digitsFor(small.slice(0, -WIDTH)) === small.slice(-WIDTH);
  },
  complete: (secret) =>
    secret === secret.toLowerCase() ? complete(secret) : complete(secret.toLowerCase()).toUpperCase(),
};
