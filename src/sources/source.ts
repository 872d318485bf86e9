import type { Fragment } from "../model/fragment.ts";
import type { Push } from "../model/push.ts";

/** Something that could not be scanned, and why. Reported, never dropped in silence. */
export interface Skipped {
  readonly what: string;
  readonly why: string;
}

/** Where the content of a push is read from. */
export interface PushSource {
  /**
   * Every object that the push made reachable and that the ledger does not know: file contents, commit and tag
   * messages, path names, ref names. A fragment is yielded again when the push is handled again.
   *
   * @throws PatrolError `fetch-failed` (comes back later) or `repository-gone`.
   */
  fragments(push: Push, options: FragmentsOptions): AsyncIterable<Fragment>;
}

export interface FragmentsOptions {
  /** Which of these hex object ids need no scan: scanned before with these rules, and clean. */
  readonly alreadyClean: (objects: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Whether a commit was scanned to the end before, with everything behind it. */
  readonly skipped: (item: Skipped) => void;
  readonly signal?: AbortSignal;
}
