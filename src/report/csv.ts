import { printableLines } from "./printable.ts";
import { open, type Format, type Row } from "./row.ts";

const COLUMNS = [
  "RuleID",
  "Commit",
  "File",
  "SymlinkFile",
  "Secret",
  "Match",
  "StartLine",
  "EndLine",
  "StartColumn",
  "EndColumn",
  "Author",
  "Message",
  "Date",
  "Email",
  "Fingerprint",
  "Tags",
] as const satisfies readonly (keyof Row)[];

/**
 * A text as one cell. Spreadsheets run a cell that begins with one of `= + - @` as a formula, and paths, authors and
 * messages are chosen by strangers, so such a text gets a quote mark in front. CSV knows no way to write a control character (RFC 4180).
 */
function cell(value: Row[keyof Row]): string {
  let text = printableLines(Array.isArray(value) ? value.join(" ") : String(value ?? ""));
  if (typeof value !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]|^ /.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** gitleaks' CSV: no line at all, not even the header, when there is nothing; a `Link` column when a platform is known, ours when it was asked for. */
export const csv: Format = (findings) => {
  const rows = open(findings).map(({ row }) => row);
  if (rows.length === 0) return "";
  const more = (["Link", "Verified"] as const).filter((column) => rows.some((row) => row[column]));
  const columns: (keyof Row)[] = [...COLUMNS, ...more];
  return [columns.join(","), ...rows.map((row) => columns.map((column) => cell(row[column])).join(","))]
    .map((line) => `${line}\n`)
    .join("");
};
