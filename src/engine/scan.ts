import type { Candidate } from "../model/candidate.ts";
import type { Fragment, Provenance } from "../model/fragment.ts";
import { Secret } from "../model/secret.ts";
import type { Rule } from "../model/rule.ts";
import { allowsWholePath } from "./allowlist.ts";
import { confirm } from "./confirm.ts";
import { clearLength, cutOff } from "./cut.ts";
import { DECODERS, follow, outermost, peel, type Layer } from "./decode/index.ts";
import { Lines } from "./lines.ts";
import { hasMoreInNames, inTexts, namesIn } from "./names.ts";
import { appliesToPath, pathOnlyRules } from "./path.ts";
import { matchEachPlain, matchPlain, type Match } from "./plain.ts";
import { keepRequired } from "./required.ts";
import type { Rulebook, Survey } from "./rulebook.ts";
import { toText } from "./text.ts";

export interface ScanOptions {
  /** How many encodings around a secret are peeled off at most; 0: none. */
  readonly maxDecodeDepth?: number;
  /**
   * Whether a match from `start` to `end` (bytes) is asked for; the others are passed over. Not asked where rules
   * require one another. Left out: all are.
   */
  readonly isNear?: (start: number, end: number) => boolean;
}

export const DEFAULT_DECODE_DEPTH = 5;

/** A match and where its secret and itself stand in the original text. */
export interface Hit extends Omit<Match, "next"> {
  readonly layer: Layer;
  readonly decoded: readonly string[];
  readonly secretAt: readonly [number, number];
  readonly matchAt: readonly [number, number];
}

function hitsInClear(layer: Layer, matches: readonly Match[]): Hit[] {
  return matches.map((match) => ({
    ...match,
    layer,
    decoded: [],
    secretAt: [match.secretStart, match.secretEnd],
    matchAt: [match.start, match.end],
  }));
}

/** A run as it is matched: between line feeds, as if it stood alone on a line. */
const framed = ({ text }: Layer) => `\n${text}\n`;

function hitsInRun(layer: Layer, matches: readonly Match[]): Hit[] {
  const { text, trace, decoders } = layer;
  const inside = (offset: number) => Math.min(Math.max(offset - 1, 0), text.length);
  return matches.flatMap((found): Hit[] => {
    if (found.secretStart < 1 || found.secretEnd > text.length + 1) return [];
    const [start, end] = [inside(found.start), inside(found.end)];
    const [secretStart, secretEnd] = [found.secretStart - 1, found.secretEnd - 1];
    const places = { secretAt: trace(secretStart, secretEnd), matchAt: trace(start, end) };
    const decoded = decoders.flatMap((decoder) => (DECODERS[decoder]?.joins ? [] : (DECODERS[decoder]?.name ?? "")));
    return [{ rule: found.rule, start, end, secretStart, secretEnd, layer, decoded, ...places }];
  });
}

/** Fewer decodings first, then the decoders' own order: that is how a place found in two ways is told. */
function inOrderOfDecoding(a: Hit, b: Hit): number {
  const [ours, theirs] = [a.layer.decoders, b.layer.decoders];
  const first = ours.findIndex((decoder, depth) => decoder !== theirs[depth]);
  return ours.length - theirs.length || (first < 0 ? 0 : (ours[first] as number) - (theirs[first] as number));
}

/**
 * What stands in clear, and what has to be decoded; a place that a rule finds in two ways, or a secret that begins there, is told
 * once. `survey` says where the engine has seen something; without it every run is looked at.
 */
