import assert from "node:assert/strict";
import { createCore } from "../../src/config/engine.ts";
import { quickTraining } from "../../src/config/engine-files.ts";
import { compileRules, type WorstCase } from "../../src/engine/compile/compile-rules.ts";
import { MOST_STEPS, type Work } from "../../src/engine/compile/work.ts";
import { stepsAllowed } from "../../src/engine/core/budget.ts";
import { PADDING, type Core } from "../../src/engine/core/core.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import type { PatternRule } from "./differential.ts";
import { worstTexts } from "./worst-text.ts";

/** Bytes of a text that is repeated. */
const PERIOD = 224;
/** Bytes of the small text; the large one is four times as long. */
const SMALL = 1280;
const LARGE = 4 * SMALL;
/** Bytes of each rule's text in those that are mixed. */
const MIXED = 96;
/** A text is gone through once, and walked back along where a match begins in it. */
const MOST_SEEN = 3;
/** Where a rule was given up, nobody knows how much more it would have read. */
const GIVEN_UP = 0xffffffff;

/** What a rule cost with the texts that are worst for it. */
export interface WorstWork {
  readonly id: string;
  readonly declared: Work;
  /** Bytes that its automata read in the worst small and the worst large text. */
  readonly small: number;
  readonly large: number;
}

/** What all rules of an image cost in two texts that are mixed from the worst ones of some. */
export interface MixedWork {
  readonly ids: string;
  readonly small: WorkOfAll;
  readonly large: WorkOfAll;
}

interface WorkOfAll {
  /** Bytes that automata read, but for those of rules that only their budget ends. */
  readonly steps: number;
  /** Bytes that all else read. */
  readonly seen: number;
  /** What the rules that read anything may have read less where the text ended. */
  readonly apart: number;
  readonly givenUp: readonly string[];
}

/** Rules in one core, and what each costs with the texts that its automata say are worst. */
export class WorkMeter {
  readonly #rules: readonly PatternRule[];
  readonly #core: Core;
  readonly #address: number;
  readonly #worst: readonly (WorstCase | undefined)[];
  readonly #declared: ReadonlyMap<string, Work>;

  constructor(rules: readonly PatternRule[]) {
    const compiled = compileRules(rules, quickTraining());
    this.#rules = rules;
    this.#core = createCore(rules, compiled.image);
    this.#address = this.#core.reserve(LARGE + 2 * PADDING) + PADDING;
    this.#worst = compiled.worstCases();
    this.#declared = new Map(compiled.costs().map(({ id, work }) => [id, work]));
  }

  /** What the compiler says of each rule that the core looks for, by the rules' ids. */
  get declared(): ReadonlyMap<string, Work> {
    return this.#declared;
  }

