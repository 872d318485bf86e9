import { isWebAddress } from "./link.ts";
import { open, type Format, type ReportedFinding, verifiedSentence } from "./row.ts";
import { printableLines } from "./printable.ts";
import { escape } from "./xml.ts";

/** Markup that is already safe; everything else that enters a page is escaped by `markup`. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | readonly Markup[];

const render = (part: Part): string =>
  part instanceof Markup
    ? part.text
    : typeof part === "object"
      ? part.map((item) => item.text).join("")
      : escape(printableLines(String(part)));

const markup = (strings: TemplateStringsArray, ...parts: Part[]) =>
  new Markup(strings.reduce((text, string, index) => text + render(parts[index - 1] ?? "") + string));

const link = (address: string | undefined, label: string) =>
  address && isWebAddress(address)
    ? markup`<a href="${address}" rel="noreferrer noopener">${label}</a>`
    : markup`${label}`;

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}
.sum{color:GrayText;margin:.25rem 0 1.5rem}
article{border:1px solid color-mix(in srgb,CanvasText 20%,Canvas);border-left:4px solid #c0392b;border-radius:6px;padding:.75rem 1rem;margin:0 0 1rem}
article.off{border-left-color:GrayText;opacity:.75}
h2{font-size:1rem;margin:0 0 .25rem}
pre{overflow-x:auto;background:color-mix(in srgb,CanvasText 6%,Canvas);padding:.5rem;border-radius:4px;margin:.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;margin:.5rem 0 0}
dt{color:GrayText}dd{margin:0;overflow-wrap:anywhere}`;

function article({ row, rule, excerpt, checksum, suppression }: ReportedFinding): Markup {
  const facts: [string, Markup][] = [
    ["Rule", markup`${row.RuleID}${checksum === "valid" ? " (checksum holds)" : ""}`],
    ["Issuer", markup`${rule.issuer}`],
    ...(row.Commit ? ([["Commit", link(row.Link, row.Commit)]] as [string, Markup][]) : []),
    ...(row.Author ? ([["Author", markup`${row.Author} &lt;${row.Email}&gt;`]] as [string, Markup][]) : []),
    ...(row.Date ? ([["Date", markup`${row.Date}`]] as [string, Markup][]) : []),
    ["Fingerprint", markup`${row.Fingerprint}`],
    ...(row.Verified ? ([["Verified", markup`${verifiedSentence(row.Verified) ?? ""}`]] as [string, Markup][]) : []),
    ["Revoke it", rule.revokeAt ? link(rule.revokeAt, rule.revokeAt) : markup`at its issuer`],
    ...(suppression ? ([["Not counted", markup`${suppression.reason}`]] as [string, Markup][]) : []),
  ];
  return markup`<article${suppression ? markup` class="off"` : ""}>
<h2>${rule.name} in ${row.File}:${row.StartLine}:${row.StartColumn}</h2>
<pre>${excerpt}</pre>
<dl>${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
</article>
`;
}

/** Nothing found is never said of what was not read. */
function title(count: number, gaps: number): string {
  const found = count === 0 ? "No leaks found" : `Leaks found: ${count}`;
  return gaps === 0 ? found : `${found}${count === 0 ? " in the rest" : ""}: ${gaps} could not be scanned`;
}

/** One page that needs nothing else: no script, no request, every text escaped. */
export const html: Format = (findings, context) => {
  const count = open(findings).length;
  const files = new Set(open(findings).map(({ row }) => row.File)).size;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Patrol: ${title(count, context.skipped.length)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<h1>${title(count, context.skipped.length)}</h1>
<p class="sum">${files} files with findings, ${context.rules.length} rules, Patrol ${context.version}, ${context.endedAt.toISOString()}</p>
${context.skipped.map(({ what, why }) => markup`<article class="off"><h2>Not scanned: ${what}</h2><p>${why}</p></article>\n`)}
${findings.map(article)}</body>
</html>
`.text;
};
