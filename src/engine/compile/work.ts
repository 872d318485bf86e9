import { overlap, type ByteSet } from "../regex/byte-set.ts";
import { stepsOf } from "../regex/node.ts";
import type { Automaton } from "./automaton.ts";
import type { Pass } from "./beyond.ts";
import { BEFORE_BYTE } from "./byte-classes.ts";
import { MATCH_BIT } from "./determinizer.ts";
import type { Gap } from "./gap.ts";
import { mostAlive, rowOf, spacingOf, triesAMatch, type Found } from "./piles.ts";
import type { SequenceLink } from "./image.ts";
import type { Plan } from "./plan.ts";

/** `STEPS_PER_BYTE` of core/assembly/budget.ts: what a rule's automata may read for each byte of a text before it is given up. */
export const MOST_STEPS = 256;
/** `FILTER_BYTES` of core/assembly/automata.ts, and the byte behind them. */
const MOST_FILTERED = 513;
/** `WORK_A_BYTE` of lazy-automaton.ts. */
const WORK_A_BYTE = 16;

/**
 * The most that any text can make a rule cost, for each of its bytes unless said otherwise. It follows from the rule's automata, from how close to
 * each other its sequences can stand, and from whether a try may go on over the next one's; no text is tried. A bound: there need not be a text
 * that costs as much.
 */
export interface Work {
  /** How often the rule's automata are asked. */
  readonly tries: number;
  /** Bytes that they read, all tries together. `Infinity` where a match has no end. */
  readonly steps: number;
  /** Bytes that they read at the longest of the tries. */
  readonly longestTry: number;
}

/** Bytes that are read of a gap at most before any automaton is asked. */
const gapRead = (gap: Gap | undefined): number =>
  gap === undefined ? 0 : 1 + gap.reduce((sum, { most, count }) => sum + most + count, 0);

/** What a call of core/assembly/beyond.ts takes whatever the text is: a block at either end of its window. */
const LOOKS = 6;

/**
 * Steps for each byte of a text that looking beyond a wide gap takes at most, where sequences stand so densely: both ends of its window pass each
 * byte once, 64 at a time, and what stands there is read once for each rule that shares the pass.
 */
function stepsBeyond({ sets, filters }: Pass, density: number): number {
  return LOOKS * density + 4 / 64 + 1 / 64 + filters.reduce((sum, each) => sum + filtered(each), 0) / periodOf(sets);
}

/** One of a rule's sequences, and how it is found. */
export interface Asked {
  readonly found: Found;
  readonly link: SequenceLink;
}

/** The most that a text can make a rule cost that is looked for by these sequences. */
export function workOf(plan: Plan, asked: readonly Asked[]): Work {
  const rows = asked.map(({ found, link }) => rowOf(found, link.offset));
  const spacing = spacingOf(rows);
  const densities = asked.map(({ found }) => densityOf(found));
  /** The sequences stand as densely as each can or as all can together. `pile`: what is read of a byte whatever the tries are. */
  const bound = (cost: (link: Asked["link"]) => number, pile = Infinity): number => {
    const costs = asked.map(({ link }) => cost(link));
    const apart = costs.reduce((sum, each, i) => sum + (each === 0 ? 0 : each * densities[i]!), 0);
    return Math.min(apart, spacing.density * Math.max(...costs), pile);
  };
  const starts = plan.before.max - plan.before.min + 1;
  const alive = mostAlive(plan, rows, spacing);
  let steps = bound(({ gap }) => gapRead(gap)) + bound(() => guarded(plan)) + bound(({ filter }) => filtered(filter));
  asked.forEach(({ link: { beyond } }, i) => {
    if (beyond !== undefined) steps += stepsBeyond(beyond.pass, densities[i]!);
  });
  switch (plan.kind) {
    case "start":
    case "run-back":
      steps += bound(() => mostRead(plan.automaton!), alive);
      break;
    case "range": {
      const tried = mostReadFrom(plan.automaton!, starts);
      const settled = bound(() => tried, alive * starts);
      const isTried = asked.every(({ link }) => link.filter === undefined);
      // What was found when its sequence was is settled with the same end, but for what a match before it has cut off.
      steps += isTried ? settled + Math.min(settled, triesAMatch(plan, spacing) * tried) : settled;
      break;
    }
    case "confirm":
      steps += bound(() => confirmed(plan), alive * starts * 2 * making(plan));
  }
  return {
    tries: bound(() => 1),
    steps,
    longestTry: Math.max(...asked.map(({ link }) => stepsATry(plan, link.filter))),
  };
}

/** How often, for each byte of a text, the sequence can be found. */
function densityOf(found: Found): number {
  const { sets, at, runLength } = found;
  if (runLength === undefined) return 1 / periodOf(rowOf(found, 0).sets);
  const before = sets[at - 1];
  // Where nothing of its own may stand before a run, each run is found once.
  const isEdge = before !== undefined && !overlap(before, sets[at]!);
  return isEdge ? 1 / (runLength + 1) : 1;
}

/** The least distance at which the sets may stand over themselves. */
function periodOf(sets: readonly ByteSet[]): number {
  for (let by = 1; by < sets.length; by++)
    if (sets.every((set, i) => i + by >= sets.length || overlap(set, sets[i + by]!))) return by;
  return Math.max(1, sets.length);
}

const guarded = ({ guard }: Plan): number => filtered(guard);
const filtered = (filter: Automaton | undefined): number =>
  filter === undefined ? 0 : Math.min(MOST_FILTERED, mostRead(filter));

