/**
 * The plain matcher: where a text holds a literal that a rule needs, the pattern is tried around it; where a rule needs
 * none, on all of it. By a native RegExp when that can go few ways only, else by `Capture`, and where that would need too much
 * memory by RE2: so no text makes it superlinear.
 */
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { Capture, nextOf } from "./capture.ts";
import { withoutFeeds } from "./line-feeds.ts";
import { requiredLiterals } from "./literals.ts";
import { lengthOf, repeatsNothing, stepsOf, type Node } from "./regex/node.ts";
import { withMarks } from "./regex/closing.ts";
import { parseRegex } from "./regex/parse.ts";
import { toRe2Source, toRegExpSource } from "./regex/to-regexp.ts";
import { compileRe2, type Re2 } from "./re2.ts";

/** What a pattern found: byte offsets into the text. The secret lies inside the match. */
export interface Match {
  readonly rule: Rule;
  readonly start: number;
  readonly end: number;
  readonly secretStart: number;
  readonly secretEnd: number;
  /** Where the rule's next match may begin: the end, or before a byte that only closes this one. */
  readonly next: number;
}

/** Start and end of the whole match, and of the secret: the first group that holds something, or the whole match; and `Match.next`. */
type Found = readonly [start: number, end: number, secretStart: number, secretEnd: number, next: number];

/** The groups that say where the secret stands, of which the first that holds something does, and where the next match may begin. */
interface Groups {
  readonly secret: readonly number[];
  readonly marks: readonly number[];
}

interface Compiled {
  readonly rule: Rule;
  /** From `first` on; what stands before it is seen by boundaries only. */
  readonly find: (text: string, first?: number) => Iterable<Found>;
  /** The match that begins at `first`, where finding that needs no compiling. */
  readonly capture?: (text: string, first: number) => Found | undefined;
  /** Gives undefined where the whole text has to be looked at. Who knows where a match begins needs none. */
  readonly literals: () => readonly string[] | undefined;
  /** The most bytes of a match. */
  readonly reach: number;
  /** The secret is the whole match, whatever the text. */
  readonly isWhole: boolean;
}

/** Matches may be this long for looking around literals; longer ones are looked for in the whole text. */
const LONGEST_REACH = 16_384;

const compiled = new WeakMap<Rule, Compiled>();

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A pattern may unroll to this many steps; of all rules of gitleaks and ours the largest has some 2,000. */
const MOST_STEPS = 30_000;

/**
 * Throws `rule-invalid`. What RE2 would read and our parser does not is refused too: over bytes, a class such as `\pL` would
 * mean something else than its author thinks.
 */
function parsed({ id, pattern }: Rule): Node {
  const node = parseRegex(pattern, id);
  const steps = stepsOf(node);
  if (steps <= MOST_STEPS) return node;
  throw new PatrolError(
    "rule-invalid",
    `rule ${id}: the pattern unrolls to ${steps} steps, more than ${MOST_STEPS}; lower its counted repeats or make several rules of it`,
  );
}

function* findWithRe2(pattern: Re2, { secret, marks }: Groups, text: string, first: number): Generator<Found> {
  const matcher = pattern.matcher(text);
  for (let isFound = matcher.find(first); isFound;) {
    const group = secret.find((g) => matcher.end(g) > matcher.start(g)) ?? 0;
    const mark = marks.find((g) => matcher.start(g) >= 0);
    const next = mark === undefined ? matcher.end(0) : matcher.start(mark);
    yield [matcher.start(0), matcher.end(0), matcher.start(group), matcher.end(group), next];
    isFound = mark === undefined ? matcher.find() : matcher.find(next);
  }
}

function* findNatively(pattern: RegExp, { secret, marks }: Groups, text: string, first: number): Generator<Found> {
  for (let from = first; from <= text.length;) {
    pattern.lastIndex = from;
    const indices = pattern.exec(text)?.indices;
    if (indices === undefined) return;
    const [start, end] = indices[0] ?? [0, 0];
    const group = secret.find((g) => (indices[g]?.[1] ?? 0) > (indices[g]?.[0] ?? 0)) ?? 0;
    const [secretStart, secretEnd] = indices[group] ?? [start, end];
    const mark = marks.find((g) => indices[g] !== undefined);
    const next = mark === undefined ? end : (indices[mark]?.[0] ?? end);
    yield [start, end, secretStart, secretEnd, next];
    from = next > start ? next : next + 1;
  }
}

/** A native RegExp tries at most this many ways from one place before it gives up. */
const MOST_WAYS = 512;

/** And looks at so many bytes on all of them: each place of a text may be a beginning. */
const MOST_BYTES = 16_384;

/** In how many ways a backtracking matcher may go through the pattern from one place. */
function ways(node: Node): number {
  switch (node.kind) {
    case "set":
    case "assertion":
      return 1;
    case "group":
      return ways(node.node);
    case "sequence":
      return node.nodes.reduce((product, part) => product * ways(part), 1);
    case "choice":
      return node.nodes.reduce((sum, part) => sum + ways(part), 0);
    case "repeat": {
      if (node.max === Infinity) return Infinity;
      const inner = ways(node.node);
      let sum = 0;
      for (let n = node.min; n <= node.max && sum <= MOST_WAYS; n++) sum += inner ** n;
      return sum;
    }
  }
}

