/** How a token's own text is checked without asking anyone. */
export interface Checksum {
  /** Whether the token holds together. False for anything that is not of this format. */
  verify(secret: string): boolean;
  /** The same text with the checksum put right, for samples in tests. `secret` has the format's length. */
  complete(secret: string): string;
}

/** A checksum in the last `width` characters of the token; `sum` gets all that stands before. */
export function suffixChecksum(width: number, sum: (body: string) => string): Checksum {
  return {
    verify: (secret) => secret.length > width && sum(secret.slice(0, -width)) === secret.slice(-width),
    complete: (secret) => secret.slice(0, -width) + sum(secret.slice(0, -width)),
  };
}
