import { complement, emptySet, overlap, type ByteSet } from "../regex/byte-set.ts";
import { buildNfa, STEP, type Nfa } from "./nfa.ts";
import type { Plan } from "./plan.ts";

/** Places before and behind a fingerprint's first that the verify table looks at; core/assembly/verify.ts. */
const [SEEN_BEFORE, SEEN_BEHIND] = [6, 7] as const;
const ANY = complement(emptySet());

/** How a sequence is found: by the fingerprint or the run of so many bytes that begins at set `at`. */
export interface Found {
  readonly sets: readonly ByteSet[];
  readonly at: number;
  /** Undefined for a fingerprint. */
  readonly runLength: number | undefined;
  /** Of the classifier; undefined for a run. */
  readonly bucket: number | undefined;
}

/** What stands in a text wherever a rule is tried: sets in a row, the first one `from` bytes from the anchor. */
export interface Row {
  readonly sets: readonly ByteSet[];
  readonly from: number;
}

/** `offset`: where the sequence's first set stands, counted from the anchor. */
export function rowOf({ sets, at, runLength }: Found, offset: number): Row {
  if (runLength === undefined) {
    const first = Math.max(0, at - SEEN_BEFORE);
    return { sets: sets.slice(first, at + SEEN_BEHIND + 1), from: offset + first };
  }
  const [run, before] = [sets[at]!, sets[at - 1] ?? ANY];
  // Where nothing of its own may stand before a run, only its beginning is taken.
  const edge = !overlap(before, run) ? complement(run) : before;
  return { sets: [edge, ...sets.slice(at, at + runLength)], from: offset + at - 1 };
}

/** How close to each other a rule can be tried. */
export interface Spacing {
  /** Tries at one anchor. */
  readonly together: number;
  /** Bytes from an anchor to the next. */
  readonly apart: number;
  /** Tries for each byte of a text. */
  readonly density: number;
}

/** So many anchors in a row are looked at: two may stand closer than others can follow, as those of `sftp:` and `ftp:`. */
const CHAIN = 8;

export function spacingOf(rows: readonly Row[]): Spacing {
  const together = Math.max(
    ...rows.map((row) => rows.filter((other) => other === row || mayStand(row, other, 0)).length),
  );
  const next = rows.map((row) => rows.map((other) => nearest(row, other)));
  const apart = Math.min(...next.flat());
  // The least bytes from any anchor, by way of so many others, to one of each row.
  let bytes = rows.map(() => 0);
  for (let i = 0; i < CHAIN; i++)
    bytes = rows.map((_, to) => Math.min(...bytes.map((so, from) => so + next[from]![to]!)));
  return { together, apart, density: (together * CHAIN) / Math.min(...bytes) };
}

/** The least distance from the anchor of a row to that of another one. */
function nearest(row: Row, other: Row): number {
  let by = 1;
  while (!mayStand(row, other, by)) by++;
  return by;
}

/** Whether a text may hold both rows, the other one's anchor `by` bytes behind. */
function mayStand(row: Row, other: Row, by: number): boolean {
  const shift = other.from + by - row.from;
  return row.sets.every((set, i) => {
    const over = other.sets[i - shift];
    return over === undefined || overlap(set, over);
  });
}

/**
 * How many anchors there are at the most whose tries read one and the same byte; `Infinity` where a try may go on over the rows of
 * later ones, so that they pile up.
 *
 * Of those that read a byte take the one that began first. It has read the rows of the others but for those that end behind the byte. No
 * try gets through a whole row, so all but a few stand that close to the byte.
 */
export function mostAlive(plan: Plan, rows: readonly Row[], { together, apart }: Spacing): number {
  const { min, max } = plan.kind === "range" || plan.kind === "confirm" ? plan.before : { min: 0, max: 0 };
  const nfa = buildNfa(plan.pattern);
  if (nfa === undefined) return Infinity;
  for (const { sets, from } of rows) {
    const read = apart + min + from;
    if (read < 1 || getsThrough(nfa, read, sets)) return Infinity;
  }
  const behind = Math.max(...rows.map(({ sets, from }) => from + sets.length)) + max;
  return together * (1 + anchorsIn(behind, apart) + anchorsIn(max, apart));
}

const anchorsIn = (bytes: number, apart: number): number => (bytes <= 0 ? 0 : 1 + Math.floor((bytes - 1) / apart));

/** How often, for each byte of a text, what follows on a match is tried again: once, and from starts that the match before has cut off. */
export function triesAMatch({ pattern, before, length }: Plan, { together, apart }: Spacing): number {
  const closes = buildNfa(pattern)?.closes.includes(1) === true;
  return (1 + together * anchorsIn(before.max - before.min, apart)) / (closes ? length.min - 1 : length.min);
}

/** Whether anything of the pattern is left when the sets were read, at least `read` bytes behind its beginning. Assertions are taken to hold. */
function getsThrough(nfa: Nfa, read: number, sets: readonly ByteSet[]): boolean {
  let steps = behind(nfa, [nfa.start]);
  const after = (from: ReadonlySet<number>, set: ByteSet) => {
    const next: number[] = [];
    for (const step of from) {
      const isTaken = nfa.kinds[step] === STEP.byte && overlap(nfa.sets[nfa.args[step]!]!, set);
      if (isTaken) next.push(nfa.nexts[step]!);
    }
    return behind(nfa, next);
  };
  for (let i = 0; i < read; i++) steps = after(steps, ANY);
  for (const step of reachedFrom(nfa, steps)) steps.add(step);
  for (const set of sets) steps = after(steps, set);
  return steps.size > 0;
}

/** All steps that read a byte, and the match, that are reached from these by any text. Each is gone through once. */
function reachedFrom({ kinds, args, nexts, sets, branches }: Nfa, steps: Iterable<number>): Set<number> {
  const seen = new Set(steps);
  const found = new Set<number>();
  const left = [...seen];
  const add = (step: number) => {
    if (seen.has(step)) return;
    seen.add(step);
    left.push(step);
  };
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const kind = kinds[at];
    if (kind === STEP.byte || kind === STEP.match) found.add(at);
    if (kind === STEP.assertion || (kind === STEP.byte && overlap(sets[args[at]!]!, ANY))) add(nexts[at]!);
    else if (kind !== STEP.byte && kind !== STEP.match) for (let b = args[at]!; b < nexts[at]!; b++) add(branches[b]!);
  }
  return found;
}

/** The steps that read a byte, and the match, that are reached without one. */
function behind({ kinds, args, nexts, branches }: Nfa, from: number[]): Set<number> {
  const seen = new Set<number>();
  const found = new Set<number>();
  for (let at = from.pop(); at !== undefined; at = from.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    if (kinds[at] === STEP.byte || kinds[at] === STEP.match) found.add(at);
    else if (kinds[at] === STEP.assertion) from.push(nexts[at]!);
    else for (let b = args[at]!; b < nexts[at]!; b++) from.push(branches[b]!);
  }
  return found;
}
