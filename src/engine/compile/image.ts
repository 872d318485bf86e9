import { ROW_UNIT, rowUnits, type Automaton } from "./automaton.ts";
import { BEFORE_BYTE, partitionBytes } from "./byte-classes.ts";
import { MATCH_BIT } from "./determinizer.ts";
import { bytesOf, emptySet, hasByte, intersect, isEmpty, setId, union, type ByteSet } from "../regex/byte-set.ts";
import { BUCKETS_NEAR_RUNS, type Bucket } from "./fingerprints.ts";
import type { InPass } from "./beyond.ts";
import { ANY, Automata, Beyonds } from "./image-tables.ts";
import { MAX_PHASES, type Gap } from "./gap.ts";
import type { Plan, PlannedSequence, SpanKind } from "./plan.ts";
import { entropyTable, refusalMap, refusalWords, type Refusal } from "./refusal.ts";
import { keywordTable } from "./keyword-table.ts";
import { LEAD_BYTES, LEAST_NEAR, leadBytesOf } from "./reach.ts";
import { windowOf, type RunClass } from "./run-class.ts";
import { GRAM_LENGTH, type Mark } from "./training.ts";

/** "PTRL" in little-endian order. */
export const IMAGE_MAGIC = 0x4c525450;
/** Raised with every change of the image's layout or meaning. */
export const IMAGE_VERSION = 16;

export const HEADER_WORDS = 36;
/** Eight words: the image's key, see `keyOf` in compile-rules.ts. */
export const KEY_WORD = 24;
export const KEY_BYTES = 32;
/**
 * Holds the size in bytes of all that comes before the automata. Those are most of the image, and few texts need any: who
 * looks shortly reads this much first, and an automaton when one is wanted.
 */
export const HEAD_WORD = 32;
/** Holds how many passes look beyond gaps. */
export const BEYOND_COUNT_WORD = 33;
/** Holds the image's size in bytes, so that who reads it from a file need not ask for it. */
export const SIZE_WORD = 23;
/** Places of the verify table, counted from a fingerprint's first: itself, four more, then six before it. */
const PLACES = [0, 1, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, -5, -6];
const PAGE = 32;
const KINDS: Readonly<Record<SpanKind, number>> = { start: 0, "run-back": 1, range: 2, confirm: 3 };
/** A rule that the core does not look for. */
export const KIND_NONE = 4;
/** Header word: how many rules there are. */
export const RULE_COUNT_WORD = 2;
/** Header word: where the rules stand, and how many bytes each takes, of which the first word is its kind. */
export const RULES_WORD = 10;
export const RULE_BYTES = 32;
/** Where an automaton's rows begin, and where its size in bytes stands. */
const ROWS = 272;
export const AUTOMATON_HEAD = ROWS;
export const AUTOMATON_SIZE = 268;
const LINK_ENDS = 1;
const LINK_FAR = 2;
const LINK_TRIES = 4;
const LINK_GUARDED = 8;
/**
 * In a link's flags: where its gap begins, counted from the anchor, whether it is one that is looked beyond, and its place in units
 * of sixteen bytes, or 0.
 */
const GAP_AT_SHIFT = 4;
const MOST_GAP_AT = 127;
const LINK_BEYOND = 1 << 11;
const GAP_SHIFT = 12;

/** A sequence with the rules that look for it. Rules with equal sequences share one. */
export interface SharedSequence {
  readonly sets: readonly ByteSet[];
  readonly links: readonly SequenceLink[];
}

/** What a rule does where its sequence stands. */
export interface SequenceLink extends Omit<PlannedSequence, "sets" | "beyond"> {
  readonly rule: number;
  readonly beyond: InPass | undefined;
}

/** A sequence that is found by a run of one class in it, with the class's bits in the run classifier's tables. */
export interface SharedRun {
  readonly sequence: SharedSequence;
  readonly run: RunClass;
  readonly bits: number;
}

/** What a rule asks of its matches that the core decides. */
export interface Asked {
  readonly refusal: Refusal | undefined;
  /** Of which one has to stand in a text, and need not in a match. */
  readonly keywords: readonly string[];
}

interface Entry {
  readonly sequence: SharedSequence;
  /** Index into the sequence's sets of the place that is found. */
  readonly at: number;
}

