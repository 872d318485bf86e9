import { isWebAddress } from "./link.ts";
import { printableJson } from "./printable.ts";
import { open, type Format, type ReportContext, type ReportedFinding, type Row } from "./row.ts";

/** A path as a URI reference: every segment encoded, `/` kept. */
const uri = (path: string) => path.split("/").map(encodeURIComponent).join("/");

function propertiesOf(row: Row) {
  const properties = {
    ...((row.Commit || row.Tags.length > 0) && { tags: row.Tags }),
    ...(row.Commit && {
      commitSha: row.Commit,
      author: row.Author,
      email: row.Email,
      date: row.Date,
      commitMessage: row.Message,
    }),
    ...(row.Verified && { verified: row.Verified }),
  };
  return Object.keys(properties).length > 0 && { properties };
}

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
    ...propertiesOf(row),
    suppressions: finding.suppression
      ? [{ kind: finding.suppression.kind, status: "accepted", justification: finding.suppression.reason }]
      : [],
  };
};

const helpUri = (references: readonly string[]) => {
  const address = references.find(isWebAddress);
  return address && { helpUri: new URL(address).href };
};

const descriptor = (rule: ReportContext["rules"][number]) => ({
  id: rule.id,
  name: rule.name,
  shortDescription: { text: rule.name },
  ...helpUri(rule.references),
  defaultConfiguration: { level: "error" },
  // GitHub sorts by this score; a token whose own checksum held is hardly ever a mistake.
  properties: { "security-severity": rule.checksum ? "9.5" : "8.0", tags: ["security", "secret"] },
});

/** GitHub refuses a run with more, and takes up to 20 runs whose ids differ. */
const MOST_RESULTS = 25_000;

/**
 * SARIF 2.1.0. Columns count UTF-16 code units from 1 and the end is exclusive, as the standard says. Suppressed
 * findings are listed with their reason, so that a viewer closes them. A place that could not be read is a notification.
 */
export const sarif: Format = (findings, context) => {
  const rules = new Map(context.rules.map((rule, index) => [rule.id, index]));
  const run = (part: readonly ReportedFinding[], index: number) => ({
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
    ...(index > 0 && { automationDetails: { id: `patrol/${index + 1}` } }),
    results: part.map((finding) => result(finding, rules.get(finding.row.RuleID) ?? -1)),
  });
  // What counts goes first: of a run GitHub shows the first 5,000 only.
  const sorted = [...open(findings), ...findings.filter(({ suppression }) => suppression)];
  const parts = Array.from({ length: Math.max(1, Math.ceil(sorted.length / MOST_RESULTS)) }, (_, index) =>
    sorted.slice(index * MOST_RESULTS, (index + 1) * MOST_RESULTS),
  );
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: parts.map(run) };
  return printableJson(`${JSON.stringify(log, undefined, 1)}\n`);
};
