import { createHash } from "node:crypto";
import { PatrolError } from "../../model/errors.ts";
import { setsKey, type ByteSet } from "../regex/byte-set.ts";
import { withClosing } from "../regex/closing.ts";
import { parseRegex } from "../regex/parse.ts";
import {
  assignBuckets,
  BUCKETS_NEAR_RUNS,
  fingerprintsOf,
  OTHER_BUCKETS,
  type Bucket,
  type Effort,
  type Fingerprint,
} from "./fingerprints.ts";
import { passesOf } from "./beyond.ts";
import { holdKeyword, impliesKeyword } from "./implied.ts";
import { areTold } from "./keyword-table.ts";
import { IMAGE_VERSION, layOut, type SharedRun, type SharedSequence } from "./image.ts";
import type { Found } from "./piles.ts";
import { askingKey, refusalOf, type Asking } from "./refusal.ts";
import { planRule, type Plan, type PlannedSequence, type SpanKind } from "./plan.ts";
import { costWithRuns, isRun, rarestRun, RunTables } from "./run-class.ts";
import { isNoted } from "./token-run.ts";
import { LETTERS, NO_MARK, type Training } from "./training.ts";
import { workOf, type Asked, type Work } from "./work.ts";

/** What the compiler needs of a rule. */
export interface CompilableRule extends Asking {
  readonly id: string;
  /** RE2 syntax; empty for a rule that looks at paths only. */
  readonly pattern: string;
}

/** What looking for a rule costs, so that authors see a sloppy one. */
export interface RuleCost {
  readonly id: string;
  /** How the exact span is found; `confirm` needs JavaScript for each place that passes the filter. */
  readonly kind: SpanKind;
  /** Places a megabyte of source text at which the rule's fingerprints, taken alone, stop the scan. */
  readonly candidatesPerMegabyte: number;
  /** States of the rule's automata. */
  readonly states: number;
  /** Whether a match can reach so far, over nearly any bytes, that a part of an object does not settle it. */
  readonly far: boolean;
  /** The most that a text can make the rule cost. */
  readonly work: Work;
}

/** A sequence, and the fingerprints that it may be found by, best first. */
interface Place {
  readonly sequence: SharedSequence;
  readonly fingerprints: readonly Fingerprint[];
}

/**
 * What a fingerprint may cost more, as a factor and a share of positions, if it is looked for near runs of token bytes only: those are a
 * fifth of source code. There are more buckets for these as well.
 */
const DEARER = 5;
const DEARER_BY = 1e-3;

/** The fingerprints near which every match holds a run of token bytes, where they are nearly as good as the best. */
function fingerprintsNearRuns({ sequence: { links }, fingerprints }: Place): readonly Fingerprint[] {
  const near = fingerprints.filter(({ at }) => links.every(({ tokenRuns }) => isNoted(tokenRuns, at)));
  return near.length > 0 && near[0]!.cost <= fingerprints[0]!.cost * DEARER + DEARER_BY ? near : [];
}

/** The buckets of what is looked for near runs of token bytes only, then those of all else. */
function dealAll(places: readonly Place[], training: Training, effort: Effort): Bucket[] {
  const all = places.map((place, number) => ({ number, place, near: fingerprintsNearRuns(place) }));
  const deal = (of: readonly { number: number; fingerprints: readonly Fingerprint[] }[], count: number) =>
    assignBuckets(
      of.map(({ fingerprints }) => fingerprints),
      training,
      effort,
      count,
    ).map((bucket) => ({
      ...bucket,
      members: bucket.members.map(({ sequence, fingerprint }) => ({ sequence: of[sequence]!.number, fingerprint })),
    }));
  const [near, others] = [all.filter((one) => one.near.length > 0), all.filter((one) => one.near.length === 0)];
  return [
    ...deal(
      near.map(({ number, near: fingerprints }) => ({ number, fingerprints })),
      BUCKETS_NEAR_RUNS,
    ),
    ...deal(
      others.map(({ number, place: { fingerprints } }) => ({ number, fingerprints })),
      OTHER_BUCKETS,
    ),
  ];
}

/** How a rule is looked for, and how its sequences are found. */
export interface WorstCase {
  readonly plan: Plan;
  readonly founds: readonly Found[];
}