/**
 * Lays everything out in one block that the core uses in place, words little-endian, offsets from its first byte. The
 * header's words are read by `install` in core/assembly/layout.ts. Equal input gives equal bytes.
 */
export function layOut(
  plans: readonly (Plan | undefined)[],
  sequences: readonly SharedSequence[],
  buckets: readonly Bucket[],
  runs: readonly SharedRun[],
  tables: Uint8Array,
  mark: Mark,
  asked: readonly (Asked | undefined)[],
  key: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const image = new Writer(HEADER_WORDS * 4);
  const header: number[] = [IMAGE_MAGIC, IMAGE_VERSION, plans.length];

  header[3] = image.bytes(classifierMasks(buckets));
  const pages = buckets.map(({ members }) => chunks(members, PAGE));
  const verify = verifyTable(pages.flat(), sequences);
  header[4] = image.bytes(verify.classes);
  header[5] = image.bytes(new Uint8Array(verify.table.buffer));
  header[6] = verify.classCount;
  let page = 0;
  header[7] = image.words(
    pages.map((of) => {
      const word = page | (of.length << 16);
      page += of.length;
      return word;
    }),
  );

  const automata = new Automata();
  const gaps = new Map<string, number>();
  /** The flags for a link's gap; none where it does not fit in, as the automata need no gap. */
  const gapFlags = ({ gap, beyond, gapAt }: SequenceLink): number => {
    if ((gap ?? beyond) === undefined || gapAt < 0 || gapAt > MOST_GAP_AT) return 0;
    const at = gap !== undefined ? gapPlace(gap) : beyonds.add(beyond!, automata);
    const kind = gap !== undefined ? 0 : LINK_BEYOND;
    return at < 2 ** (32 - GAP_SHIFT + 4) ? ((at >> 4) << GAP_SHIFT) | (gapAt << GAP_AT_SHIFT) | kind : 0;
  };
  const gapPlace = (gap: Gap): number => {
    const key = gap
      .map(({ skip, most, isOpen, need, count }) => [setId(skip), most, isOpen, setId(need), count])
      .join();
    const at = gaps.get(key) ?? image.bytes(gapBytes(gap));
    gaps.set(key, at);
    return at;
  };
  const refusalMaps = new Map<string, number>();
  let entropies = 0;
  const refusalPlace = (refusal: Refusal): number => {
    const bytes = refusalMap(refusal);
    const key = bytes.join();
    const map = refusalMaps.get(key) ?? image.bytes(bytes);
    refusalMaps.set(key, map);
    entropies ||= image.words(entropyTable());
    return image.words(refusalWords(refusal, map, entropies));
  };
  const sequenceEntries = pages.flat().flatMap((members) =>
    Array.from({ length: PAGE }, (_, bit): Entry | undefined => {
      const member = members[bit];
      return member && { sequence: sequences[member.sequence]!, at: member.fingerprint.at };
    }),
  );
  const entries = [...sequenceEntries, ...runs.map(({ sequence, run }) => ({ sequence, at: run.at }))];
  const allLinks = entries.flatMap((entry) => entry?.sequence.links ?? []);
  const beyonds = new Beyonds(allLinks.filter(({ beyond }) => beyond !== undefined).length);
  beyonds.begin(image.bytes(beyonds.bytes));
  const links: number[] = [];
  const entryWords: number[] = [];
  let maxDelta = 0;
  const leads = new Map<Plan, number>();
  for (const entry of entries) {
    const first = links.length / 4;
    for (const link of entry?.sequence.links ?? []) {
      const plan = plans[link.rule]!;
      const delta = link.offset + entry!.at;
      const ends = plan.kind === "start" || plan.kind === "run-back";
      const tries = plan.kind === "range" && link.filter === undefined;
      const flags =
        (ends ? LINK_ENDS : 0) |
        (tries ? LINK_TRIES : 0) |
        (plan.reach.kind === "far" ? LINK_FAR : 0) |
        (plan.guard === undefined ? 0 : LINK_GUARDED) |
        gapFlags(link);
      automata.refer("links", links.length + 2, ends || tries ? plan.automaton : link.filter);
      links.push(link.rule, delta, 0, flags);
      maxDelta = Math.max(maxDelta, delta);
      leads.set(plan, Math.max(leads.get(plan) ?? 0, delta + plan.before.max));
    }
    entryWords.push((first << 8) | (links.length / 4 - first));
  }
  header[8] = image.words(entryWords);
  const rules = plans.flatMap((plan, rule) => {
    if (plan === undefined) return [KIND_NONE, 0, 0, 0, 0, 0, 0, 0];
    automata.refer("rules", rule * 8 + 3, plan.automaton);
    automata.refer("rules", rule * 8 + 5, plan.guard);
    const run = plan.run === undefined ? 0 : image.bytes(byteMap(plan.run));
    const { refusal, keywords = [] } = asked[rule] ?? {};
    const refused = refusal === undefined || plan.kind === "confirm" ? 0 : refusalPlace(refusal);
    const wanted = keywords.length === 0 ? 0 : image.bytes(keywordTable(keywords));
    return [KINDS[plan.kind], plan.before.min, plan.before.max, 0, run, 0, refused, wanted];
  });

  header[11] = image.bytes(tables);
  const classes = runClasses(runs, sequenceEntries.length);
  header[12] = classes.length;
  header[13] = image.words(runWords(classes, (set) => image.bytes(byteMap(set))));
  const tails = plans.flatMap((plan) => (plan?.reach.kind === "tail" ? [plan.reach] : []));
  header[14] = image.bytes(byteMap(tails.reduce((all, { tail }) => union(all, tail), emptySet())));
  header[15] = image.bytes(BEFORE_BYTE.slice());
  header[16] = maxDelta;
  const { bytes, least, most } = leadOf(leads);
  header[17] = most;
  header[18] = image.bytes(pairTables(buckets.slice(0, BUCKETS_NEAR_RUNS), sequences, verify.representatives));
  header[34] = image.bytes(pairTables(buckets.slice(BUCKETS_NEAR_RUNS), sequences, verify.representatives));
  header[19] = tails.reduce<number>((all, { near }) => Math.max(all, near), LEAST_NEAR);
  header[20] = least;
  header[21] = image.bytes(byteMap(bytes));
  header[22] = image.bytes(constants(mark));
  header[BEYOND_COUNT_WORD] = beyonds.count;
  const words = { links: Uint32Array.from(links), rules: Uint32Array.from(rules), beyonds: beyonds.words };
  header[9] = image.bytes(new Uint8Array(words.links.buffer));
  header[10] = image.bytes(new Uint8Array(words.rules.buffer));
  header[HEAD_WORD] = image.size;
  automata.write(image, words);
  return image.finish(header, key);
}

