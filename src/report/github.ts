import { printableLines } from "./printable.ts";
import { open, type Format, type ReportedFinding, verifiedSentence } from "./row.ts";

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
const data = (text: string) =>
  printableLines(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

function annotation({ row, rule, startCharacter, endCharacter }: ReportedFinding): string {
  const place = [
    `file=${property(row.File)}`,
    `line=${row.StartLine}`,
    `endLine=${row.EndLine}`,
    // Columns of a finding over several lines are refused by GitHub.
    ...(row.StartLine === row.EndLine ? [`col=${startCharacter}`, `endColumn=${endCharacter - 1}`] : []),
    `title=${property(`Leaked ${rule.name}`)}`,
  ].join(",");
  const where = row.Commit ? ` at commit ${row.Commit}` : "";
  const verified = row.Verified ? ` Verified: ${verifiedSentence(row.Verified)}.` : "";
  const next = rule.revokeAt ? ` Revoke it: ${rule.revokeAt}` : " Revoke it at its issuer, then remove it.";
  return `::error ${place}::${data(`${row.RuleID} found a secret in ${row.File}:${row.StartLine}${where}.${verified}${next}`)}\n`;
}

/** Workflow commands that put an annotation at every finding. */
export const github: Format = (findings) => open(findings).map(annotation).join("");
