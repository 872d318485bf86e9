import type { View } from "./template.ts";
import { defang, oneLine } from "./harmless.ts";

/** What a leak mail tells. Read from the rows at the moment of sending, so that it says what is true then. */
export interface LeakReport {
  /** The moment of sending. */
  readonly at: Date;
  readonly incidentId: string;
  readonly organization: string;
  readonly token: {
    readonly name: string;
    readonly hint: string;
    readonly c3id: string;
    readonly scopes: readonly string[];
    readonly isHighPrivilege: boolean;
    readonly createdAt: Date;
    readonly expiresAt: Date;
    readonly lastUsedAt?: Date;
    readonly revokedAt?: Date;
    readonly revokedBecause?: string;
  };
  readonly ownerEmail: string;
  /** False for whoever stands in for an owner whose account is disabled. */
  readonly isToOwner: boolean;
  readonly isOwnerDisabled: boolean;
  /** When the system will revoke it; undefined when it will not, or has. */
  readonly revokeAt?: Date;
  /** The policy's clause and version. */
  readonly clause: string;
  readonly policyVersion: number;
  /** The first places it was found at; `total` counts all. */
  readonly places: readonly ReportedPlace[];
  readonly total: number;
  /** Whether everyone can read one of all places. */
  readonly isPublic: boolean;
}

interface ReportedPlace {
  readonly kind: string;
  readonly repository?: string;
  readonly exposure?: string;
  readonly commit?: string;
  readonly path?: string;
  readonly line: number;
  readonly author?: string;
  readonly authoredAt?: Date;
  readonly detectedAt: Date;
  readonly ruleId: string;
  readonly decoded: readonly string[];
}

/** Addresses that our own settings name: the only ones that a mail links to. */
export interface Sites {
  /** Where Patrol's page is. */
  readonly publicUrl: string;
  /** Where repositories are looked at, `https://github.com`. */
  readonly githubUrl: string;
}

/** Full access in words, since people know the box they ticked and not the word for it. */
const FULL_ACCESS = "app_token";

/** The report as the templates show it. */
export function viewOf(report: LeakReport, sites: Sites): View {
  const { token } = report;
  const isRevoked = token.revokedAt !== undefined;
  return {
    tokenName: defang(token.name),
    hint: oneLine(token.hint),
    c3id: token.c3id,
    scopes: token.scopes.map((scope) => (scope === FULL_ACCESS ? "full access (app_token)" : scope)).join(", "),
    isHighPrivilege: token.isHighPrivilege,
    createdAt: time(token.createdAt),
    expiresAt: time(token.expiresAt),
    lastUsedAt: token.lastUsedAt === undefined ? "no use noted" : time(token.lastUsedAt),
    organization: oneLine(report.organization),
    ownerEmail: report.ownerEmail,
    theToken: report.isToOwner
      ? `Your access token "${defang(token.name)}"`
      : `The access token "${defang(token.name)}" of ${report.ownerEmail}`,
    isRevoked,
    revokedAt: token.revokedAt === undefined ? "" : time(token.revokedAt),
    isRevokedBySystem: isRevoked && token.revokedBecause === "leaked",
    isRevokedByPerson: isRevoked && token.revokedBecause !== "leaked",
    isPlanned: !isRevoked && report.revokeAt !== undefined,
    revokeAt: report.revokeAt === undefined ? "" : time(report.revokeAt),
    isLeftAlone: !isRevoked && report.revokeAt === undefined,
    standing: standingOf(report),
    isPublic: report.isPublic,
    policy: `clause "${report.clause}", version ${report.policyVersion}`,
    places: report.places.map((place) => placeView(place, sites)),
    morePlaces: report.total > report.places.length ? String(report.total - report.places.length) : "",
    incidentId: report.incidentId,
    incidentUrl: `${sites.publicUrl}/incidents/${report.incidentId}`,
  };
}

/** Whom the token lets in while it is not revoked. */
function standingOf({ at, token, isOwnerDisabled }: LeakReport): string {
  if (token.expiresAt <= at) return `It expired at ${time(token.expiresAt)} and does not work any more.`;
  return isOwnerDisabled
    ? "The account of its owner is disabled; it works again once that is enabled."
    : "It still works.";
}

const KINDS: Record<string, string> = {
  file: "file",
  "commit-message": "message of a commit",
  "commit-header": "header of a commit",
  "tag-message": "message of a tag",
  "tag-header": "header of a tag",
  path: "name of a file or folder",
  ref: "name of a branch or tag",
};

function placeView(place: ReportedPlace, { githubUrl }: Sites): View {
  const { repository, commit, path, author, authoredAt } = place;
  const isPlain = repository !== undefined && /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/.test(repository);
  const canLink = isPlain && commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit);
  return {
    kind: KINDS[place.kind] ?? "text",
    repository: defang(repository ?? "unknown"),
    exposure: place.exposure ?? "unknown exposure",
    path: path === undefined ? "" : defang(path),
    line: String(place.line),
    commit: commit === undefined ? "" : commit.slice(0, 12),
    commitUrl: canLink ? `${githubUrl}/${repository}/commit/${commit}` : "",
    author: author === undefined ? "" : defang(author),
    authoredAt: authoredAt === undefined ? "" : time(authoredAt),
    detectedAt: time(place.detectedAt),
    ruleId: place.ruleId,
    decoded: place.decoded.join(" in "),
  };
}

/** `2026-03-01 09:30:00 UTC` */
const time = (at: Date) => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
