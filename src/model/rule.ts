/** How a token's own text can be checked without asking anyone; one file each in `engine/checksum/`. */
export type ChecksumName = string;

/** Conditions under which a match is not reported. Paths are matched against the fragment's path. */
export interface Allowlist {
  readonly description?: string;
  /** `or`: one part that holds is enough; `and`: every part given must hold. */
  readonly condition: "or" | "and";
  readonly paths: readonly string[];
  readonly commits: readonly string[];
  /** What `regexes` are held against. */
  readonly target: "secret" | "match" | "line";
  /** RE2 syntax. */
  readonly regexes: readonly string[];
  /** Lower case; a secret that contains one (ignoring case) is not reported. */
  readonly stopWords: readonly string[];
  /** Digests (`engine/published.ts`) of secrets that everybody has; left out: none. */
  readonly digests?: readonly string[];
}

/** Another rule that must match near by, in the same fragment. */
export interface RequiredRule {
  readonly id: string;
  /** Lines between the two matches at most; left out: anywhere in the fragment. */
  readonly withinLines?: number;
  /** Columns between the two matches at most. */
  readonly withinColumns?: number;
}

/** What one kind of token looks like. Data: one YAML file an issuer in `rules/`, or a user's gitleaks TOML. */
export interface Rule {
  /** Unique and stable: it stands in reports, ignore files and fingerprints. Lower-case words joined by `-`. */
  readonly id: string;
  /** For people: "npm access token". */
  readonly name: string;
  /** Who made such tokens: the file's name, e.g. `npm`. */
  readonly issuer: string;
  /** RE2 syntax over bytes; the secret is group `secretGroup`. Empty: the path alone decides (then `path` is set). */
  readonly pattern: string;
  /** 0: the first group that holds something, or the whole match when there is none. */
  readonly secretGroup: number;
  /** Lower case; for rules from gitleaks: one must occur in the fragment. Empty: no gate. */
  readonly keywords: readonly string[];
  readonly checksum?: ChecksumName;
  /** Shannon bits a character that the secret must exceed. */
  readonly entropy?: number;
  /** RE2 syntax; only fragments whose path matches are looked at. */
  readonly path?: string;
  readonly allowlists: readonly Allowlist[];
  /** All of these must match too, or nothing is reported (gitleaks' composite rules). */
  readonly required?: readonly RequiredRule[];
  /** Serves the `required` of other rules and is never reported itself. */
  readonly skipReport?: boolean;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  /** Where a person revokes such a token: a page of the issuer's. */
  readonly revokeAt?: string;
  /** Text with `{{token}}`, `{{token-with-wrong-checksum}}`: filled by the tests from the rule and a fixed seed. */
  readonly examples: readonly string[];
  readonly counterExamples: readonly string[];
}