/** Of a rule that is confirmed: what a byte costs, since each may lead to a state that has to be made. */
const making = ({ pattern }: Plan): number => 1 + stepsOf(pattern) / WORK_A_BYTE;

/** Every start is tried, and the one that matches once more for its end. */
const confirmed = (plan: Plan): number =>
  (plan.before.max - plan.before.min + 2) * (plan.length.max + 2) * making(plan);

/** Bytes that the rule's automata read at most when a sequence with this filter is found, until its match is settled. */
function stepsATry(plan: Plan, filter: Automaton | undefined): number {
  const before = guarded(plan) + filtered(filter);
  if (plan.kind === "confirm") return before + confirmed(plan);
  if (plan.kind !== "range") return before + mostRead(plan.automaton!);
  const tried = mostReadFrom(plan.automaton!, plan.before.max - plan.before.min + 1);
  return before + (filter === undefined ? 2 : 1) * tried;
}

const read = new WeakMap<Automaton, number>();

/** The most bytes that the automaton reads before it stops, the last one included; `Infinity` when some text keeps it going. */
function mostRead(automaton: Automaton): number {
  let most = read.get(automaton);
  if (most === undefined) {
    const left = bytesLeft(automaton);
    read.set(automaton, (most = Math.max(...automaton.starts.map((state) => left[state]!))));
  }
  return most;
}

/** Of each state: the most bytes that are read from there on. */
export function bytesLeft(automaton: Automaton): Float64Array {
  const ways = longestWays(automaton.starts, successors(automaton));
  return Float64Array.from({ length: automaton.stateCount }, (_, state) => ways.get(state) ?? 0);
}

/**
 * The most bytes that are read when the automaton is tried from `starts` places in a row. Most tries end where another goes on: so
 * beyond the longest one each costs what two that begin so far from each other can read while both are alive.
 */
function mostReadFrom(automaton: Automaton, starts: number): number {
  const most = mostRead(automaton);
  if (most === Infinity || starts === 1) return most;
  let sum = most;
  for (let by = 1; by < starts; by++) {
    const both = by > MOST_APART ? most : bothRead(automaton, by, most);
    sum += Math.min((starts - 1) * most, 2 * Math.min(most, both + by));
  }
  return Math.min(sum, starts * most);
}

/** Starts further apart are not looked at as pairs. */
const MOST_APART = 8;
const MOST_PAIRS = 20_000;

/** The most bytes that two tries read while both are alive, the later one beginning `by` bytes behind the other; at most `most`. */
function bothRead(automaton: Automaton, by: number, most: number): number {
  const { classes, starts, stateCount } = automaton;
  const next = successors(automaton);
  let ahead = new Set(starts);
  for (let i = 1; i < by; i++) ahead = new Set([...ahead].flatMap((state) => [...next(state)]));
  const begin = new Set<number>();
  // What stands before the later one is the last byte that the other has read.
  for (const [byte, class_] of classes.entries())
    for (const state of ahead) {
      const after = stepOf(automaton, state, class_);
      if (after !== 0) begin.add(after * stateCount + starts[BEFORE_BYTE[byte]!]!);
    }
  const ofPair = (pair: number) => {
    const [one, other] = [Math.floor(pair / stateCount), pair % stateCount];
    const pairs = new Set<number>();
    for (let class_ = 0; class_ < automaton.classCount; class_++) {
      const [a, b] = [stepOf(automaton, one, class_), stepOf(automaton, other, class_)];
      if (a !== 0 && b !== 0) pairs.add(a * stateCount + b);
    }
    return pairs;
  };
  const ways = longestWays([...begin], ofPair, MOST_PAIRS);
  return ways === undefined ? most : Math.min(most, Math.max(0, ...[...begin].map((pair) => ways.get(pair)!)));
}

const stepOf = ({ transitions, classCount }: Automaton, state: number, class_: number) =>
  transitions[state * classCount + class_]! & ~MATCH_BIT;

/** The states that follow on a state, but for the dead one. */
function successors(automaton: Automaton): (state: number) => ReadonlySet<number> {
  return (state) => {
    const next = new Set<number>();
    for (let class_ = 0; class_ < automaton.classCount; class_++) next.add(stepOf(automaton, state, class_));
    next.delete(0);
    return next;
  };
}

/** Of each node that can be reached: how many are on the longest way from it. `Infinity` where one comes back to itself. */
function longestWays(begin: readonly number[], next: (node: number) => Iterable<number>): Map<number, number>;
/** Undefined when there are more than `most` nodes. */
function longestWays(
  begin: readonly number[],
  next: (node: number) => Iterable<number>,
  most: number,
): Map<number, number> | undefined;
function longestWays(begin: readonly number[], next: (node: number) => Iterable<number>, most = Infinity) {
  const left = new Map<number, number>();
  for (const first of begin) {
    if (left.has(first)) continue;
    const way = [{ node: first, next: [...next(first)], best: 0 }];
    // A node on the way that is met again stands for a ring.
    left.set(first, Infinity);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const node = top.next.pop();
      if (node === undefined) {
        left.set(top.node, top.best + 1);
        way.pop();
        const above = way.at(-1);
        if (above !== undefined) above.best = Math.max(above.best, top.best + 1);
        continue;
      }
      const known = left.get(node);
      if (known !== undefined) top.best = Math.max(top.best, known);
      else {
        if (left.size >= most) return undefined;
        left.set(node, Infinity);
        way.push({ node, next: [...next(node)], best: 0 });
      }
    }
  }
  return left;
}