  /** Rules that the core does not look for are left out. */
  measureAll(): WorstWork[] {
    return this.#rules.flatMap(({ id }, rule) => {
      const worst = this.#worst[rule];
      const declared = this.#declared.get(id);
      if (worst === undefined || declared === undefined) return [];
      const works = worstTexts(worst, PERIOD).map((piece) => {
        const [small, large] = [SMALL, LARGE].map((size) => this.#stepsOf(rule, Buffer.alloc(size, piece)));
        return {
          id,
          declared,
          small: small!,
          large: large!,
          isGivenUp: this.#core.takeExceeded().includes(rule),
          piece,
        };
      });
      return works.toSorted((a, b) => b.large - a.large).slice(0, 1);
    });
  }

  /**
   * Bytes that all automata read in a small and a large text of two rules in turn; for those of each bucket, two at a time. Left out
   * are those that only their budget ends.
   */
  measurePairs(): { readonly ids: string; readonly small: number; readonly large: number; readonly apart: number }[] {
    const byBucket = new Map<number, number[]>();
    this.#worst.forEach((of, rule) => {
      for (const { bucket } of of?.founds ?? [])
        if (bucket !== undefined) byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), rule]);
    });
    return [...byBucket.values()].flatMap((members) =>
      members.flatMap((one, i) => {
        const other = members[i + 1];
        if (other === undefined || i % 2 === 1 || other === one) return [];
        const pieces = [one, other].flatMap((rule) => worstTexts(this.#worst[rule]!, 96).slice(0, 1));
        const piece = Buffer.concat([...pieces, ...pieces.map((of) => of.subarray(0, 24))]);
        const [small, large] = [SMALL, LARGE].map((size) => this.#stepsOf(undefined, Buffer.alloc(size, piece)));
        const rules = [one, other].map((rule) => this.#rules[rule]!.id);
        const works = rules.map((id) => this.#declared.get(id)!);
        const apart = works.reduce((sum, { steps, longestTry }) => sum + steps * longestTry, 0);
        const mayPile = works.some(({ steps }) => steps > MOST_STEPS);
        return mayPile ? [] : [{ ids: rules.join(" and "), small: small!, large: large!, apart }];
      }),
    );
  }

  /**
   * What all rules cost together in a small and a large text that is mixed from the worst ones of three of them. Every rule is in three
   * such texts: once with those of its bucket, twice with any.
   */
  measureTriples(): MixedWork[] {
    const pieces = this.#worst.map((worst) => (worst === undefined ? undefined : worstTexts(worst, MIXED)[0]));
    const all = [...pieces.keys()].filter((rule) => pieces[rule] !== undefined);
    const bucketOf = (rule: number) => this.#worst[rule]!.founds[0]?.bucket ?? -1;
    const random = seededRandom(5);
    const shuffled = () =>
      all
        .map((rule) => [random(), rule] as const)
        .sort(([a], [b]) => a - b)
        .map(([, rule]) => rule);
    const orders = [all.toSorted((a, b) => bucketOf(a) - bucketOf(b)), shuffled(), shuffled()];
    return orders.flatMap((order) =>
      Array.from({ length: Math.ceil(order.length / 3) }, (_, i) => {
        const three = order.slice(3 * i, 3 * i + 3);
        const own = three.map((rule) => pieces[rule]!);
        // Whole, cut off in a word that goes on, and with a beginning in the midst of another.
        const piece = Buffer.concat([
          ...own,
          ...own.map((of) => of.subarray(0, 24)),
          ...own.map((of) => of.subarray(7, 40)),
        ]);
        const [small, large] = [SMALL, LARGE].map((size) => this.#mixedWorkOf(Buffer.alloc(size, piece)));
        return { ids: three.map((rule) => this.#rules[rule]!.id).join(", "), small: small!, large: large! };
      }),
    );
  }

  #mixedWorkOf(text: Buffer): MixedWork["small"] {
    const seen = this.#core.bytesSeen;
    let steps = this.#stepsOf(undefined, text);
    let apart = 0;
    this.#rules.forEach(({ id }, rule) => {
      const own = this.#core.stepsOf(rule);
      if (own === 0) return;
      const { steps: declared, longestTry } = this.#declared.get(id)!;
      if (declared <= MOST_STEPS) apart += declared * longestTry;
      else steps -= own;
    });
    const givenUp = this.#core.takeExceeded().map((rule) => this.#rules[rule]!.id);
    return { steps, seen: this.#core.bytesSeen - seen, apart, givenUp };
  }

  #stepsOf(rule: number | undefined, text: Buffer): number {
    new Uint8Array(this.#core.memory.buffer).set(text, this.#address);
    const before = this.#core.steps;
    this.#core.scan(this.#address, text.length);
    const all = this.#core.steps - before;
    const own = rule === undefined ? GIVEN_UP : this.#core.stepsOf(rule);
    return own === GIVEN_UP ? all : own;
  }
}

/** Twice, since what is settled in JavaScript has a budget of its own; and one try more, which is not broken off. */
const budgetOf = (length: number) => 2 * stepsAllowed(length) + length;

/** Fails unless a rule kept to what the compiler says of it, and its work grows as the text does or stays in its budget. */
export function assertKept({ id, declared, small, large }: WorstWork): void {
  const works = [
    { steps: small, length: SMALL },
    { steps: large, length: LARGE },
  ];
  for (const { steps, length } of works) {
    const told = Math.min(budgetOf(length), Math.ceil(declared.steps * (length + 2 * PADDING)));
    assert.ok(steps <= told, `${id}: ${steps} steps in ${length} bytes, ${declared.steps} a byte are declared`);
  }
  if (declared.steps <= MOST_STEPS) assertLinear(id, small, large, declared.steps * declared.longestTry);
}

/** Fails unless what all rules cost together grows as the text does, and no rule that has a bound was given up. */
export function assertMixed({ ids, small, large }: MixedWork, piling: ReadonlySet<string>): void {
  assertLinear(ids, small.steps, large.steps, large.apart);
  assert.ok(large.seen <= MOST_SEEN * (LARGE + 2 * PADDING), `${ids}: ${large.seen} bytes of ${LARGE} are seen`);
  assert.deepEqual(
    large.givenUp.filter((id) => !piling.has(id)),
    [],
    ids,
  );
}

/** `apart`: what a rule may have read less where the small text ended. */
export function assertLinear(id: string, small: number, large: number, apart: number): void {
  assert.ok(large <= 4 * small + 4 * apart, `${id}: ${small}, then ${large} steps`);
}

/** Bytes that were read for each byte of the text. */
export const reached = ({ large }: WorstWork): number => large / LARGE;
