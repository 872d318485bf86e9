// Where rules matched in one object.

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
  /** Digest of rule and secret: equal where the same secret stands again. In memory only. */
  readonly key: string;
}

/** The same hit in bytes that begin `distance` earlier. */
export function moveHit(hit: Hit, distance: number): Hit {
  if (distance === 0) return hit;
  const moved = { ...hit, start: hit.start + distance, end: hit.end + distance };
  return hit.at === undefined ? moved : { ...moved, at: hit.at + distance };
}
