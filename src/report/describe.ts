import { createHash } from "node:crypto";
import type { Candidate, Span } from "../model/candidate.ts";
import { firstAfter } from "../model/first-after.ts";
import type { Fragment } from "../model/fragment.ts";
import { Secret } from "../model/secret.ts";
import { printable } from "./printable.ts";
import { redact, REDACTED } from "./redact.ts";
import type { ReportedFinding, Row } from "./row.ts";
import { counting, textOf, type TextOf } from "./text.ts";

export interface DescribeOptions {
  /** How much of a secret is hidden, in percent; 100 hides all. */
  readonly redact: number;
  /** Hides tokens in texts that a stranger chose: paths, names, messages. */
  readonly mask: (text: string) => string;
  readonly link?: (commit: string, path: string, span: Span) => string;
  /** The commit's message, when the source knows it. */
  readonly message?: string;
  readonly symlink?: string;
  /** Secrets that are no findings here and are hidden all the same. */
  readonly alsoHidden?: readonly Candidate[];
}

/** A line for people holds this many bytes to either side of the secret. */
const AROUND = 48;
/** A match longer than this is cut: a whole minified file helps nobody. */
const LONGEST_MATCH = 4096;

const furthest = new WeakMap<readonly Candidate[], Float64Array>();

/** Of each of the candidates how far it and those before it reach. */
function furthestOf(candidates: readonly Candidate[]): Float64Array {
  let ends = furthest.get(candidates);
  if (ends === undefined) {
    let end = 0;
    ends = Float64Array.from(candidates, ({ span }) => (end = Math.max(end, span.end)));
    furthest.set(candidates, ends);
  }
  return ends;
}

/** The first of the candidates, which are in order, that reaches beyond an offset. */
function firstBeyond(candidates: readonly Candidate[], offset: number): number {
  const ends = furthestOf(candidates);
  return firstAfter(0, ends.length, (index) => ends[index]! <= offset);
}

/** The bytes from `start` to `end` as text, every secret in them redacted, whichever finding it belongs to. */
function redactedText(
  text: TextOf,
  start: number,
  end: number,
  secrets: readonly Candidate[],
  percent: number,
): string {
  if (percent <= 0) return text(start, end);
  let result = "";
  let at = start;
  for (let number = firstBeyond(secrets, start); number < secrets.length; number++) {
    const { span, secret, decoded } = secrets[number] as Candidate;
    if (span.start >= end || at >= end) break;
    if (span.end <= at) continue;
    if (span.start > at) result += text(at, span.start);
    // What was decoded stands encoded in the text; and of a secret that the cut or a neighbour halves, no part is shown.
    result += decoded.length > 0 || span.start < at || span.end > end ? REDACTED : redact(secret, percent);
    at = span.end;
  }
  return result + (at < end ? text(at, end) : "");
}

/** What a rule's twin is called that only helps others (config/gitleaks-toml.ts). */
const HELPER = / \(helper\)$/;

const isoDate = (date: Date | undefined) => (date ? `${date.toISOString().slice(0, 19)}Z` : "");

/** `commit:file:rule:line`, or `file:rule:line` outside of a history: gitleaks' own, as ignore files hold it. */
const fingerprint = (commit: string, file: string, rule: string, line: number) =>
  `${commit ? `${commit}:` : ""}${file}:${rule}:${line}`;

/** A number as gitleaks reports it: of those that are the same in 32 bits, the one with the fewest digits. */
function singlePrecision(value: number): number {
  const wanted = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(wanted.toPrecision(digits));
    if (Math.fround(short) === wanted) return short;
  }
  return wanted;
}

const KIND_NAMES: Partial<Record<string, string>> = {
  "commit-message": "commit message",
  "commit-header": "commit header",
  "tag-message": "tag message",
  "tag-header": "tag header",
  ref: "ref name",
};

/** What of a candidate's match is shown: the bytes from one offset to the other. */
function matchRange({ match, span }: Candidate): readonly [from: number, to: number] {
  const [from, to] = [Math.min(match.start, span.start), Math.max(match.end, span.end)];
  return to - from > LONGEST_MATCH
    ? [Math.max(from, span.start - AROUND), Math.min(to, span.end + AROUND)]
    : [from, to];
}

/** How far the ranges reach that begin before an offset; 0: none does. */
function reachOf(ranges: readonly (readonly [from: number, to: number])[]): (before: number) => number {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  let reach = 0;
  const ends = sorted.map(([, to]) => (reach = Math.max(reach, to)));
  return (before) => ends[firstAfter(0, sorted.length, (index) => sorted[index]![0] < before) - 1] ?? 0;
}

