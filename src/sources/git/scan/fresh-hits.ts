// Which of a file's hits did not stand in an older version of it. A secret that moved within the file, or whose line was
// edited, is the old one; of several equal ones, those are old that stand where old ones stood.
import type { Hit } from "./hit.ts";

/** A file, or what it was made from, and what rules match in it. */
export interface Version {
  readonly hits: readonly Hit[];
  /** Read only where counting does not settle it. Undefined: it cannot be read. */
  readonly bytes: () => Buffer | undefined;
}

/** Pairs of equal secrets that are compared by what stands around them; of more, the first are taken for the old ones. */
const MOST_PAIRS = 4096;
const CONTEXT_BYTES = 120;

/**
 * Secrets that stand more often in the file than in the older version, with how often. What both lists begin and end
 * with is passed over, so that a file with thousands of hits is not counted anew for each edit.
 */
export function excess(hits: readonly Hit[], older: readonly Hit[]): Map<string, number> {
  const most = Math.min(hits.length, older.length);
  let head = 0;
  while (head < most && hits[head]?.key === older[head]?.key) head++;
  let tail = 0;
  while (tail < most - head && hits[hits.length - 1 - tail]?.key === older[older.length - 1 - tail]?.key) tail++;
  const counts = new Map<string, number>();
  for (let at = head; at < hits.length - tail; at++) add(counts, (hits[at] as Hit).key, 1);
  for (let at = head; at < older.length - tail && counts.size > 0; at++) add(counts, (older[at] as Hit).key, -1);
  for (const [key, count] of counts) if (count <= 0) counts.delete(key);
  return counts;
}

const add = (counts: Map<string, number>, key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by);

/** Hits of these secrets that none of the older versions explains; in the file's order. */
export function freshHits(file: Version, older: readonly Version[], keys: ReadonlySet<string>): Hit[] {
  const fresh: Hit[] = [];
  const groups = byKey(file.hits, keys);
  const oldGroups = older.map(({ hits }) => byKey(hits, keys));
  for (const [key, hits] of groups) {
    const left = new Set(hits);
    for (const [number, version] of older.entries()) {
      const old = oldGroups[number]?.get(key) ?? [];
      if (old.length > 0) for (const hit of explained(file, hits, version, old)) left.delete(hit);
      if (left.size === 0) break;
    }
    fresh.push(...left);
  }
  return fresh.sort((a, b) => a.start - b.start);
}

function byKey(hits: readonly Hit[], keys: ReadonlySet<string>): Map<string, Hit[]> {
  const groups = new Map<string, Hit[]>();
  for (const hit of hits) {
    if (!keys.has(hit.key)) continue;
    const group = groups.get(hit.key);
    if (group === undefined) groups.set(hit.key, [hit]);
    else group.push(hit);
  }
  return groups;
}

/** As many of one secret's hits as the older version has: those that fit best. */
function explained(file: Version, hits: readonly Hit[], older: Version, old: readonly Hit[]): Iterable<Hit> {
  if (old.length >= hits.length) return hits;
  const [bytes, oldBytes] = [file.bytes(), older.bytes()];
  if (bytes === undefined || oldBytes === undefined) return hits.slice(0, old.length);
  const [head, tail] = shared(oldBytes, bytes);
  const distance = bytes.length - oldBytes.length;
  const oldAt = new Set(old.map(({ start }) => start));
  const oldStartOf = ({ start, end }: Hit) => {
    if (end <= head && oldAt.has(start)) return start;
    return start >= bytes.length - tail && oldAt.has(start - distance) ? start - distance : undefined;
  };
  const known = new Set(hits.filter((hit) => oldStartOf(hit) !== undefined));
  const wanted = old.length - known.size;
  const rest = hits.filter((hit) => !known.has(hit));
  // The word that hides a secret may begin or end elsewhere, though nothing changed but what stands beside it.
  const found = new Set([...known].map(oldStartOf));
  const oldRest = old.filter(({ start }) => !found.has(start));
  if (rest.length * oldRest.length > MOST_PAIRS) return [...known, ...rest.slice(0, wanted)];
  const surroundings = oldRest.map((hit) => contextOf(oldBytes, hit));
  const pairs = rest.flatMap((hit) => {
    const context = contextOf(bytes, hit);
    return surroundings.map((other, number) => ({ hit, number, likeness: likeness(context, other) }));
  });
  pairs.sort((a, b) => b.likeness - a.likeness);
  const taken = new Set<number>();
  const matched = new Set<Hit>();
  for (const { hit, number } of pairs) {
    if (matched.has(hit) || taken.has(number)) continue;
    taken.add(number);
    matched.add(hit);
  }
  return [...known, ...[...matched].slice(0, wanted)];
}

