import type { Candidate } from "../../model/candidate.ts";
import { byteOrder } from "../../model/byte-order.ts";
import { textOf, type TextOf } from "../../report/text.ts";
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

/** The marker that allows what stands in the lines from `start` to `end`: in them, or in the line above. */
function markerOf(text: TextOf, start: number, end: number): string | undefined {
  const marker =
    IN_LINE.exec(text(start, end)) ?? (start > 0 ? ABOVE.exec(text(text.lineStart(start - 1), start)) : null);
  return marker?.[0];
}

/** What was asked last of a text: a line of megabytes may hold thousands of findings, and stand below another one. */
const asked = new WeakMap<TextOf, { start: number; end: number; marker: string | undefined }>();

/** The comment that allows a candidate in this text. */
export function markerBeside(
  { span, match, rule }: Pick<Candidate, "span" | "match" | "rule">,
  text: TextOf,
): string | undefined {
  if (rule.pattern === "") return undefined;
  // Any line of the match will do, as in gitleaks: the comment of a key may stand behind its last line.
  const start = text.lineStart(Math.min(match.start, span.start));
  const end = text.lineEnd(Math.max(span.start, span.end - 1, match.end - 1));
  let last = asked.get(text);
  if (last?.start !== start || last.end !== end)
    asked.set(text, (last = { start, end, marker: markerOf(text, start, end) }));
  return last.marker;
}

/** Tells which candidates in these bytes a comment allows; undefined: there is none. */
export function allowedByMarkers(bytes: Buffer): ((candidate: Candidate) => boolean) | undefined {
  if (byteOrder(bytes) === undefined) {
    const all = bytes.toString("latin1");
    if (!IN_LINE.test(all) && !ABOVE.test(all)) return undefined;
  }
  const text = textOf(bytes);
  return (candidate) => markerBeside(candidate, text) !== undefined;
}

/** Leaves out what a comment beside it allows. */
export const byMarker: Suppressor = ({ candidate, text }) => {
  const marker = markerBeside(candidate, text);
  return marker === undefined ? undefined : { kind: "inSource", reason: `allowed by the comment ${marker}` };
};
