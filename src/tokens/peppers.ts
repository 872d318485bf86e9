import { createHmac, hkdfSync } from "node:crypto";
import { PatrolError } from "../model/errors.ts";
import type { Secret } from "../model/secret.ts";
import type { Pepper } from "./seal.ts";

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

  /** @throws PatrolError `setting-invalid` when there is none. */
  constructor(peppers: readonly Pepper[]) {
    this.#peppers = peppers;
    if (peppers.length === 0) throw new PatrolError("setting-invalid", "PATROL_PEPPERS names no pepper.");
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

const hmac = (key: Buffer, text: string) => createHmac("sha256", key).update(text, "utf8").digest();