/**
 * How far the fingerprint of a match may stand behind its start: `least` bytes behind it whatever they are, and beyond that as
 * far as `bytes` go on, at the `most` so far.
 */
function leadOf(leads: ReadonlyMap<Plan, number>): { bytes: ByteSet; least: number; most: number } {
  let bytes = emptySet();
  let [least, most] = [LEAD_BYTES, 0];
  for (const [{ pattern }, lead] of leads) {
    most = Math.max(most, lead);
    if (lead <= LEAD_BYTES) continue;
    const ofRule = leadBytesOf(pattern);
    if (ofRule === undefined) least = Math.max(least, lead);
    else bytes = union(bytes, ofRule);
  }
  return { bytes, least, most: Math.max(least, most) };
}

/** Constants of core/assembly/classify.ts, in its order, sixteen bytes each. */
const constants = (mark: Mark): Uint8Array =>
  Uint8Array.from([mark, 0x1f, 0x40, 0x70, 0xf0, 0x10].flatMap((byte) => Array<number>(16).fill(byte)));

interface RunOfClass {
  readonly length: number;
  readonly entry: number;
  /** The bytes that may stand before it; undefined where those of its class may not. */
  readonly before: ByteSet | undefined;
  /** Whether no byte of its class may stand behind it. */
  readonly isLast: boolean;
}

interface RunsOfClass {
  readonly bits: number;
  readonly runs: RunOfClass[];
}

