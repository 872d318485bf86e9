import { createHash } from "node:crypto";

/** Hexadecimal digits of a digest: 64 bits, so that no other secret meets one of some thousands by chance. */
const DIGITS = 16;

const KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----([^]*)-----END /;

/** What of a secret does not hang on how it is written down: of a key in PEM form its body without line ends and indents. */
function essence(secret: string): string {
  const body = KEY.exec(secret)?.[1];
  return body === undefined ? secret : body.replaceAll(/\\+[nrt]/g, "").replaceAll(/[^A-Za-z0-9+/=]/g, "");
}

/** Tells a published secret without holding it: the first 64 bits of SHA-256, hexadecimal. `secret` is latin1. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(essence(secret), "latin1").digest("hex").slice(0, DIGITS);
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Whether the secret's digest is one of `digests`. */
export function isPublished(secret: string, digests: readonly string[]): boolean {
  let set = sets.get(digests);
  if (set === undefined) sets.set(digests, (set = new Set(digests)));
  return set.has(digestOf(secret));
}