/** By `Capture`, which remembers pairs of steps and places; by RE2 where those would be too many. */
function searching(
  capture: () => Capture | undefined,
  groups: Groups,
  reach: number,
  findOtherwise: Compiled["find"],
): Compiled["find"] {
  return function* (text, first = 0) {
    const longest = Math.min(reach, text.length - first);
    if (capture()?.canSearch(text.length - first, longest) !== true) return yield* findOtherwise(text, first);
    for (const slots of capture()!.find(text, first, longest, groups.marks)) yield foundIn(slots, groups);
  };
}

function foundIn(slots: Int32Array, { secret, marks }: Groups): Found {
  const group = secret.find((g) => slots[2 * g + 1]! > slots[2 * g]!) ?? 0;
  return [slots[0]!, slots[1]!, slots[2 * group]!, slots[2 * group + 1]!, nextOf(slots, marks)];
}

/** RE2 takes longer to compile a pattern than to match it, and few texts hold more than some matches. */
function capturing(capture: () => Capture | undefined, groups: Groups, find: Compiled["find"]) {
  return (text: string, first: number): Found | undefined => {
    if (capture()?.fits(text.length - first) !== true) {
      for (const found of find(text, first)) return found[0] === first ? found : undefined;
      return undefined;
    }
    const slots = capture()?.match(text, first);
    if (slots === undefined) return undefined;
    return foundIn(slots, groups);
  };
}

function compileRule(rule: Rule): Compiled {
  const { node, marks, groups: written } = withMarks(parsed(rule));
  if (rule.secretGroup > written.length) {
    throw new PatrolError(
      "rule-invalid",
      `rule ${rule.id}: secretGroup is ${rule.secretGroup}, the pattern has ${written.length}`,
    );
  }
  const secret = rule.secretGroup > 0 ? [written[rule.secretGroup - 1]!] : written;
  const groups: Groups = { secret, marks };
  const isWhole = marks.length === 0 && (secret.length === 0 || (node.kind === "group" && secret[0] === 1));
  const reach = lengthOf(node).max;
  const literals = lazily(() => (reach <= LONGEST_REACH ? requiredLiterals(node) : undefined));
  const paths = ways(node);
  if (paths > MOST_WAYS || paths * reach > MOST_BYTES || repeatsNothing(node)) {
    const pattern = lazily(() => compileRe2(toRe2Source(node), `rule ${rule.id}, pattern`));
    const byRe2 = (text: string, first = 0) => findWithRe2(pattern(), groups, text, first);
    if (repeatsNothing(node)) return { rule, find: byRe2, literals, reach, isWhole };
    const capture = lazily(() => Capture.of(node));
    const find = searching(capture, groups, reach, byRe2);
    return { rule, find, literals, reach, isWhole, capture: capturing(capture, groups, find) };
  }
  const native = lazily(() => new RegExp(toRegExpSource(node), "dg"));
  const find = (text: string, first = 0) => findNatively(native(), groups, text, first);
  return { rule, find, literals, reach, isWhole };
}

/** Compiled on first use: most rules have nothing to look for in most texts. Throws `rule-invalid` for no pattern. */
function compiledRule(rule: Rule): Compiled {
  const known = compiled.get(rule);
  if (known !== undefined) return known;
  const fresh = compileRule(rule);
  compiled.set(rule, fresh);
  return fresh;
}

/** Throws `rule-invalid` for a pattern that is none. */
export function compilePlain(rules: readonly Rule[]): void {
  for (const rule of rules) if (rule.pattern !== "") compiledRule(rule);
}

