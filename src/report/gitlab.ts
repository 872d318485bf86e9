import { createHash } from "node:crypto";
import { isWebAddress } from "./link.ts";
import { printableJson } from "./printable.ts";
import { open, type Format, type ReportContext, type ReportedFinding, verifiedSentence } from "./row.ts";

// https://gitlab.com/gitlab-org/security-products/security-report-schemas, secret detection, version 15
const SCHEMA = "15.0.7";

/** `id` must be a UUID; made from the content key, so that the same finding keeps its row in GitLab. */
function uuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

const LONGEST_NAME = 255;

const cut = (text: string, most: number) =>
  text.length <= most ? text : `${[...text].slice(0, most - 3).join("")}...`;

const vulnerability = (finding: ReportedFinding) => {
  const { row, rule } = finding;
  const verified = verifiedSentence(row.Verified);
  const links = rule.references.filter(isWebAddress).map((url) => new URL(url).href);
  return {
    id: uuid(`${row.Fingerprint}\0${row.StartColumn}\0${finding.contentKey}`),
    category: "secret_detection",
    name: cut(rule.name, LONGEST_NAME),
    description: `${rule.name} found in ${row.File}, line ${row.StartLine}. Revoke it (${rule.revokeAt ?? "at its issuer"}), then remove it.`,
    severity: "Critical",
    location: {
      file: row.File,
      start_line: row.StartLine,
      end_line: row.EndLine,
      commit: {
        // GitLab asks for a commit in every location; outside of a history it takes zeros.
        sha: row.Commit || "0000000",
        ...(row.Author && { author: row.Author }),
        ...(row.Date && { date: row.Date }),
        ...(row.Message && { message: row.Message }),
      },
    },
    identifiers: [{ type: "patrol_rule_id", name: `Patrol rule ${rule.id}`, value: rule.id }],
    ...(verified && { details: { verified: { type: "text", name: "Verified", value: verified } } }),
    ...(links.length > 0 && { links: links.map((url) => ({ url })) }),
  };
};

const time = (date: Date) => date.toISOString().slice(0, 19);

/** GitLab's secret detection report. */
export const gitlab: Format = (findings, context: ReportContext) => {
  const tool = { id: "patrol", name: "Patrol", version: context.version, vendor: { name: "Patrol" } };
  const report = {
    version: SCHEMA,
    scan: {
      analyzer: tool,
      scanner: tool,
      type: "secret_detection",
      start_time: time(context.startedAt),
      end_time: time(context.endedAt),
      status: context.skipped.length === 0 ? "success" : "failure",
      messages: context.skipped.map(({ what, why }) => ({ level: "fatal", value: `${what} was not scanned: ${why}` })),
    },
    vulnerabilities: open(findings).map(vulnerability),
  };
  return printableJson(`${JSON.stringify(report, undefined, 1)}\n`);
};