/** How many bytes two texts share at their beginning, and behind that at their end. */
function shared(a: Buffer, b: Buffer): [head: number, tail: number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [head, tail];
}

const isLineEnd = (byte: number | undefined) => byte === 10 || byte === 13;

interface Context {
  /** The hit's line or lines: before it, itself, behind it. */
  readonly before: string;
  readonly behind: string;
  readonly lineAbove: string;
  readonly lineBelow: string;
  /** What hides the secret, as far as it tells; empty in clear. */
  readonly hiding: string;
}

const text = (bytes: Buffer, from: number, to: number) => bytes.toString("latin1", Math.max(0, from), Math.max(0, to));

function contextOf(bytes: Buffer, hit: Pick<Hit, "start" | "end" | "at">): Context {
  // A match may take in the line's end, or the one before.
  let { start, end } = hit;
  while (start < end && isLineEnd(bytes[start])) start++;
  while (end > start && isLineEnd(bytes[end - 1])) end--;
  const lineStart = start === 0 ? 0 : bytes.lastIndexOf(10, start - 1) + 1;
  const found = bytes.indexOf(10, end);
  const lineEnd = found < 0 ? bytes.length : found;
  const aboveStart = lineStart < 2 ? 0 : bytes.lastIndexOf(10, lineStart - 2) + 1;
  const below = bytes.indexOf(10, lineEnd + 1);
  return {
    before: text(bytes, Math.max(lineStart, start - CONTEXT_BYTES), start),
    behind: text(bytes, end, Math.min(lineEnd, end + CONTEXT_BYTES)),
    lineAbove: text(bytes, Math.max(aboveStart, lineStart - 1 - CONTEXT_BYTES), lineStart - 1),
    lineBelow: text(bytes, lineEnd + 1, Math.min(below < 0 ? bytes.length : below, lineEnd + 1 + CONTEXT_BYTES)),
    hiding: hit.at === undefined ? "" : `\0${text(bytes, hit.start, Math.min(hit.end, hit.start + CONTEXT_BYTES))}`,
  };
}

/** The same line counts most, then its neighbours, then how much of the line is the same. */
function likeness(a: Context, b: Context): number {
  // Of a word over lines, the first line may be the secret in clear.
  const sameLine = a.before === b.before && a.behind === b.behind && a.hiding === b.hiding;
  const neighbours = (a.lineAbove === b.lineAbove ? 1 : 0) + (a.lineBelow === b.lineBelow ? 1 : 0);
  const length = a.before.length + a.behind.length + b.before.length + b.behind.length;
  const same = 2 * (sharedEnd(a.before, b.before) + sharedStart(a.behind, b.behind));
  return (sameLine ? 4 : 0) + neighbours + (length === 0 ? 0 : same / (length + 1));
}

function sharedStart(a: string, b: string): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

function sharedEnd(a: string, b: string): number {
  let count = 0;
  while (count < a.length && count < b.length && a.at(-1 - count) === b.at(-1 - count)) count++;
  return count;
}

/**
 * The line that a hit stands in, as far as it tells the hit from others: two texts are equal where their lines are. What hides a
 * secret is part of it, since the same secret in clear, or hidden in another way, is another line.
 */
export function wording(bytes: Buffer, hit: Pick<Hit, "start" | "end" | "at">): string {
  const { before, behind, hiding } = contextOf(bytes, hit);
  return `${before}\0${behind}${hiding}`;
}