export interface CompiledRules {
  /** For `Core.load`. The same rules give the same bytes. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** Worked out when it is asked for: a scan needs none of it. */
  readonly costs: () => readonly RuleCost[];
  /** What a text would have to be made from that costs a rule the most, by the rules' numbers; undefined where there is no plan. */
  readonly worstCases: () => readonly (WorstCase | undefined)[];
  /** Rules that the core cannot look for, and why; another matcher has to. */
  readonly refused: readonly PatrolError[];
}

/** For rules that a user brings: compiling must be quick. */
const QUICK: Effort = { options: 6, passes: 1, upheavals: 0 };
/** For rules that are compiled once for all. */
export const AT_LEISURE: Effort = { options: 10, passes: 8, upheavals: 1500 };

/** Compiles rules for the core; their index is their number there. More `effort` is slower and makes fewer false candidates. */
export function compileRules(
  rules: readonly CompilableRule[],
  training: Training,
  effort: Effort = QUICK,
): CompiledRules {
  const letters = planAll(rules, training.at(LETTERS), effort.options);
  if (letters.refused.length === 0) return compilePlans(rules, letters, effort);
  // Rules of digits or marks alone have nothing rare unless digits are told from blanks.
  const all = planAll(rules, training.at(NO_MARK), effort.options);
  return compilePlans(rules, all.refused.length < letters.refused.length ? all : letters, effort);
}

interface Plans {
  readonly training: Training;
  readonly fingerprints: (sets: readonly ByteSet[]) => readonly Fingerprint[];
  readonly cost: (sets: readonly ByteSet[]) => number;
  readonly plans: readonly (Plan | undefined)[];
  readonly refused: readonly PatrolError[];
}

function planAll(rules: readonly CompilableRule[], training: Training, options: number): Plans {
  const fingerprints = memoizeByKey((sets) => fingerprintsOf(sets, training, options));
  const cost = memoizeByKey((sets) => costWithRuns(sets, fingerprints(sets)[0]!.cost));
  const refused: PatrolError[] = [];
  const plans = rules.map(({ id, pattern }) => {
    if (pattern === "") return undefined;
    try {
      return planRule(id, withClosing(parseRegex(pattern, id)), cost);
    } catch (error) {
      if (!(error instanceof PatrolError)) throw error;
      refused.push(error);
      return undefined;
    }
  });
  return { training, fingerprints, cost, plans, refused };
}

function compilePlans(
  rules: readonly CompilableRule[],
  { training, fingerprints: fingerprintsOfSets, cost, plans, refused }: Plans,
  effort: Effort,
): CompiledRules {
  const shared = shareSequences(plans);
  const options = shared.map(({ sets }) => fingerprintsOfSets(sets));
  const tables = new RunTables();
  const runs: SharedRun[] = [];
  const places = shared.map((sequence, i) => ({ sequence, fingerprints: options[i]! }));
  // Where the classes of all runs do not fit the run classifier, the cheapest go back to fingerprints.
  for (const { sequence, fingerprints } of places.toSorted(
    (a, b) => b.fingerprints[0]!.cost - a.fingerprints[0]!.cost,
  )) {
    const run = rarestRun(sequence.sets);
    if (run === undefined || !isRun(sequence.sets, fingerprints[0]!.cost)) continue;
    const bits = tables.add(run.set);
    if (bits !== undefined) runs.push({ sequence, run, bits });
  }
  const found = new Set(runs.map(({ sequence }) => sequence));
  const rest = places.filter(({ sequence }) => !found.has(sequence));
  const buckets = dealAll(rest, training, effort);
  const image = layOut(
    plans,
    rest.map(({ sequence }) => sequence),
    buckets,
    runs,
    tables.tables,
    training.mark,
    plans.map(
      (plan, i) => plan && { refusal: refusalOf(rules[i]!, plan.pattern), keywords: keywordsOf(rules[i]!, plan) },
    ),
    keyOf(rules),
  );
  return {
    image,
    costs: () => {
      const asked = askedOf(plans, finds());
      return plans.flatMap((plan, i) =>
        plan === undefined ? [] : [costOfRule(rules[i]!.id, plan, cost, workOf(plan, asked[i]!))],
      );
    },
    worstCases: () => {
      const asked = askedOf(plans, finds());
      return plans.map((plan, i) => plan && { plan, founds: asked[i]!.map(({ found }) => found) });
    },
    refused,
  };

  /** How each sequence is found. */
  function finds(): Map<SharedSequence, Found> {
    const found = new Map<SharedSequence, Found>(
      runs.map(({ sequence, run }) => [
        sequence,
        { sets: sequence.sets, at: run.at, runLength: run.length, bucket: undefined },
      ]),
    );
    for (const [bucket, { members }] of buckets.entries())
      for (const { sequence: number, fingerprint } of members) {
        const { sequence } = rest[number]!;
        found.set(sequence, { sets: sequence.sets, at: fingerprint.at, runLength: undefined, bucket });
      }
    return found;
  }
}

