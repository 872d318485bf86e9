import type { Candidate } from "../../model/candidate.ts";
import type { Secret } from "../../model/secret.ts";
import type { Suppression } from "../../report/row.ts";
import type { TextOf } from "../../report/text.ts";

/** A candidate and where it is told of. */
export interface Told {
  readonly candidate: Candidate;
  /** Every name the place has: as shown, and below the folder that is scanned. */
  readonly paths: readonly string[];
  /** The match as a report shows it, with nothing redacted. */
  readonly match: Secret;
}

/** All that a reason to leave a candidate out may look at. */
export interface Located extends Told {
  /** The fragment's bytes as text. */
  readonly text: TextOf;
}

/** One reason to leave findings out. Pure; the first that answers counts. */
export type Suppressor = (located: Located) => Suppression | undefined;

/** The first reason that applies. */
export function suppression(located: Located, suppressors: readonly Suppressor[]): Suppression | undefined {
  for (const suppressor of suppressors) {
    const reason = suppressor(located);
    if (reason) return reason;
  }
  return undefined;
}