/** Whether something from `start` to `end` (bytes) may be shown with the candidates, other than within a secret of theirs. */
export function shownBeside(candidates: readonly Candidate[]): (start: number, end: number) => boolean {
  const hidden = reachOf(candidates.map(({ span }) => [span.start, span.end]));
  const shown = reachOf(
    candidates.map(({ match, span }) => [
      Math.min(match.start, span.start - AROUND),
      Math.max(match.end, span.end + AROUND),
    ]),
  );
  return (start, end) => shown(end) > start && hidden(start + 1) < end;
}

/** The match as a report shows it, with nothing redacted. */
export const shownMatch = (text: TextOf, candidate: Candidate): Secret =>
  new Secret(trimmed(text(...matchRange(candidate))));

/** Without the line ends that a pattern took in to see where the secret ends; gitleaks drops them too. */
const trimmed = (match: string) => match.replace(/^\n+|\n+$/g, "");

/**
 * The candidates of one fragment as a report shows them. All of them are given at once, since the text around one may
 * hold another's secret. Only here does redaction happen; what comes out holds a secret only if `redact` is below 100.
 */
export function describe(
  candidates: readonly Candidate[],
  fragment: Fragment,
  options: DescribeOptions,
): ReportedFinding[] {
  const text = textOf(fragment.bytes);
  const [toStart, toEnd] = [counting(text), counting(text)];
  // The candidates first: of secrets in one place theirs is shown, as far as one is.
  const secrets = [...candidates, ...(options.alsoHidden ?? [])].sort(
    (a, b) => a.span.start - b.span.start || b.span.end - a.span.end,
  );
  return candidates.map((candidate) => {
    const { rule, span, provenance } = candidate;
    const [from, to] = matchRange(candidate);
    const lineStart = text.lineStart(span.start);
    const lineEnd = text.lineEnd(Math.max(span.end - 1, span.start));
    const shownFrom = Math.max(lineStart, span.start - AROUND);
    const shownTo = Math.min(lineEnd, span.end + AROUND);
    const masked = options.redact > 0 ? options.mask : (words: string) => words;
    const { path } = provenance;
    const file = masked(path ?? (KIND_NAMES[provenance.kind] ? `(${KIND_NAMES[provenance.kind]})` : ""));
    const commit = provenance.commit ?? "";
    // A link leads nowhere without the path that it holds, and a name that is hidden is not shown by a link either.
    const link = options.link && commit && path === file ? options.link(commit, path, span) : undefined;
    const pathOnly = rule.pattern === "";
    const match = pathOnly ? `file detected: ${file}` : trimmed(redactedText(text, from, to, secrets, options.redact));
    const hidden = redactedText(text, shownFrom, shownTo, secrets, 100);
    const row: Row = {
      RuleID: rule.id,
      Description: rule.name,
      StartLine: span.startLine,
      EndLine: span.endLine,
      StartColumn: span.startColumn,
      EndColumn: span.endColumn,
      Match: match,
      Secret: pathOnly ? "" : redact(candidate.secret, options.redact),
      File: file,
      SymlinkFile: options.symlink === undefined ? "" : masked(options.symlink),
      Commit: commit,
      ...(link !== undefined && link === masked(link) && { Link: link }),
      Entropy: singlePrecision(candidate.entropy),
      Author: masked(provenance.author?.name ?? ""),
      Email: masked(provenance.author?.email ?? ""),
      Date: isoDate(provenance.authoredAt),
      Message: masked(options.message ?? ""),
      Tags: [
        ...rule.tags,
        ...candidate.decoded.map((encoding) => `decoded:${encoding}`),
        ...(candidate.decoded.length > 0 ? [`decode-depth:${candidate.decoded.length}`] : []),
      ],
      Fingerprint: fingerprint(commit, file, rule.id, span.startLine),
    };
    return {
      row,
      rule: { id: rule.id, name: rule.name, issuer: rule.issuer, revokeAt: rule.revokeAt, references: rule.references },
      checksum: candidate.checksum,
      decoded: candidate.decoded,
      required: (candidate.required ?? []).map((one) => ({
        id: one.rule.id.replace(HELPER, ""),
        line: one.span.startLine,
        secret: redact(one.secret, options.redact),
      })),
      excerpt: printable(
        (shownFrom > lineStart ? "..." : "") +
          redactedText(text, shownFrom, shownTo, secrets, options.redact) +
          (shownTo < lineEnd ? "..." : ""),
      ),
      startCharacter: toStart(lineStart, span.start) + 1,
      endCharacter: toEnd(text.lineStart(Math.max(span.end - 1, 0)), span.end) + 1,
      // Few formats want it, and before the first one Node.js loads all of its cryptography: a tenth of a stopped commit.
      get contentKey() {
        return createHash("sha256").update([rule.id, file, hidden].join("\0")).digest("hex");
      },
    };
  });
}