export function allHits(text: string, rulebook: Rulebook, maxDecodeDepth: number, survey?: Survey): Hit[] {
  const outer = outermost(text);
  const inClear = survey?.inClear(text) ?? rulebook.engine?.match(text, rulebook) ?? matchPlain(text, rulebook);
  const hits = hitsInClear(outer, inClear);
  const layers = survey
    ? [...follow(outer, survey.runs)].flatMap((layer) => layer ?? [])
    : [...peel(outer, maxDecodeDepth)];
  const texts = layers.map(framed);
  const found = rulebook.engine?.matchEach(texts, rulebook, text) ?? matchEachPlain(texts, rulebook, text);
  layers.forEach((layer, index) => hits.push(...hitsInRun(layer, found[index] ?? [])));
  const seen = new Set<string>();
  const isDecoded = hits.length > inClear.length;
  return hits
    .sort(inOrderOfDecoding)
    .filter(({ rule, layer, secretAt: [start, end], secretStart, secretEnd }) => {
      const ways = [`${rule.id} ${start}-${end}`];
      // Padding that is escaped, as in `R0hQ%3D`, belongs to what one way reads and not to what the other does.
      if (isDecoded) ways.push(`${rule.id} ${start} ${layer.text.slice(secretStart, secretEnd)}`);
      if (ways.some((way) => seen.has(way))) return false;
      for (const way of ways) seen.add(way);
      return true;
    })
    .sort((a, b) => a.secretAt[0] - b.secretAt[0] || (a.rule.id < b.rule.id ? -1 : 1));
}

const NOWHERE = { start: 0, end: 0, startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 };

/** A rule without a pattern: the name of the file is the finding. */
function pathCandidate(rule: Rule, { provenance }: Fragment): Candidate | undefined {
  const confirmation = confirm(rule, { secret: "", match: "", line: "", provenance });
  if (confirmation.kind === "refused") return undefined;
  const nothing = { span: NOWHERE, match: NOWHERE, entropy: 0, decoded: [], provenance };
  return { rule, secret: new Secret(""), checksum: confirmation.checksum, ...nothing };
}

/**
 * All candidates of a fragment, by place and then by rule. Of a path or ref each name in it is a text of its own too. Pure. Any bytes will do: what is UTF-16 is read as such, all
 * else byte by byte. Encoded runs are decoded up to `maxDecodeDepth` times over; a span is then the encoded text's place.
 */
export function scan(fragment: Fragment, rulebook: Rulebook, options: ScanOptions = {}): Candidate[] {
  const { kind } = fragment.provenance;
  if ((kind !== "path" && kind !== "ref") || !hasMoreInNames(fragment.bytes, rulebook))
    return scanText(fragment, rulebook, options);
  const { bytes, provenance } = fragment;
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return inTexts(namesIn(whole), (name, at) => {
    const { isNear } = options;
    const asked = isNear && { isNear: (start: number, end: number) => isNear(start + at, end + at) };
    return scanText({ bytes: name, provenance }, rulebook, { ...options, ...asked });
  });
}

/** A candidate, and what is not told where it is. */
export interface Read {
  readonly candidate: Candidate;
  /** Secrets that begin where its own does and are no more than the beginning of that. */
  readonly cut: ReadonlySet<string>;
}

/**
 * As `scan`, with the candidates that are cut off where another one is whole: for who has to say later which of them stand. What stands in
 * clear is named as cut whether or not it is found.
 */
export function scanEach(fragment: Fragment, rulebook: Rulebook, options: ScanOptions = {}): Read[] {
  const { candidates, hits } = candidatesIn(fragment, rulebook, options);
  const cutOffIn = cutOff(hits.values());
  return candidates.map((candidate) => {
    const hit = hits.get(candidate.secret);
    const cut = new Set(((hit && cutOffIn.get(hit)) ?? []).map(textOf));
    const clear = hit && clearLength(hit);
    if (clear !== undefined) cut.add(candidate.secret.reveal().slice(0, clear));
    return { candidate, cut };
  });
}

function scanText(fragment: Fragment, rulebook: Rulebook, options: ScanOptions): Candidate[] {
  const { candidates, hits } = candidatesIn(fragment, rulebook, options);
  if (!candidates.some(({ decoded }) => decoded.length > 0)) return candidates;
  const told = candidates.flatMap(({ secret }) => hits.get(secret) ?? []);
  const cut = new Set([...cutOff(told).values()].flat());
  return cut.size === 0 ? candidates : candidates.filter(({ secret }) => !cut.has(hits.get(secret)!));
}

const textOf = ({ layer, secretStart, secretEnd }: Hit) => layer.text.slice(secretStart, secretEnd);

