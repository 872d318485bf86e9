// SHA-256 by OpenSSL, as `node:crypto` asks it, for who needs nothing else of that.
import { createHash } from "node:crypto";
import { bindingOf } from "./node-bindings.ts";

interface Hash {
  update(data: Uint8Array): unknown;
  digest(): Buffer;
}

interface Binding {
  /** `id` and `ids` spare OpenSSL to look for an algorithm that it was asked for before; -1: it was not. */
  readonly Hash: new (algorithm: string, outputBytes: undefined, id: number, ids: object) => Hash;
}

/** As in Node.js 20 and 22. */
const CALLS = [
  /\bconst algorithmId = isCopy \? -1 : getCachedHashId\(algorithm\);\s*this\[kHandle\] = new _Hash\(algorithm, xofLen, algorithmId, getHashCache\(\)\);/,
  /\bif \(!this\[kHandle\]\.update\(data, encoding\)\)\s*throw new ERR_CRYPTO_HASH_UPDATE_FAILED\(\);/,
  /\bconst ret = this\[kHandle\]\.digest\(outputEncoding && `\$\{outputEncoding\}`\);/,
];

let asked: { readonly own: Binding | undefined } | undefined;

const own = () => (asked ??= { own: bindingOf<Binding>("crypto", "internal/crypto/hash", CALLS) }).own;

/** Whether `node:crypto` need not be loaded for it. */
export const isOwnSha256 = (): boolean => own() !== undefined;

/** Of all pieces, one behind the other. */
export function sha256(...pieces: readonly Uint8Array[]): Buffer {
  const binding = own();
  const hash: Hash = binding === undefined ? createHash("sha256") : new binding.Hash("sha256", undefined, -1, {});
  for (const piece of pieces) if (hash.update(piece) === false) throw new Error("OpenSSL gives no SHA-256");
  return hash.digest();
}
