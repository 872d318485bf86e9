import { createHmac, timingSafeEqual } from "node:crypto";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";

const FORM = /^sha256=([0-9a-f]{64})$/i;

/** The bytes of `X-Hub-Signature-256`. */
export function parseSignature(header: string): Buffer {
  const hex = FORM.exec(header)?.[1];
  if (hex === undefined)
    throw new PatrolError("header-invalid", "X-Hub-Signature-256 must be sha256= and 64 hexadecimal digits.");
  return Buffer.from(hex, "hex");
}

/**
 * Whether one of the secrets signed exactly these bytes: HMAC-SHA256 over the raw body, before anything decodes it.
 * Always tries all of them, so that the time taken does not tell which one held.
 */
export function isSigned(body: Buffer, signature: Buffer, secrets: readonly Secret[]): boolean {
  let signed = false;
  for (const secret of secrets) {
    const expected = createHmac("sha256", secret.reveal()).update(body).digest();
    if (timingSafeEqual(expected, signature)) signed = true;
  }
  return signed;
}
