import type { Checksum } from "./checksum.ts";

/** Bytes of a signature by algorithm (RFC 7518, RFC 8037); RSA's are as long as the key. */
const SIGNATURE_BYTES: Readonly<Record<string, number>> = { "256": 64, "384": 96, "512": 132 };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function json(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a signature of the algorithm can have so many bytes. */
function fits(algorithm: string, bytes: number): boolean {
  const [, family, bits = ""] = /^(HS|RS|PS|ES)(256|384|512)$/.exec(algorithm) ?? [];
  if (family === "HS") return bytes === Number(bits) / 8;
  if (family === "ES") return bytes === SIGNATURE_BYTES[bits];
  // A key of 512 bits has room for the shortest of these signatures only.
  if (algorithm === "RS256" && bytes === 64) return true;
  if (family === "RS" || family === "PS") return bytes >= 96 && bytes <= 1024;
  return algorithm !== "none" && bytes >= 32;
}

/** What Supabase prints into every page: it opens nothing by itself. */
const isPublic = (payload: Readonly<Record<string, unknown>>) => payload["role"] === "anon";

/**
 * A signed token of RFC 7515 in its compact form: header and payload are JSON, the header names an algorithm, and the
 * signature has its length. Nothing is said of the time it expires: a scan of the same bytes has the same answer.
 */
export const jsonWebToken: Checksum = {
  verify(secret) {
    const [header = "", payload = "", signature = ""] = secret.split(".");
    const algorithm = json(header)?.["alg"];
    const claims = json(payload);
    if (typeof algorithm !== "string" || claims === undefined || isPublic(claims)) return false;
    return fits(algorithm, Buffer.from(signature, "base64url").length);
  },
  /** The sample's own characters, put into claims and signed by nobody. */
  complete(secret) {
    const drawn = secret.replaceAll(/[^A-Za-z0-9]/g, "");
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signature = Buffer.from(drawn.padEnd(32, "k")).subarray(-32).toString("base64url");
    return `${part({ alg: "HS256", typ: "JWT" })}.${part({ jti: drawn.slice(5, 25), sub: drawn.slice(25, 45) })}.${signature}`;
  },
};
