import type { Provenance } from "./fragment.ts";
import type { Rule } from "./rule.ts";
import type { Secret } from "./secret.ts";

/** A place inside a fragment. Lines and columns count from 1; columns and offsets count bytes of the original. */
export interface Span {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last byte. */
  readonly end: number;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  /** Column of the last byte (inclusive). */
  readonly endColumn: number;
}

/** A rule matched, its checksum held, no allowlist applied; the issuer has not been asked. */
export interface Candidate {
  readonly rule: Rule;
  readonly secret: Secret;
  /** Where the secret itself stands. */
  readonly span: Span;
  /** Where the whole match stands; equal to `span` when the pattern has no group. */
  readonly match: Span;
  /** `valid`: the token's own checksum held. `none`: the rule has none. */
  readonly checksum: "valid" | "none";
  /** Shannon bits a character of the secret. */
  readonly entropy: number;
  /** Encodings peeled off to find it, outermost first: `["base64", "percent"]`. Empty: it stood in clear. */
  readonly decoded: readonly string[];
  readonly provenance: Provenance;
  /** What its rule requires and was found near; of many matches the first. */
  readonly required?: readonly Candidate[];
}
