import { PatrolError } from "../../model/errors.ts";
import { REDACTED } from "../../report/redact.ts";
import { secretText } from "../../report/secret-text.ts";
import type { Told } from "./suppress.ts";

/** What we read of a finding in a gitleaks report. */
export interface Known {
  readonly rule: string;
  readonly file: string;
  readonly commit: string;
  readonly secret: string;
  readonly match: string;
  readonly entropy: number;
  readonly line: number;
}

const asText = (value: unknown) => (typeof value === "string" ? value : "");
const asNumber = (value: unknown) => (typeof value === "number" ? value : 0);

export function known(entry: unknown, name: string, index: number): Known {
  const finding = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
  if (asText(finding["RuleID"]) === "")
    throw new PatrolError(
      "usage-invalid",
      `${name}: entry ${index + 1} is no finding of a gitleaks or Patrol JSON report`,
    );
  return {
    rule: asText(finding["RuleID"]),
    file: asText(finding["File"])
      .replaceAll("\\", "/")
      .replace(/^(?:\.\/+)+/, ""),
    commit: asText(finding["Commit"]),
    secret: asText(finding["Secret"]),
    match: asText(finding["Match"]),
    entropy: asNumber(finding["Entropy"]),
    line: asNumber(finding["StartLine"]),
  };
}

/** What stands for a secret, or behind the beginning of one that is hidden in part. */
const HIDDEN = /REDACTED|\.\.\./;

export const isRedacted = (secret: string) => secret === REDACTED || secret === "" || secret.endsWith("...");

/**
 * Whether a text may be what a redacted one was made of. What is hidden beside a secret depends on the rules of the day,
 * so whatever was hidden may be anything.
 */
function mayBe(redacted: string, text: string): boolean {
  const [first = "", ...parts] = redacted.split(HIDDEN);
  const last = parts.pop();
  if (last === undefined) return redacted === text;
  let at = first.length;
  const end = text.length - last.length;
  if (at > end || !text.startsWith(first) || !text.endsWith(last)) return false;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/**
 * Whether an entry tells of this very finding. Lines and commits may have moved since; the secret may not. A report
 * without secrets still holds their entropy and the text around them, one of which mostly differs for another secret. Where
 * neither does, only counting helps: see `Alike` in baseline.ts.
 */
export function tellsOf(entry: Known, { candidate, paths, match }: Told): boolean {
  if (!paths.includes(entry.file)) return false;
  if (!isRedacted(entry.secret)) return entry.secret === secretText(candidate.secret);
  if (candidate.rule.pattern === "") return true;
  const isKnownBeginning =
    !entry.secret.endsWith("...") || secretText(candidate.secret).startsWith(entry.secret.slice(0, -3));
  const sameEntropy = Math.abs(entry.entropy - candidate.entropy) < 1e-4;
  return isKnownBeginning && sameEntropy && (isAt(entry, candidate) || mayBe(entry.match, match.reveal()));
}

/** Whether it names the finding's commit and line. */
export const isAt = ({ commit, line }: Known, { provenance, span, match }: Told["candidate"]): boolean =>
  commit === (provenance.commit ?? "") && [span.startLine, match.startLine].includes(line);
