import { open, type Format } from "./row.ts";
import { escape } from "./xml.ts";

/** GitHub shows this many rows; the rest is counted. */
const MOST_ROWS = 100;

const cell = (text: string) =>
  escape(text)
    .replace(/[|`*_[\]\\~#!]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/\s+/g, " ");

/** The summary of a job, in GitHub's Markdown. */
export const summary: Format = (findings, context) => {
  const leaks = open(findings);
  const rows = leaks
    .slice(0, MOST_ROWS)
    .map(({ row, rule }) =>
      [
        row.Verified ? `${rule.name} (${row.Verified})` : rule.name,
        `${row.File}:${row.StartLine}`,
        row.Commit.slice(0, 12),
        rule.revokeAt ?? "at its issuer",
      ]
        .map(cell)
        .join(" | "),
    );
  const more = leaks.length > MOST_ROWS ? `\nand ${leaks.length - MOST_ROWS} more\n` : "";
  const table =
    rows.length > 0
      ? `| What | Where | Commit | Revoke it |\n| --- | --- | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join("")}${more}\n`
      : "";
  const skipped = context.skipped.map(({ what, why }) => `- not scanned: ${cell(what)}: ${cell(why)}\n`).join("");
  const title =
    leaks.length > 0
      ? `Leaks found: ${leaks.length}`
      : context.skipped.length > 0
        ? "No leaks found in the rest"
        : "No leaks found";
  return `### Patrol: ${title}\n\n${table}${skipped}${skipped ? "\n" : ""}${findings.length - leaks.length} suppressed; ${context.rules.length} rules; Patrol ${context.version}\n`;
};