/** The runs by class. Long and short ones of one class are looked for apart, since short ones need a pass of small steps. */
function runClasses(runs: readonly SharedRun[], firstEntry: number): RunsOfClass[] {
  const classes = new Map<string, RunsOfClass>();
  runs.forEach(({ sequence, run, bits }, i) => {
    const { set, at, length } = run;
    const before = sequence.sets[at - 1] ?? ANY;
    const edge = isEmpty(intersect(before, set));
    const after = sequence.sets[at + length];
    const isLast = after !== undefined && isEmpty(intersect(after, set));
    const key = `${bits} ${windowOf(length).bytes}`;
    const known = classes.get(key) ?? { bits, runs: [] };
    classes.set(key, known);
    known.runs.push({ length, entry: firstEntry + i, before: edge ? undefined : before, isLast });
  });
  return [...classes.values()];
}

/** Eight words a class, then eight words a run; core/assembly/runs.ts. */
function runWords(classes: readonly RunsOfClass[], mapOf: (set: ByteSet) => number): number[] {
  const words: number[] = [];
  let at = classes.length * 32;
  for (const { bits, runs } of classes) {
    const { bytes, stride } = windowOf(Math.min(...runs.map(({ length }) => length)));
    words.push(bits, bytes, stride, at, runs.length, 0, 0, 0);
    at += runs.length * 32;
  }
  for (const { runs } of classes) {
    for (const { length, entry, before, isLast } of runs)
      words.push(length, entry, before === undefined ? 0 : mapOf(before), 0, 0, isLast ? 1 : 0, 0, 0);
  }
  return words;
}

/** Groups of eight buckets, four places, 32 values: a bit a bucket. */
function classifierMasks(buckets: readonly Bucket[]): Uint8Array {
  const masks = new Uint8Array((buckets.length / 8) * GRAM_LENGTH * 32);
  buckets.forEach((bucket, b) => {
    bucket.masks.forEach((mask, place) => {
      for (let value = 0; value < 32; value++) {
        if ((mask >>> value) & 1) masks[((b >> 3) * GRAM_LENGTH + place) * 32 + value]! |= 1 << (b & 7);
      }
    });
  });
  return masks;
}

const lists = new WeakMap<ByteSet, readonly number[]>();

/** The bytes of a set, which are asked for again and again. */
function listed(set: ByteSet): readonly number[] {
  let bytes = lists.get(set);
  if (bytes === undefined) lists.set(set, (bytes = bytesOf(set)));
  return bytes;
}

/** For each page and place the sequences that accept a byte, a bit each; bytes that never differ share a class. */
function verifyTable(
  pages: readonly Bucket["members"][],
  sequences: readonly SharedSequence[],
): { classes: Uint8Array; classCount: number; representatives: number[]; table: Uint32Array } {
  const setOf = ({ sequence, fingerprint }: Bucket["members"][number], place: number): ByteSet =>
    sequences[sequence]!.sets[fingerprint.at + place] ?? ANY;
  const sets = new Map<number, ByteSet>();
  for (const members of pages)
    for (const member of members)
      for (const place of PLACES) {
        const set = setOf(member, place);
        sets.set(setId(set), set);
      }
  const { ofByte, firsts } = partitionBytes([...sets.values()]);
  const classCount = firsts.length;
  const classesOf = new Map([...sets].map(([id, set]) => [id, classesIn(set, firsts)]));
  const table = new Uint32Array(pages.length * PLACES.length * classCount);
  let row = 0;
  for (const members of pages)
    for (const place of PLACES) {
      members.forEach((member, bit) => {
        const classes = classesOf.get(setId(setOf(member, place)))!;
        for (let i = 0; i < classes.length; i++) table[row + classes[i]!]! |= 1 << bit;
      });
      row += classCount;
    }
  return { classes: ofByte, classCount, representatives: firsts, table };
}

/** The classes of a set, by the first byte of each. */
function classesIn(set: ByteSet, firsts: readonly number[]): number[] {
  const classes: number[] = [];
  for (let c = 0; c < firsts.length; c++) if (hasByte(set, firsts[c]!)) classes.push(c);
  return classes;
}

