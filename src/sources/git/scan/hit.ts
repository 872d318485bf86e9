// Where rules matched in one object.
import { firstAfter } from "../../../model/first-after.ts";

/** A match of a rule in the bytes of an object, before paths and commits have their say. */
export interface Hit {
  /** While these bytes and their neighbours stay as they are, the hit stays: the match, or the encoded word that hides it. */
  readonly start: number;
  readonly end: number;
  /** Its last byte only closes the match, so that the rule's next one may begin with it (`Match.next`). */
  readonly isClosed?: true;
  /** Where the secret stands in the encoded word. */
  readonly at?: number;
  /** The rule's number in the rulebook. */
  readonly rule: number;
  /** The rule wants a keyword, and the match holds none: it counts only in files that hold one elsewhere. */
  readonly asksKeyword?: true;
  /** Entropy, a checksum or an allowlist refused it: it is no hit, but it keeps others of its rule from their places. */
  readonly isRefused?: true;
  /** Keys of secrets that begin where this one does and are cut off where it goes on: where it stands they do not. */
  readonly cut?: readonly string[];
  /** Digest of rule and secret: equal where the same secret stands again. In memory only. */
  readonly key: string;
}

/** The same hit in bytes that begin `distance` earlier. */
export function moveHit(hit: Hit, distance: number): Hit {
  if (distance === 0) return hit;
  const moved = { ...hit, start: hit.start + distance, end: hit.end + distance };
  return hit.at === undefined ? moved : { ...moved, at: hit.at + distance };
}

/** Those of one object, by their starts, that no whole one stands for. */
export function withoutCut(hits: readonly Hit[]): readonly Hit[] {
  const whole = hits.filter(({ cut }) => cut !== undefined);
  if (whole.length === 0) return hits;
  const inClear = new Map<string, Hit[]>();
  for (const hit of hits) {
    if (hit.at !== undefined) continue;
    const others = inClear.get(hit.key);
    if (others === undefined) inClear.set(hit.key, [hit]);
    else others.push(hit);
  }
  const encoded = new Set<string>();
  const dropped = new Set<Hit>();
  for (const { at = 0, cut = [] } of whole)
    for (const key of cut) {
      encoded.add(`${key} ${at}`);
      const others = inClear.get(key) ?? [];
      const other = others[firstAfter(0, others.length, (index) => others[index]!.start <= at) - 1];
      if (other !== undefined && at < other.end) dropped.add(other);
    }
  return hits.filter((hit) => !dropped.has(hit) && (hit.at === undefined || !encoded.has(`${hit.key} ${hit.at}`)));
}

/** Hits of one rule at one place: the match, or an encoded word that may hide thousands. */
interface Place {
  readonly start: number;
  readonly end: number;
  /** Where the farthest ends of this one and those before it. */
  readonly reach: number;
  readonly hits: Hit[];
}

/**
 * Hits by where they stand, for who asks what stands in many stretches. Matches of one rule do not overlap, nor do words, so those that
 * overlap a stretch stand in a row.
 */
export class HitPlaces {
  /** Those of each rule in clear, and those of each in words, by their starts. */
  readonly #rows: readonly (readonly Place[])[];

  /** @param hits by their starts. */
  constructor(hits: readonly Hit[]) {
    const rows = new Map<number, Place[]>();
    for (const hit of hits) {
      const key = 2 * hit.rule + (hit.at === undefined ? 0 : 1);
      const row = rows.get(key) ?? [];
      rows.set(key, row);
      const last = row.at(-1);
      if (last?.start === hit.start && last.end === hit.end) last.hits.push(hit);
      else row.push({ start: hit.start, end: hit.end, reach: Math.max(hit.end, last?.reach ?? 0), hits: [hit] });
    }
    this.#rows = [...rows.values()];
  }

  /** Those that overlap [from, to), in places. */
  *overlapping(from: number, to: number): Generator<Place> {
    for (const row of this.#rows) {
      let [low, high] = [0, row.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (row[middle]!.reach > from) high = middle;
        else low = middle + 1;
      }
      for (; low < row.length && row[low]!.start < to; low++) if (row[low]!.end > from) yield row[low]!;
    }
  }
}
