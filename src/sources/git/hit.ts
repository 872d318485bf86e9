// Where rules matched in one object.

/** A match of a rule in the bytes of an object, before paths and commits have their say. */
export interface Hit {
  readonly start: number;
  readonly end: number;
  /** Digest of rule and secret: equal where the same secret stands again. In memory only. */
  readonly key: string;
}

/** The same hit in bytes that begin `distance` earlier. */
export function moveHit(hit: Hit, distance: number): Hit {
  return distance === 0 ? hit : { start: hit.start + distance, end: hit.end + distance, key: hit.key };
}
