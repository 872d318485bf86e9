import type { Candidate } from "../model/candidate.ts";
import { PatrolError } from "../model/errors.ts";
import type { Fragment } from "../model/fragment.ts";
import type { Rule } from "../model/rule.ts";
import { allows, heldParts, type AllowlistSubject, type HeldPart } from "./allowlist.ts";
import { confirm } from "./confirm.ts";
import { Lines } from "./lines.ts";
import { requiredLiterals } from "./literals.ts";
import { appliesToPath, isPathOnly } from "./path.ts";
import { compileRe2 } from "./re2.ts";
import { lengthOf, type Node } from "./regex/node.ts";
import { parseRegex } from "./regex/parse.ts";
import { toRe2Source } from "./regex/to-regexp.ts";
import { compileRulebook, type Rulebook } from "./rulebook.ts";
import { allHits, DEFAULT_DECODE_DEPTH, scan, type Hit, type ScanOptions } from "./scan.ts";
import { toText } from "./text.ts";

/** A literal shorter than this stands in any line: it brings no rule near. */
const SAYING = 3;

/** The step at which a rule was done with a line. Holds no secret. */
export type Ending =
  | { readonly step: "reported"; readonly candidate: Candidate }
  /** The rule looks at other paths only. */
  | { readonly step: "path"; readonly pattern: string }
  /** The pattern matches, but the whole text holds none of the keywords. */
  | { readonly step: "prefilter"; readonly keywords: readonly string[] }
  /** A literal or keyword is there, and what stands around it is no token. Bytes of a match, fewest and most. */
  | { readonly step: "pattern"; readonly near: string; readonly fewest: number; readonly most: number }
  /** The token itself fits, but it is a piece of something longer. */
  | { readonly step: "boundary"; readonly side: "before" | "behind" | "around" }
  | { readonly step: "checksum"; readonly checksum: string }
  | { readonly step: "entropy"; readonly bits: number; readonly needed: number }
  | { readonly step: "allowlist"; readonly description: string; readonly held: readonly HeldPart[] }
  /** It goes on with an encoded character, and the whole is reported. */
  | { readonly step: "cut" }
  /** Other rules would have to match near by. */
  | { readonly step: "required"; readonly rules: readonly string[] }
  /** The rule only serves others. */
  | { readonly step: "helper" };

/** What one rule made of a line. */
export interface Explanation {
  readonly rule: Rule;
  readonly ending: Ending;
  /** Columns of the secret, 1-based, in bytes, the last one inclusive; undefined where nothing matched. */
  readonly columns?: readonly [first: number, last: number];
  /** Encodings peeled off before the pattern matched. */
  readonly decoded: readonly string[];
}

function parsed(rule: Rule): Node | undefined {
  try {
    return parseRegex(rule.pattern);
  } catch (error) {
    if (error instanceof PatrolError) return undefined;
    throw error;
  }
}

/** The parts of a pattern around its first group: the group is the token, what stands beside it its boundary. */
function aroundGroup(node: Node): { before: Node[]; token: Node; behind: Node[] } | undefined {
  const nodes = node.kind === "sequence" ? node.nodes : [node];
  const at = nodes.findIndex(({ kind }) => kind === "group");
  const token = nodes[at];
  return token && { before: nodes.slice(0, at), token, behind: nodes.slice(at + 1) };
}

const matches = (nodes: readonly Node[], line: string, where: string) =>
  nodes.length > 0 &&
  compileRe2(toRe2Source({ kind: "sequence", nodes }), where)
    .matcher(line)
    .find();

/** Why a pattern whose literal stands in the line did not match it. */
function nearMiss(rule: Rule, node: Node | undefined, near: string, line: string): Ending {
  const { min: fewest, max: most } = node === undefined ? { min: 0, max: Infinity } : lengthOf(node);
  const miss: Ending = { step: "pattern", near, fewest, most };
  const parts = node && aroundGroup(node);
  if (!parts) return miss;
  const where = `rule ${rule.id}, pattern`;
  try {
    if (parts.before.length + parts.behind.length === 0 || !matches([parts.token], line, where)) return miss;
    if (matches([...parts.before, parts.token], line, where)) return { step: "boundary", side: "behind" };
    if (matches([parts.token, ...parts.behind], line, where)) return { step: "boundary", side: "before" };
    return { step: "boundary", side: "around" };
  } catch (error) {
    // An assertion that RE2 cannot spell.
    if (error instanceof PatrolError) return miss;
    throw error;
  }
}

