// Paths and refs: names with slashes between them, each of which is a text of its own beside the whole.
import type { Candidate, Span } from "../model/candidate.ts";
import type { Fragment, Provenance } from "../model/fragment.ts";

const SLASH = 0x2f;

/** A path or ref, and where it has slashes, each name in it with the place where that begins. */
export function namesIn(whole: Buffer): { readonly at: number; readonly bytes: Buffer }[] {
  const names = [{ at: 0, bytes: whole }];
  if (!whole.includes(SLASH)) return names;
  for (let at = 0; at <= whole.length;) {
    const slash = whole.indexOf(SLASH, at);
    const end = slash < 0 ? whole.length : slash;
    if (end > at) names.push({ at, bytes: whole.subarray(at, end) });
    at = end + 1;
  }
  return names;
}

const moved = (span: Span, by: number): Span => ({ ...span, start: span.start + by, end: span.end + by });

function movedTo(candidate: Candidate, at: number, provenance: Provenance): Candidate {
  const { required } = candidate;
  const spans = { span: moved(candidate.span, at), match: moved(candidate.match, at), provenance };
  return { ...candidate, ...spans, ...(required && { required: required.map((one) => movedTo(one, at, provenance)) }) };
}

/** What `scan` finds in a path or ref and in each of the names in it, where it stands in the whole and told once. */
export function inNames(
  { bytes, provenance }: Fragment,
  scan: (name: Fragment, at: number) => readonly Candidate[],
): Candidate[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const told = new Map<string, Candidate>();
  for (const { at, bytes: name } of namesIn(whole)) {
    const before = whole.subarray(0, at).toString("latin1").split("\n");
    const firstLine = (provenance.firstLine ?? 1) + before.length - 1;
    const firstColumn = (before.at(-1) ?? "").length + 1;
    for (const found of scan({ bytes: name, provenance: { ...provenance, firstLine, firstColumn } }, at)) {
      const candidate = movedTo(found, at, provenance);
      const key = `${candidate.rule.id} ${candidate.span.start} ${candidate.span.end}`;
      // What a path alone tells was told of the whole.
      if (!told.has(key) && (at === 0 || found.rule.pattern !== "")) told.set(key, candidate);
    }
  }
  return [...told.values()].sort((a, b) => a.span.start - b.span.start || (a.rule.id < b.rule.id ? -1 : 1));
}
