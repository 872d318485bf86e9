import type { Candidate } from "../model/candidate.ts";
import type { Fragment } from "../model/fragment.ts";
import { Secret } from "../model/secret.ts";
import type { Rule } from "../model/rule.ts";
import { confirm } from "./confirm.ts";
import { outermost, peel, type Layer } from "./decode/index.ts";
import { Lines } from "./lines.ts";
import { appliesToPath, isPathOnly } from "./path.ts";
import { matchPlain, type Match } from "./plain.ts";
import { keepRequired } from "./required.ts";
import type { Rulebook } from "./rulebook.ts";
import { toText } from "./text.ts";

export interface ScanOptions {
  /** How many encodings around a secret are peeled off at most; 0: none. */
  readonly maxDecodeDepth?: number;
}

export const DEFAULT_DECODE_DEPTH = 5;

/** A match and where its secret and itself stand in the original text. */
export interface Hit extends Match {
  readonly layer: Layer;
  readonly decoded: readonly string[];
  readonly secretAt: readonly [number, number];
  readonly matchAt: readonly [number, number];
}

function hitsIn(layer: Layer, rulebook: Rulebook): Hit[] {
  const hits: Hit[] = [];
  for (const match of rulebook.engine?.match(layer.text, rulebook) ?? matchPlain(layer.text, rulebook)) {
    const secret = layer.trace(match.secretStart, match.secretEnd);
    if (secret === undefined) continue;
    // The match may take in the newline that parts two runs; the secret never does.
    const whole = layer.trace(match.start, match.end) ?? secret;
    hits.push({
      ...match,
      layer,
      decoded: secret.decoded,
      secretAt: [secret.start, secret.end],
      matchAt: [whole.start, whole.end],
    });
  }
  return hits;
}

/** What stood in clear, then what had to be decoded; a place that a rule found before is not told again. */
export function allHits(text: string, rulebook: Rulebook, maxDecodeDepth: number): Hit[] {
  const hits: Hit[] = [];
  const seen = new Set<string>();
  let layer: Layer | undefined = outermost(text);
  for (let depth = 0; layer !== undefined; depth++) {
    for (const hit of hitsIn(layer, rulebook)) {
      const key = `${hit.rule.id} ${hit.secretAt.join(" ")}`;
      if (!seen.has(key)) hits.push(hit);
      seen.add(key);
    }
    layer = depth < maxDecodeDepth ? peel(layer, text.length) : undefined;
  }
  return hits.sort((a, b) => a.secretAt[0] - b.secretAt[0] || (a.rule.id < b.rule.id ? -1 : 1));
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
 * All candidates of a fragment, by place and then by rule. Pure. Any bytes will do: what is UTF-16 is read as such, all
 * else byte by byte. Encoded runs are decoded up to `maxDecodeDepth` times over; a span is then the encoded text's place.
 */
export function scan(fragment: Fragment, rulebook: Rulebook, options: ScanOptions = {}): Candidate[] {
  const { provenance } = fragment;
  const text = toText(fragment.bytes);
  const lines = new Lines(text, provenance.firstLine ?? 1);
  const candidates: Candidate[] = [];
  for (const rule of rulebook.rules) {
    if (!isPathOnly(rule) || !appliesToPath(rule, provenance.path)) continue;
    const candidate = pathCandidate(rule, fragment);
    if (candidate !== undefined) candidates.push(candidate);
  }
  for (const hit of allHits(text.latin1, rulebook, options.maxDecodeDepth ?? DEFAULT_DECODE_DEPTH)) {
    const { rule, layer } = hit;
    if (!appliesToPath(rule, provenance.path)) continue;
    const secret = layer.text.slice(hit.secretStart, hit.secretEnd);
    const match = layer.text.slice(hit.start, hit.end);
    const confirmation = confirm(rule, { secret, match, line: lines.lineOf(...hit.matchAt), provenance });
    if (confirmation.kind === "refused") continue;
    candidates.push({
      rule,
      secret: new Secret(secret),
      span: lines.span(...hit.secretAt),
      match: lines.span(...hit.matchAt),
      checksum: confirmation.checksum,
      entropy: confirmation.entropy,
      decoded: hit.decoded,
      provenance,
    });
  }
  return keepRequired(candidates);
}
