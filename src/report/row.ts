/** A finding as gitleaks' reports spell it: the keys and their order are an interface that other tools read. */
export interface Row {
  readonly RuleID: string;
  readonly Description: string;
  /** Lines and columns count from 1; the end column is inclusive; columns count bytes. */
  readonly StartLine: number;
  readonly EndLine: number;
  readonly StartColumn: number;
  readonly EndColumn: number;
  /** The whole match, its secrets redacted as asked. */
  readonly Match: string;
  readonly Secret: string;
  readonly File: string;
  readonly SymlinkFile: string;
  readonly Commit: string;
  /** A page of the hosting platform that shows the place; left out when no platform is known. */
  readonly Link?: string;
  readonly Entropy: number;
  readonly Author: string;
  readonly Email: string;
  /** The author's time, `2026-01-31T12:00:00Z`; empty when the place has no commit. */
  readonly Date: string;
  readonly Message: string;
  readonly Tags: readonly string[];
  /** `commit:file:rule:line`, or `file:rule:line` outside of a history. */
  readonly Fingerprint: string;
  /** With `--verify` only: what the service said of the token. */
  readonly Verified?: Verified;
}

/**
 * What has become of a token: it works; it was revoked; its time is over; the service never issued it. `unverified`: nobody
 * could be asked, which says nothing of the token.
 */
export type Verified = "active" | "revoked" | "expired" | "unknown" | "unverified";

/** For people; undefined where nobody was to be asked. */
export const verifiedSentence = (verified: Verified | undefined): string | undefined => verified && SAID[verified];

const SAID: Record<Verified, string> = {
  active: "active: it works until it is revoked",
  revoked: "revoked: it works no more",
  expired: "expired: it works no more",
  unknown: "unknown: the service did not issue it",
  unverified: "unverified: nobody could be asked",
};

/** Why a finding is left out of the count: a mark beside it, an ignore file, a baseline. */
export interface Suppression {
  /** SARIF's words: in the scanned text itself, or kept elsewhere. */
  readonly kind: "inSource" | "external";
  readonly reason: string;
}

/** What a report may say of a finding beyond gitleaks' keys. Holds no secret. */
export interface ReportedFinding {
  readonly row: Row;
  readonly rule: {
    readonly id: string;
    readonly name: string;
    readonly issuer: string;
    readonly revokeAt?: string;
    readonly references: readonly string[];
  };
  readonly checksum: "valid" | "none";
  readonly decoded: readonly string[];
  /** What its rule requires besides, and where it stands; secrets redacted. */
  readonly required: readonly { readonly id: string; readonly line: number; readonly secret: string }[];
  /** The line around the secret, secrets redacted; for people. */
  readonly excerpt: string;
  /** 1-based columns in UTF-16 code units as SARIF counts them; the end is exclusive. */
  readonly startCharacter: number;
  readonly endCharacter: number;
  /** Hex; equal while the finding's line keeps its content, wherever it moves. Made of redacted text only. */
  readonly contentKey: string;
  readonly suppression?: Suppression;
}

/** All that a format may need besides the findings. */
export interface ReportContext {
  readonly version: string;
  readonly rules: readonly { id: string; name: string; references: readonly string[]; checksum?: string }[];
  readonly skipped: readonly { what: string; why: string }[];
  readonly startedAt: Date;
  readonly endedAt: Date;
}

/** One way to write a report. Pure: findings in, text out. */
export type Format = (findings: readonly ReportedFinding[], context: ReportContext) => string;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Order of findings in every report: path, line, column, rule, commit. Equal input gives an equal report. */
export function inOrder(a: ReportedFinding, b: ReportedFinding): number {
  return (
    compareText(a.row.File, b.row.File) ||
    a.row.StartLine - b.row.StartLine ||
    a.row.StartColumn - b.row.StartColumn ||
    compareText(a.row.RuleID, b.row.RuleID) ||
    compareText(a.row.Commit, b.row.Commit) ||
    compareText(a.row.Secret, b.row.Secret)
  );
}

/** Findings that count: nothing suppresses them. */
export const open = (findings: readonly ReportedFinding[]) => findings.filter((finding) => !finding.suppression);