/** For the first two places of a fingerprint and the last two: by both bytes' classes, which buckets accept them, a bit each. */
function pairTables(
  buckets: readonly Bucket[],
  sequences: readonly SharedSequence[],
  representatives: readonly number[],
): Uint8Array {
  const count = representatives.length;
  const tables = new (buckets.length > 8 ? Uint16Array : Uint8Array)(2 * count * count);
  const known = new Map<ByteSet, number[]>();
  const classesOf = (set: ByteSet = ANY): number[] => {
    let classes = known.get(set);
    if (classes === undefined) known.set(set, (classes = classesIn(set, representatives)));
    return classes;
  };
  buckets.forEach(({ members }, bucket) => {
    for (const { sequence, fingerprint } of members) {
      const [a, b, c, d] = [0, 1, 2, 3].map((place) => classesOf(sequences[sequence]!.sets[fingerprint.at + place]));
      for (const i of a!) for (const j of b!) tables[i * count + j]! |= 1 << bucket;
      for (const i of c!) for (const j of d!) tables[(count + i) * count + j]! |= 1 << bucket;
    }
  });
  return new Uint8Array(tables.buffer);
}

/** Four bytes a phase: most bytes skipped, whether more may be, bytes needed, 1; then the bits of each byte, two a phase. */
function gapBytes(gap: Gap): Uint8Array {
  const bytes = new Uint8Array(4 * MAX_PHASES + 256);
  gap.forEach(({ skip, most, isOpen, need, count }, phase) => {
    bytes.set([most, isOpen ? 1 : 0, count, 1], phase * 4);
    for (const byte of listed(skip)) bytes[4 * MAX_PHASES + byte]! |= 1 << (2 * phase);
    for (const byte of listed(need)) bytes[4 * MAX_PHASES + byte]! |= 2 << (2 * phase);
  });
  return bytes;
}

const byteMap = (set: ByteSet): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => (hasByte(set, byte) ? 1 : 0));

function chunks<T>(list: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let i = 0; i < list.length; i += size) out.push(list.slice(i, i + size));
  return out;
}

/** Appends blocks, each aligned to sixteen bytes, and gives their offsets. */
class Writer {
  #size: number;
  readonly #blocks: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  constructor(headerBytes: number) {
    this.#size = headerBytes;
  }

  get size(): number {
    return this.#size;
  }

  bytes(bytes: Uint8Array): number {
    const offset = (this.#size + 15) & ~15;
    this.#blocks.push({ offset, bytes });
    this.#size = offset + bytes.length;
    return offset;
  }

  words(words: readonly number[]): number {
    // Little-endian like every machine that runs the core.
    return this.bytes(new Uint8Array(new Uint32Array(words).buffer));
  }

  /** See core/assembly/automata.ts. */
  automaton({ classCount, starts, classes, transitions, stateCount }: Automaton): number {
    const units = rowUnits(classCount);
    const bytes = new Uint8Array(ROWS + stateCount * units * ROW_UNIT);
    const cells = new Uint16Array(bytes.buffer);
    const rowOf = (state: number): number => (state & MATCH_BIT) | ((state & ~MATCH_BIT) * units);
    new Uint32Array(bytes.buffer)[0] = classCount - 1;
    starts.forEach((state, i) => (cells[2 + i] = rowOf(state)));
    bytes.set(classes, 12);
    new Uint32Array(bytes.buffer)[AUTOMATON_SIZE / 4] = bytes.length;
    const pitch = (units * ROW_UNIT) / 2;
    for (let state = 0; state < stateCount; state++) {
      const row = ROWS / 2 + state * pitch;
      const from = state * classCount;
      for (let c = 0; c < classCount; c++) {
        const next = transitions[from + c]!;
        if (next !== 0) cells[row + c] = rowOf(next);
      }
    }
    return this.bytes(bytes);
  }

  finish(header: readonly number[], key: Uint8Array): Uint8Array<ArrayBuffer> {
    const image = new Uint8Array((this.#size + 15) & ~15);
    const view = new DataView(image.buffer);
    header.forEach((word, i) => view.setUint32(i * 4, word, true));
    view.setUint32(SIZE_WORD * 4, image.length, true);
    image.set(key, KEY_WORD * 4);
    for (const { offset, bytes } of this.#blocks) image.set(bytes, offset);
    return image;
  }
}