interface Candidates {
  readonly candidates: Candidate[];
  /** By their secrets. */
  readonly hits: ReadonlyMap<Secret, Hit>;
}

function candidatesIn(fragment: Fragment, rulebook: Rulebook, options: ScanOptions): Candidates {
  const { provenance } = fragment;
  const maxDecodeDepth = options.maxDecodeDepth ?? DEFAULT_DECODE_DEPTH;
  const candidates: Candidate[] = [];
  const hits = new Map<Secret, Hit>();
  for (const rule of pathOnlyRules(rulebook)) {
    if (!appliesToPath(rule, provenance.path)) continue;
    const candidate = pathCandidate(rule, fragment);
    if (candidate !== undefined) candidates.push(candidate);
  }
  const survey = rulebook.engine?.survey?.(fragment.bytes, rulebook, maxDecodeDepth);
  if (survey?.isEmpty) return { candidates: keepRequired(candidates), hits };
  if (allowsWholePath(rulebook.rules, provenance)) return { candidates: [], hits };
  const isNear = rulebook.rules.some(({ required }) => required !== undefined) ? undefined : options.isNear;
  const text = toText(fragment.bytes);
  const lines = new Lines(text, provenance.firstLine ?? 1, provenance.firstColumn);
  for (const hit of allHits(text.latin1, rulebook, maxDecodeDepth, survey)) {
    if (isNear?.(text.toByte(hit.matchAt[0]), text.toByte(hit.matchAt[1])) === false) continue;
    const candidate = confirmed(hit, lines, provenance);
    if (candidate === undefined) continue;
    candidates.push(candidate);
    hits.set(candidate.secret, hit);
  }
  return { candidates: keepRequired(candidates), hits };
}

function confirmed(hit: Hit, lines: Lines, provenance: Provenance): Candidate | undefined {
  const { rule, layer } = hit;
  if (!appliesToPath(rule, provenance.path)) return undefined;
  const secret = textOf(hit);
  const match = layer.text.slice(hit.start, hit.end);
  const confirmation = confirm(rule, { secret, match, line: lines.lineOf(...hit.matchAt), provenance });
  if (confirmation.kind === "refused") return undefined;
  return {
    rule,
    secret: new Secret(secret),
    span: lines.span(...hit.secretAt),
    match: lines.span(...hit.matchAt),
    checksum: confirmation.checksum,
    entropy: confirmation.entropy,
    decoded: hit.decoded,
    provenance,
  };
}

/** Bytes around a range that decide whether a match in it stands. */
const AROUND_BYTES = 64;

/**
 * Candidates in clear that touch one of the ranges (bytes, in order), without looking at what is far from them: for a
 * large file of which a little is new. A rule that requires another sees it only within the same range.
 */
export function scanNear(
  fragment: Fragment,
  ranges: readonly { readonly start: number; readonly end: number }[],
  rulebook: Rulebook,
): Candidate[] {
  const { provenance } = fragment;
  const text = toText(fragment.bytes);
  const whole = outermost(text.latin1);
  const windows: { start: number; end: number }[] = [];
  for (const range of ranges) {
    const start = Math.max(0, range.start - AROUND_BYTES);
    const last = windows.at(-1);
    if (last === undefined || start > last.end) windows.push({ start, end: range.end + AROUND_BYTES });
    else last.end = Math.max(last.end, range.end + AROUND_BYTES);
  }
  const texts = windows.map(({ start, end }) => text.latin1.slice(start, end));
  const found =
    rulebook.engine?.matchEach(texts, rulebook, text.latin1) ?? matchEachPlain(texts, rulebook, text.latin1);
  const lines = new Lines(text, provenance.firstLine ?? 1, provenance.firstColumn);
  const hits = windows.flatMap(({ start: by }, number) =>
    (found[number] ?? []).map((match) => ({
      ...match,
      start: match.start + by,
      end: match.end + by,
      secretStart: match.secretStart + by,
      secretEnd: match.secretEnd + by,
    })),
  );
  return hitsInClear(whole, hits)
    .filter(({ start, end }) => ranges.some((range) => start < range.end && end > range.start))
    .flatMap((hit) => confirmed(hit, lines, provenance) ?? []);
}
