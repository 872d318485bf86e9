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

/** Lower-case bech32 (BIP 173), as Nostr's `nsec1` keys are written. */
export const bech32: Checksum = {
  verify: (secret) => digitsFor(secret.slice(0, -WIDTH)) === secret.slice(-WIDTH),
  complete: (secret) => secret.slice(0, -WIDTH) + (digitsFor(secret.slice(0, -WIDTH)) ?? secret.slice(-WIDTH)),
};