function refusedBy(rule: Rule, subject: AllowlistSubject): Ending | undefined {
  const confirmation = confirm(rule, subject);
  if (confirmation.kind === "confirmed") return undefined;
  const { refusal } = confirmation;
  if (refusal.because === "checksum") return { step: "checksum", checksum: refusal.checksum };
  if (refusal.because === "entropy") return { step: "entropy", bits: refusal.bits, needed: refusal.needed };
  const list = rule.allowlists.find((allowlist) => allows(allowlist, subject));
  return { step: "allowlist", description: refusal.description, held: list ? heldParts(list, subject) : [] };
}

/**
 * What every rule that came near made of line `line` (1-based) of a fragment: its pattern matched there, or a literal it
 * needs or a keyword stands there. By rule, in the rulebook's order. Slow and thorough; pure.
 */
export function explain(
  fragment: Fragment,
  line: number,
  rulebook: Rulebook,
  options: ScanOptions = {},
): Explanation[] {
  const { provenance } = fragment;
  const text = toText(fragment.bytes);
  const folded = text.latin1.toLowerCase();
  const lines = new Lines(text, 1);
  const lineText = text.latin1.split("\n")[line - 1] ?? "";
  const lineFolded = lineText.toLowerCase();
  const reported = scan(fragment, rulebook, options);
  // Without its keywords a rule shows what they kept it from.
  const ungated = compileRulebook(rulebook.rules.map((rule) => ({ ...rule, keywords: [] })));
  const hits = new Map<string, Hit[]>();
  for (const hit of allHits(text.latin1, ungated, options.maxDecodeDepth ?? DEFAULT_DECODE_DEPTH)) {
    const { startLine, endLine } = lines.span(...hit.matchAt);
    if (startLine > line || endLine < line) continue;
    hits.set(hit.rule.id, [...(hits.get(hit.rule.id) ?? []), hit]);
  }

  const endingOf = (rule: Rule, hit: Hit): Ending => {
    if (!appliesToPath(rule, provenance.path)) return { step: "path", pattern: rule.path ?? "" };
    if (rule.keywords.length > 0 && hit.decoded.length === 0 && !rule.keywords.some((word) => folded.includes(word)))
      return { step: "prefilter", keywords: rule.keywords };
    const { layer } = hit;
    const refusal = refusedBy(rule, {
      secret: layer.text.slice(hit.secretStart, hit.secretEnd),
      match: layer.text.slice(hit.start, hit.end),
      line: lines.lineOf(...hit.matchAt),
      provenance,
    });
    if (refusal) return refusal;
    if (rule.skipReport === true) return { step: "helper" };
    const { start, end } = lines.span(...hit.secretAt);
    const candidate = reported.find(
      (one) => one.rule.id === rule.id && one.span.start === start && one.span.end === end,
    );
    if (candidate) return { step: "reported", candidate };
    const beginning = layer.text.slice(hit.secretStart, hit.secretEnd);
    const isBeginning = (one: Candidate) => one.span.start === start && one.secret.reveal().startsWith(beginning);
    if (reported.some((one) => one.rule.id === rule.id && isBeginning(one))) return { step: "cut" };
    // For an encoded run the keywords have to stand in what it holds, or in the text around it.
    if ((rule.required ?? []).length === 0) return { step: "prefilter", keywords: rule.keywords };
    return { step: "required", rules: (rule.required ?? []).map(({ id }) => id) };
  };

  return rulebook.rules.flatMap((rule): Explanation[] => {
    if (isPathOnly(rule)) {
      if (!appliesToPath(rule, provenance.path)) return [];
      const candidate = reported.find((one) => one.rule.id === rule.id);
      const refusal = refusedBy(rule, { secret: "", match: "", line: "", provenance });
      const ending: Ending = candidate ? { step: "reported", candidate } : (refusal ?? { step: "helper" });
      return [{ rule, ending, decoded: [] }];
    }
    const own = hits.get(rule.id);
    if (own)
      return own.map((hit) => {
        const { startColumn, endColumn } = lines.span(...hit.secretAt);
        return { rule, ending: endingOf(rule, hit), columns: [startColumn, endColumn], decoded: hit.decoded };
      });
    const node = parsed(rule);
    const literals = [...((node && requiredLiterals(node)) ?? []), ...rule.keywords];
    const near = literals.find((literal) => literal.length >= SAYING && lineFolded.includes(literal));
    return near === undefined ? [] : [{ rule, ending: nearMiss(rule, node, near, lineText), decoded: [] }];
  });
}
