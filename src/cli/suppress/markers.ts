import type { Suppressor } from "./suppress.ts";

/** Comments that allow a secret in a line of their own match: ours and those of the tools people come from. */
const IN_LINE = new RegExp(
  [
    "\\b(?:patrol|gitleaks|betterleaks):allow\\b(?!-next)",
    "\\b(?:trufflehog|kingfisher):ignore\\b",
    "\\bpragma: ?(?:allow|white)list[ -]secret\\b",
    "\\bsecretlint-disable-line\\b",
    "\\bggignore\\b(?!-)",
  ].join("|"),
);

/** Comments that allow a secret in the line below them. */
const ABOVE =
  /\bpatrol:allow-next-line\b|\bpragma: ?(?:allow|white)list nextline secret\b|\bsecretlint-disable-next-line\b/;

/** The lines that were asked about last: a line of megabytes may hold thousands of findings. */
let asked: { lines: string; marker: RegExpExecArray | null } = { lines: "", marker: null };

function markerIn(lines: string): RegExpExecArray | null {
  if (lines !== asked.lines) asked = { lines, marker: IN_LINE.exec(lines) };
  return asked.marker;
}

/** Leaves out what a comment beside it allows. */
export const byMarker: Suppressor = ({ candidate: { span, match, rule }, text }) => {
  if (rule.pattern === "") return undefined;
  // Any line of the match will do, as in gitleaks: the comment of a key may stand behind its last line.
  const start = text.lineStart(Math.min(match.start, span.start));
  const marker = markerIn(text(start, text.lineEnd(Math.max(span.start, span.end - 1, match.end - 1))));
  const above = marker ?? (start > 0 ? ABOVE.exec(text(text.lineStart(start - 1), start)) : null);
  return above ? { kind: "inSource", reason: `allowed by the comment ${above[0]}` } : undefined;
};
