import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { PatrolError } from "../model/errors.ts";

/** A secret key with a name. Of a list, the first one writes and all of them read, so that keys can be rotated. */
export interface Pepper {
  readonly id: string;
  /** 32 random bytes or more. */
  readonly key: Buffer;
}

const VERSION = 1;
const SALT = 16;
const NONCE = 12;
const TAG = 16;

/**
 * Encrypts bytes for rest: AES-256-GCM under a key of its own (HKDF-SHA256 of the first pepper, a random salt and
 * `purpose`), bound to `context`. Layout: version, length of the pepper id, pepper id, salt, nonce, ciphertext, tag.
 */
export function seal(peppers: readonly Pepper[], purpose: string, context: string, bytes: Uint8Array): Buffer {
  const pepper = peppers[0];
  if (pepper === undefined) throw new PatrolError("setting-invalid", "There is no pepper to seal with.");
  const id = Buffer.from(pepper.id);
  const salt = randomBytes(SALT);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv("aes-256-gcm", derive(pepper.key, salt, purpose), nonce);
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION, id.length), id, salt, nonce, text, cipher.getAuthTag()]);
}

/**
 * What `seal` was given.
 *
 * @throws PatrolError `setting-invalid` when the pepper is not among `peppers`; `internal` when the bytes were changed,
 * or sealed for another purpose or context.
 */
export function unseal(peppers: readonly Pepper[], purpose: string, context: string, sealed: Uint8Array): Buffer {
  const broken = (cause?: unknown) =>
    new PatrolError(
      "internal",
      `What was sealed as "${purpose}" does not open: it was changed, or belongs elsewhere.`,
      {
        cause,
      },
    );
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const start = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== VERSION || bytes.length < start + SALT + NONCE + TAG) throw broken();
  const id = bytes.toString("utf8", 2, start);
  const pepper = peppers.find((one) => one.id === id);
  if (pepper === undefined)
    throw new PatrolError("setting-invalid", `Sealed with pepper "${id}", which PATROL_PEPPERS does not list.`);
  const salt = bytes.subarray(start, start + SALT);
  const nonce = bytes.subarray(start + SALT, start + SALT + NONCE);
  const decipher = createDecipheriv("aes-256-gcm", derive(pepper.key, salt, purpose), nonce);
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(start + SALT + NONCE, bytes.length - TAG)), decipher.final()]);
  } catch (cause) {
    throw broken(cause);
  }
}

function derive(key: Buffer, salt: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, purpose, 32));
}
