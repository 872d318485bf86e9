import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { PatrolError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";

export interface Pepper {
  readonly id: string;
  readonly key: Buffer;
}

const MIN_KEY_BYTES = 32;

/** A token's digest under one pepper. */
export interface TokenDigest {
  readonly pepperId: string;
  readonly lookup: Buffer;
}

/**
 * The keys that tokens are hashed under. The first writes, all read; so a new one is put in front, and an old one may
 * go when no token is stored under it any more. Prints as its ids.
 */
export class Peppers {
  readonly #peppers: readonly Pepper[];
  readonly #fingerprintKey: Buffer;

  /** @throws PatrolError `setting-invalid`, naming `PATROL_PEPPERS`. */
  constructor(text: string) {
    this.#peppers = text.split(",").map((part) => parsePepper(part.trim()));
    const ids = this.ids;
    if (new Set(ids).size !== ids.length) throw invalid("the same id stands twice");
    // The last pepper stays longest when new ones are put in front, so that fingerprints outlive a rotation.
    const last = this.#peppers.at(-1)?.key ?? Buffer.alloc(0);
    this.#fingerprintKey = Buffer.from(hkdfSync("sha256", last, Buffer.alloc(0), "patrol fingerprint", 32));
  }

  get ids(): string[] {
    return this.#peppers.map((pepper) => pepper.id);
  }

  /** For deriving other keys (HKDF with an `info` of its own); the first is the newest. */
  get keys(): readonly Pepper[] {
    return this.#peppers;
  }

  /** HMAC-SHA256 of the token under every pepper, the writing one first. */
  digests(secret: Secret): [TokenDigest, ...TokenDigest[]] {
    const digests = this.#peppers.map(({ id, key }) => ({ pepperId: id, lookup: hmac(key, secret.reveal()) }));
    return digests as [TokenDigest, ...TokenDigest[]];
  }

  /** What each pepper computes for a fixed text, to find out that another key hides behind the same id. */
  checks(): { readonly pepperId: string; readonly digest: Buffer }[] {
    return this.#peppers.map(({ id, key }) => ({ pepperId: id, digest: hmac(key, "patrol pepper check") }));
  }

  /** Keyed digest of a place and the token there, in hex; see `fingerprintOf`. */
  fingerprint(place: string, secret: Secret): string {
    const token = hmac(this.#fingerprintKey, secret.reveal());
    return hmac(this.#fingerprintKey, `${place}\n${token.toString("hex")}`).toString("hex");
  }

  toString(): string {
    return `[peppers ${this.ids.join(", ")}]`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A fresh setting: `id:base64`. */
export function generatePepper(id = "p1"): string {
  return `${id}:${randomBytes(MIN_KEY_BYTES).toString("base64")}`;
}

function parsePepper(part: string): Pepper {
  const colon = part.indexOf(":");
  const id = part.slice(0, Math.max(colon, 0));
  const base64 = part.slice(colon + 1);
  if (!/^[a-z0-9-]{1,32}$/.test(id)) throw invalid("an id is 1 to 32 of a-z, 0-9 and -");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw invalid(`the key of "${id}" is not base64`);
  const key = Buffer.from(base64, "base64");
  if (key.length < MIN_KEY_BYTES) throw invalid(`the key of "${id}" is shorter than ${MIN_KEY_BYTES} bytes`);
  return { id, key };
}

const invalid = (why: string) =>
  new PatrolError("setting-invalid", `PATROL_PEPPERS must be "id:base64,…", the newest first: ${why}.`);

const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text, "utf8").digest();
