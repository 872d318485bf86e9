import { suffixChecksum } from "./checksum.ts";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PREFIX = "cio_tp_";

/** XOR of the body's bytes modulo 62, one character: lets one wrong token in 62 pass (crates-io, `trustpub` tokens). */
export const cratesTrustpub = suffixChecksum(1, (text) => {
  const body = Buffer.from(text.slice(PREFIX.length), "latin1");
  return DIGITS.charAt(body.reduce((sum, byte) => sum ^ byte, 0) % DIGITS.length);
});
