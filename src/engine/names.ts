// Paths and refs: names with slashes between them, each of which is a text of its own beside the whole.
import type { Candidate, Span } from "../model/candidate.ts";
import { asksForEdges } from "./regex/edges.ts";
import type { Rulebook } from "./rulebook.ts";

const SLASH = 0x2f;

/** Base64 enough to hold a token: a slash is one of its digits, so that what stands before a name would be taken for a part of it. */
const BASE64 = /[A-Za-z0-9+]{18}/;

/** Whether rules may find in the names of a path what they do not find in the whole. */
export const hasMoreInNames = (path: Uint8Array, rulebook: Rulebook): boolean =>
  (rulebook.isSimple !== true && asksForEdges(rulebook.rules)) ||
  BASE64.test(Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString("latin1"));

/** A text, and where it begins in the whole that it is a part of. */
export interface PlacedText {
  readonly at: number;
  readonly bytes: Buffer;
}

/** A path or ref, and where it has slashes, each name in it with the place where that begins. */
export function namesIn(whole: Buffer): [PlacedText, ...PlacedText[]] {
  const names: [PlacedText, ...PlacedText[]] = [{ at: 0, bytes: whole }];
  if (!whole.includes(SLASH)) return names;
  for (let at = 0; at <= whole.length;) {
    const slash = whole.indexOf(SLASH, at);
    const end = slash < 0 ? whole.length : slash;
    if (end > at) names.push({ at, bytes: whole.subarray(at, end) });
    at = end + 1;
  }
  return names;
}

/** The span where its text begins at `at` of the whole, behind so many lines and columns. */
const moved = (span: Span, at: number, lines: number, columns: number): Span => ({
  start: span.start + at,
  end: span.end + at,
  startLine: span.startLine + lines,
  startColumn: span.startColumn + (span.startLine === 1 ? columns : 0),
  endLine: span.endLine + lines,
  endColumn: span.endColumn + (span.endLine === 1 ? columns : 0),
});

/** What `scan` finds in each of several texts, the first of which is the whole, where it stands in that and told once. */
export function inTexts(
  [whole, ...parts]: readonly [PlacedText, ...PlacedText[]],
  scan: (text: Buffer, at: number) => readonly Candidate[],
): Candidate[] {
  const told = new Map<string, Candidate>();
  for (const { at, bytes } of [whole, ...parts]) {
    const found = scan(bytes, at);
    if (found.length === 0) continue;
    const before = whole.bytes.toString("latin1", 0, at).split("\n");
    const [lines, columns] = [before.length - 1, (before.at(-1) ?? "").length];
    const movedTo = (candidate: Candidate): Candidate => ({
      ...candidate,
      span: moved(candidate.span, at, lines, columns),
      match: moved(candidate.match, at, lines, columns),
      ...(candidate.required && { required: candidate.required.map(movedTo) }),
    });
    for (const candidate of found.map(movedTo)) {
      const key = `${candidate.rule.id} ${candidate.span.start} ${candidate.span.end}`;
      // What a path alone tells was told of the whole.
      if (!told.has(key) && (at === 0 || candidate.rule.pattern !== "")) told.set(key, candidate);
    }
  }
  return [...told.values()].sort((a, b) => a.span.start - b.span.start || (a.rule.id < b.rule.id ? -1 : 1));
}