/** Of each rule: its sequences, and how they are found. */
function askedOf(
  plans: readonly (Plan | undefined)[],
  finds: ReadonlyMap<SharedSequence, Found>,
): readonly (readonly Asked[])[] {
  const asked = plans.map((): Asked[] => []);
  for (const [{ links }, found] of finds) for (const link of links) asked[link.rule]!.push({ found, link });
  return asked;
}

/** To look for more of them in a text could take longer than a scan. */
const MOST_KEYWORDS = 64;

/** The keywords that need not stand in the rule's matches, so that a text without them has none of its; none where that is not told. */
function keywordsOf({ keywords = [] }: CompilableRule, { pattern, kind, sequences }: Plan): readonly string[] {
  const canTell = kind !== "confirm" && keywords.length <= MOST_KEYWORDS && areTold(keywords);
  const rows = sequences.map(({ sets }) => sets);
  return canTell && !holdKeyword(rows, keywords) && !impliesKeyword(pattern, keywords) ? keywords : [];
}

/** 32 bytes that are equal for equal rules and an equal layout: an image carries them, and caches go by them. */
export function keyOf(rules: readonly CompilableRule[]): Uint8Array {
  const hash = createHash("sha256").update(`image ${IMAGE_VERSION}\n`);
  for (const rule of rules) hash.update(`${JSON.stringify([rule.id, rule.pattern, askingKey(rule)])}\n`);
  return hash.digest();
}

function shareSequences(plans: readonly (Plan | undefined)[]): SharedSequence[] {
  const byKey = new Map<string, { readonly rule: number; readonly planned: PlannedSequence }[]>();
  plans.forEach((plan, rule) => {
    for (const planned of plan?.sequences ?? []) {
      const key = setsKey(planned.sets);
      const alike = byKey.get(key) ?? [];
      byKey.set(key, alike);
      alike.push({ rule, planned });
    }
  });
  return [...byKey.values()].map((alike) => {
    const inPasses = passesOf(alike.map(({ planned: { beyond, gapAt, offset } }) => ({ beyond, at: gapAt - offset })));
    return {
      sets: alike[0]!.planned.sets,
      links: alike.map(({ rule, planned: { sets: _, ...link } }, i) => ({ ...link, rule, beyond: inPasses[i] })),
    };
  });
}

function costOfRule(id: string, plan: Plan, cost: (sets: readonly ByteSet[]) => number, work: Work): RuleCost {
  const share = plan.sequences.reduce((sum, { sets }) => sum + cost(sets), 0);
  const filters = new Set(plan.sequences.map(({ filter }) => filter));
  const states = [plan.automaton, plan.guard, ...filters].reduce(
    (sum, automaton) => sum + (automaton?.stateCount ?? 0),
    0,
  );
  return {
    id,
    kind: plan.kind,
    candidatesPerMegabyte: Math.round(share * 1e6),
    states,
    far: plan.reach.kind === "far",
    work,
  };
}

function memoizeByKey<T>(compute: (sets: readonly ByteSet[]) => T): (sets: readonly ByteSet[]) => T {
  const known = new Map<string, T>();
  return (sets) => {
    const key = setsKey(sets);
    let value = known.get(key);
    if (value === undefined) {
      value = compute(sets);
      known.set(key, value);
    }
    return value;
  };
}
