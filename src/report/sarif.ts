import type { Format, ReportContext, ReportedFinding } from "./row.ts";

/** A path as a URI reference: every segment encoded, `/` kept. */
const uri = (path: string) => path.split("/").map(encodeURIComponent).join("/");

const result = (finding: ReportedFinding, ruleIndex: number) => {
  const { row } = finding;
  return {
    ruleId: row.RuleID,
    ruleIndex,
    level: "error",
    message: {
      text: `${row.RuleID} has detected a secret in ${row.File}${row.Commit ? ` at commit ${row.Commit}` : ""}.`,
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uri(row.File) },
          region: {
            startLine: row.StartLine,
            startColumn: finding.startCharacter,
            endLine: row.EndLine,
            endColumn: finding.endCharacter,
            snippet: { text: row.Match },
          },
        },
      },
    ],
    partialFingerprints: { "patrolContent/v1": finding.contentKey },
    ...(row.Commit && {
      properties: {
        tags: row.Tags,
        commitSha: row.Commit,
        author: row.Author,
        email: row.Email,
        date: row.Date,
        commitMessage: row.Message,
      },
    }),
    ...(!row.Commit && row.Tags.length > 0 && { properties: { tags: row.Tags } }),
    suppressions: finding.suppression
      ? [{ kind: finding.suppression.kind, status: "accepted", justification: finding.suppression.reason }]
      : [],
  };
};

const descriptor = (rule: ReportContext["rules"][number]) => ({
  id: rule.id,
  name: rule.name,
  shortDescription: { text: rule.name },
  ...(rule.references[0] && { helpUri: rule.references[0] }),
  defaultConfiguration: { level: "error" },
  // GitHub sorts by this score; a token whose own checksum held is hardly ever a mistake.
  properties: { "security-severity": rule.checksum ? "9.5" : "8.0", tags: ["security", "secret"] },
});

/**
 * SARIF 2.1.0. Columns count UTF-16 code units from 1 and the end is exclusive, as the standard says. Suppressed
 * findings are listed with their reason, so that a viewer closes them. A place that could not be read is a notification.
 */
export const sarif: Format = (findings, context) => {
  const rules = new Map(context.rules.map((rule, index) => [rule.id, index]));
  const run = {
    tool: {
      driver: {
        name: "patrol",
        semanticVersion: context.version,
        version: context.version,
        rules: context.rules.map(descriptor),
      },
    },
    columnKind: "utf16CodeUnits",
    invocations: [
      {
        executionSuccessful: context.skipped.length === 0,
        toolExecutionNotifications: context.skipped.map(({ what, why }) => ({
          level: "error",
          message: { text: `${what} was not scanned: ${why}` },
        })),
      },
    ],
    results: findings.map((finding) => result(finding, rules.get(finding.row.RuleID) ?? -1)),
  };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return `${JSON.stringify(log, undefined, 1)}\n`;
};
