import type { Fragment } from "../model/fragment.ts";
import type { Publication, Push } from "../model/push.ts";

/** Something that could not be scanned, and why. Reported, never dropped in silence. */
export interface Skipped {
  /** Holds strangers' text (a path, say): mask it before it is stored. */
  readonly what: string;
  readonly why: string;
  /** Whoever scans asked for it to be left out, by a limit of theirs: no fault, but told all the same. */
  readonly isAsked?: true;
}

/** A ref of a repository, and the object that it names. */
export interface Head {
  /** Full name, as arbitrary text. */
  readonly ref: string;
  /** Hex object id. */
  readonly object: string;
}

/** Where the content of a push is read from. */
export interface PushSource {
  /**
   * Every ref of a repository that was made public, as the server shows them now.
   *
   * @throws PatrolError as `fragments` does.
   */
  heads(publication: Publication, signal?: AbortSignal): Promise<readonly Head[]>;
  /**
   * Every object that the push made reachable and that the ledger does not know: file contents, commit and tag
   * messages, path names, ref names. A fragment is yielded again when the push is handled again.
   *
   * A fragment whose provenance names an `object` is the whole scannable text of that object, so the ledger may be told
   * of it once it was scanned. Path names, ref names and people's names come without `object`.
   *
   * @throws PatrolError `fetch-failed` (comes back later) or `repository-gone`.
   */
  fragments(push: Push, options: FragmentsOptions): AsyncIterable<Fragment>;
}

export interface FragmentsOptions {
  /** Which of these hex object ids need no scan: scanned before with these rules, and clean. May be asked again. */
  readonly alreadyClean: (objects: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Which of these commits or tags were once told to `reached` for the same repository, exposure and rules. */
  readonly scannedHeads: (heads: readonly string[]) => Promise<ReadonlySet<string>>;
  /**
   * Called at the very end, at most once: these commits and tags have now been yielded with everything behind them. To
   * be recorded only after every fragment before was responded to.
   */
  readonly reached: (heads: readonly string[]) => void;
  readonly skipped: (item: Skipped) => void;
  readonly signal?: AbortSignal;
}
