import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { canonicalJson, type Json } from "../../audit/canonical-json.ts";
import { MOST_SHORT_BYTES, readNamed } from "../../disk/named-file.ts";
import { PatrolError } from "../../model/errors.ts";

/** What a scan covered. Holds no secret: names and reasons are masked. */
export interface Receipt {
  readonly kind: "patrol-coverage-receipt";
  readonly version: 1;
  readonly tool: { readonly name: "patrol"; readonly version: string };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly target: string;
  /** The flags that change what is scanned. */
  readonly asked: { readonly [flag: string]: Json };
  readonly rules: {
    readonly hash: string;
    readonly count: number;
    /** SHA-256 of the configuration's text; null for the built-in rules. */
    readonly configuration: { readonly name: string; readonly sha256: string } | null;
  };
  /** What `counts` speaks of: objects, files, texts. */
  readonly unit: string;
  readonly counts: { readonly [what: string]: Json };
  /** The refs of a repository and what they pointed to when the scan began; null outside of a history. */
  readonly refs: { readonly [ref: string]: string } | null;
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /** What was left out by design, in sentences. */
  readonly notes: readonly string[];
  readonly findings: { readonly reported: number; readonly suppressed: number };
  readonly isComplete: boolean;
  readonly exitStatus: number;
}

/** Ed25519 over the RFC 8785 text of the receipt without `signature`. */
interface Signature {
  readonly algorithm: "Ed25519";
  /** SHA-256 (hex) of the public key's SPKI form. */
  readonly keyId: string;
  /** Base64. */
  readonly value: string;
}

const keyId = (publicKey: KeyObject) =>
  createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");

function readKey(path: string, flag: string, read: (pem: Buffer) => KeyObject): KeyObject {
  const pem = readNamed(path, { by: flag, mostBytes: MOST_SHORT_BYTES });
  try {
    const key = read(pem);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch (error) {
    throw new PatrolError("usage-invalid", `${flag}: ${path} is no Ed25519 key in PEM form`, { cause: error });
  }
  throw new PatrolError(
    "usage-invalid",
    `${flag}: ${path} is no Ed25519 key; openssl genpkey -algorithm ed25519 makes one`,
  );
}

/** Throws `usage-invalid`. */
export const readSigningKey = (path: string) => readKey(path, "--receipt-key", (pem) => createPrivateKey(pem));
export const readVerifyingKey = (path: string) => readKey(path, "--key", (pem) => createPublicKey(pem));

const bytesOf = (receipt: Json) => Buffer.from(canonicalJson(receipt), "utf8");

/** The receipt as a file holds it. */
export function receiptText(receipt: Receipt, key: KeyObject | undefined): string {
  // A name that is no Unicode has no canonical text: what is no character becomes U+FFFD, as in every report.
  const content = JSON.parse(JSON.stringify(receipt), (_, value: unknown) =>
    typeof value === "string" ? Buffer.from(value, "utf8").toString("utf8") : value,
  ) as Json;
  const signature: Signature | undefined = key && {
    algorithm: "Ed25519",
    keyId: keyId(createPublicKey(key)),
    value: sign(null, bytesOf(content), key).toString("base64"),
  };
  return `${JSON.stringify({ ...(content as object), ...(signature && { signature }) }, undefined, 1)}\n`;
}

/**
 * The receipt of a file whose signature holds.
 *
 * @throws PatrolError `usage-invalid` for what is no receipt, `signature-invalid` for one that is not signed by the key.
 */
export function verifiedReceipt(text: string, name: string, key: KeyObject): Receipt {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PatrolError("usage-invalid", `${name} is not JSON`, { cause: error });
  }
  const { signature, ...receipt } = (
    typeof parsed === "object" && parsed !== null ? parsed : {}
  ) as Partial<Receipt> & {
    signature?: Partial<Signature>;
  };
  if (receipt.kind !== "patrol-coverage-receipt" || receipt.version !== 1)
    throw new PatrolError(
      "usage-invalid",
      `${name} is no coverage receipt of Patrol, or of a version that is not known here`,
    );
  if (!signature) throw new PatrolError("signature-invalid", `${name} is not signed; scan with --receipt-key`);
  let bytes: Buffer;
  try {
    bytes = bytesOf(receipt as Json);
  } catch (error) {
    // Half of a character, or nested beyond all measure: nothing that was ever signed.
    throw new PatrolError("signature-invalid", `${name} holds what no receipt holds`, { cause: error });
  }
  const value = Buffer.from(typeof signature.value === "string" ? signature.value : "", "base64");
  if (signature.algorithm !== "Ed25519" || !verify(null, bytes, key, value))
    throw new PatrolError(
      "signature-invalid",
      `${name}: the signature does not hold: changed since, or signed by another key`,
    );
  return receipt as Receipt;
}