/** Pieces of the text that hold every match; no match reaches an end of a piece unless that is the text's own. */
function pieces(folded: string, pattern: Compiled): [number, number][] {
  const { reach } = pattern;
  const literals = pattern.literals();
  if (literals === undefined) return [[0, folded.length]];
  const places: number[] = [];
  for (const literal of literals) {
    for (let at = folded.indexOf(literal); at >= 0; at = folded.indexOf(literal, at + 1)) places.push(at);
  }
  const found: [number, number][] = [];
  for (const at of places.sort((a, b) => a - b)) {
    const [from, to] = [Math.max(0, at - reach - 2), Math.min(folded.length, at + reach + 2)];
    const last = found.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}

/** Whether one of a rule's keywords stands in one of the texts, each of them in lower case once it is needed. */
export function keywordGate(...texts: readonly (() => string)[]): (rule: Rule) => boolean {
  const folded = texts.map(lazily);
  // A rule that matches a thousand times asks once.
  const known = new Map<Rule, boolean>();
  return (rule) => {
    if (rule.keywords.length === 0) return true;
    let stands = known.get(rule);
    if (stands === undefined) {
      stands = folded.some((text) => rule.keywords.some((keyword) => text().includes(keyword)));
      known.set(rule, stands);
    }
    return stands;
  };
}

/** Where the secret stands: where it is all of the match, without the line feeds around it. */
const secretIn = (text: string, [start, end, secretStart, secretEnd]: Found): readonly [start: number, end: number] =>
  secretStart === start && secretEnd === end ? withoutFeeds(text, start, end) : [secretStart, secretEnd];

function matchRules(rules: readonly Rule[], text: string, folded: string): Match[] {
  const found: Match[] = [];
  for (const rule of rules) {
    const pattern = compiledRule(rule);
    for (const [from, to] of pieces(folded, pattern)) {
      const piece = text.slice(from, to);
      for (const one of pattern.find(piece)) {
        const [start, end, , , next] = one;
        const [secretStart, secretEnd] = secretIn(piece, one);
        if (secretEnd <= secretStart) continue;
        const secret = { secretStart: from + secretStart, secretEnd: from + secretEnd };
        found.push({ rule, start: from + start, end: from + end, ...secret, next: from + next });
      }
    }
  }
  return found;
}

/** What matching needs of a rulebook. */
interface Rules {
  readonly rules: readonly Rule[];
}

/**
 * All matches of all rules, or of those that `wanted` names: leftmost-first, those of one rule not overlapping, but for a byte that
 * closes one of them (regex/closing.ts). `text` is latin1.
 */
export function matchPlain(text: string, rulebook: Rules, wanted?: (rule: Rule) => boolean): Match[] {
  const rules = rulebook.rules.filter((rule) => rule.pattern !== "" && (wanted?.(rule) ?? true));
  if (rules.length === 0) return [];
  const folded = text.toLowerCase();
  const passes = keywordGate(() => folded);
  return matchRules(
    rules.filter((rule) => passes(rule)),
    text,
    folded,
  );
}

/** The matches in each of many short texts. A rule's keyword may also stand in `around`, the text that they come from. */
export function matchEachPlain(
  texts: readonly string[],
  rulebook: Rules,
  around: string,
  wanted?: (rule: Rule) => boolean,
): Match[][] {
  if (texts.length === 0) return [];
  // Few rules have anything to look for in any of the texts, so each text is left to those.
  const all = texts.join("\n").toLowerCase();
  const foldedAround = lazily(() => around.toLowerCase());
  const passes = keywordGate(() => all, foldedAround);
  const rules = rulebook.rules.filter(
    (rule) =>
      rule.pattern !== "" &&
      (wanted?.(rule) ?? true) &&
      (compiledRule(rule)
        .literals()
        ?.some((literal) => all.includes(literal)) ??
        true) &&
      passes(rule),
  );
  const stand = keywordGate(foldedAround);
  const always = new Set(rules.filter((rule) => stand(rule)));
  return texts.map((text) => {
    const folded = text.toLowerCase();
    const passesHere = keywordGate(() => folded);
    return matchRules(
      rules.filter((rule) => always.has(rule) || passesHere(rule)),
      text,
      folded,
    );
  });
}

/** The match that begins at `first`, unless one before it is found instead. */
function firstAt({ capture, find }: Compiled, text: string, first: number): Found | undefined {
  if (capture !== undefined) return capture(text, first);
  for (const found of find(text, first)) return found[0] === first ? found : undefined;
  return undefined;
}

/**
 * The match of `rule` that is known to begin at `start`, with its secret's place.
 *
 * @param part gives what stands between two places of the text; the second may lie behind its end.
 * @param end `Match.next` of it.
 */
export function matchAt(
  part: (from: number, to: number) => string,
  rulebook: Rules,
  rule: Rule,
  start: number,
  end: number,
): Match | undefined {
  if (rule.pattern === "" || !rulebook.rules.includes(rule)) return undefined;
  const pattern = compiledRule(rule);
  if (pattern.isWhole) {
    const [first, last] = withoutFeeds(part(start, end), 0, end - start);
    return last > first
      ? { rule, start, end, secretStart: start + first, secretEnd: start + last, next: end }
      : undefined;
  }
  // A byte before and behind says whether there is a boundary, so that no other way to the same end is preferred. When the
  // piece ends too early for a way that would have gone on, the match is looked for in all that it could have looked at.
  const ends = [end + 2, Math.max(end, start + pattern.reach) + 2];
  const from = Math.max(0, start - 1);
  for (const [attempt, to] of ends.entries()) {
    const piece = part(from, to);
    const found = firstAt(pattern, piece, start - from);
    if (found === undefined) continue;
    const [, last, , , next] = found;
    const [secretStart, secretEnd] = secretIn(piece, found);
    if (attempt === 0 && from + next !== end) continue;
    if (secretEnd <= secretStart) return undefined;
    const secret = { secretStart: from + secretStart, secretEnd: from + secretEnd };
    return { rule, start, end: from + last, ...secret, next: from + next };
  }
  return undefined;
}
