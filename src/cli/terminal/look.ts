import { type ReportedFinding, type Row, type Verified, verifiedSentence } from "../../report/row.ts";
import { printable } from "../../report/printable.ts";

/** Colours a text, or leaves it. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const plain = (text: string) => text;

/** Colours are for terminals that want them: no-color.org's NO_COLOR and the flag turn them off, FORCE_COLOR on. */
export function paint(isTerminal: boolean, noColor: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const wanted = !noColor && !env["NO_COLOR"] && env["TERM"] !== "dumb" && (isTerminal || Boolean(env["FORCE_COLOR"]));
  return wanted
    ? { bold: sgr(1), dim: sgr(2), red: sgr(31), green: sgr(32), yellow: sgr(33) }
    : { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };
}

/** gitleaks cuts longer secrets of required rules. */
const LONGEST_REQUIRED = 40;

/** A finding for people: gitleaks' labels and their order, then what it is and what to do next. */
export function findingBlock(
  { row, rule, excerpt, checksum, decoded, required }: ReportedFinding,
  colour: Paint,
): string {
  const issuer = rule.issuer ? `${rule.name} (${rule.issuer})` : rule.name;
  const proof = checksum === "valid" ? ", its checksum holds: this is no accident" : "";
  const lines: (readonly [string, string])[] = [
    ["Finding", colour.bold(excerpt || printable(row.Match))],
    ["Secret", colour.red(printable(row.Secret))],
    ["RuleID", printable(row.RuleID)],
    ["Entropy", row.Entropy.toFixed(6)],
    ...(row.Tags.length > 0 ? [["Tags", printable(`[${row.Tags.join(" ")}]`)] as const] : []),
    ...(row.File ? [["File", printable(row.File)] as const] : []),
    ...(row.SymlinkFile ? [["Symlink", printable(row.SymlinkFile)] as const] : []),
    ["Line", `${row.StartLine}`],
    ...(row.Commit
      ? ([
          ["Commit", row.Commit],
          ["Author", printable(row.Author)],
          ["Email", printable(row.Email)],
          ["Date", row.Date],
        ] as const)
      : []),
    ["Fingerprint", printable(row.Fingerprint)],
    ...(row.Link ? [["Link", printable(row.Link)] as const] : []),
    ...required.map(({ id, line, secret }, index) => {
      const shown = secret.length > LONGEST_REQUIRED ? `${secret.slice(0, LONGEST_REQUIRED - 3)}...` : secret;
      return [index === 0 ? "Required" : "", printable(`${id}:${line}:${shown}`)] as const;
    }),
    ["What", printable(issuer) + (decoded.length > 0 ? `, encoded as ${decoded.join(" in ")}` : "") + proof],
    ...(row.Verified
      ? [["Verified", verifiedColour(colour, row.Verified)(verifiedSentence(row.Verified) ?? "")] as const]
      : []),
    ["Next", printable(next(row, rule.revokeAt))],
  ];
  return `${lines.map(([label, text]) => `${(label && `${label}:`).padEnd(12)} ${text}`).join("\n")}\n\n`;
}

const verifiedColour = (colour: Paint, verified: Verified) =>
  verified === "active" ? colour.red : verified === "unverified" ? colour.yellow : colour.green;

function next({ Commit, Verified: verified }: Row, revokeAt: string | undefined): string {
  const isInHistory = Commit !== "";
  if (verified === "revoked" || verified === "expired")
    return isInHistory
      ? "nothing to revoke: it stays in the history, and is worth nothing there"
      : "remove it from the file";
  const revoke = revokeAt ? `revoke it (${revokeAt})` : "revoke it at its issuer";
  return isInHistory
    ? `${revoke}; deleting it does not take it out of the history`
    : `${revoke}, then remove it from the file`;
}

/** `1 commit`, `2 commits`. */
export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

/** 1234567 → `1.23 MB`. */
export function size(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  for (; amount >= 1000 && unit < UNITS.length - 1; unit++) amount /= 1000;
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(2)} ${UNITS[unit]}`;
}

/** 73211 → `1m13s`, 412 → `412ms`. */
export function duration(ms: number): string {
  const [whole, seconds] = [Math.round(ms), Math.round(ms / 1000)];
  if (whole < 1000) return `${whole}ms`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
