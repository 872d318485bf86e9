// What a history scan takes and gives.
import type { Candidate } from "../../../model/candidate.ts";
import type { AllowedIn } from "./allowed.ts";
import type { Skipped } from "../../source.ts";
import type { GitObject } from "../objects/loose.ts";
import type { ObjectEnvironment } from "../repository.ts";
import type { ScanOptions } from "../scan/scan-options.ts";

export interface HistoryOptions extends ScanOptions {
  /** A work tree, a `.git` folder or file, or a bare repository. */
  readonly gitDir: string;
  /** Left out: that of this process. */
  readonly environment?: ObjectEnvironment;
  /**
   * What to scan, as arguments of `git rev-list` that name commits: refs, ids, `A..B`, `^A`. Left out: everything that
   * HEAD and all refs reach.
   */
  readonly revisions?: readonly string[];
  /** Only these, hex ids of commits that the revisions reach. Left out: all. */
  readonly commits?: ReadonlySet<string>;
  /** A merge is compared with its first parent alone, so that it brings what it took in. */
  readonly firstParent?: boolean;
  /** Only commits that this one does not reach: the same as adding `^commit`. */
  readonly sinceCommit?: string;
  /** Also what no ref reaches any more, but is still in the object store. */
  readonly unreachable?: boolean;
  /** Report only what stands at these paths (`git log -- path`), relative to the repository's root. */
  readonly paths?: readonly string[];
  /**
   * Does what the next scan with this cache may have to do, as if one commit were new, and changes nothing in it. Whoever asks for that
   * has `onExpected` end a scan that begins anew.
   */
  readonly isRehearsal?: boolean;
  /** Which candidates a comment allows: one that was is told again where no comment allows it any more. */
  readonly allowedIn?: AllowedIn;
  /** Whether what candidates name is to be in the result, for who shows it. */
  readonly keepsObjects?: boolean;
}

export interface HistoryCoverage {
  readonly refs: number;
  /** Commits in what was asked for. */
  readonly commits: number;
  /** Blobs, commits and tags read (or known from the cache). */
  readonly objects: number;
  /** Their bytes, uncompressed. */
  readonly bytes: number;
  /** Bytes that went through the matcher: of a delta, only what it changed. */
  readonly scanned: number;
  /** Objects known from the cache. */
  readonly cached: number;
  /** Blobs left out because they are binary, by git's rule: a NUL in the first 8,000 bytes. */
  readonly binary: number;
  readonly skipped: readonly Skipped[];
}

export interface HistoryResult {
  /**
   * One candidate a place that introduced the secret: a commit, a path and a line. What moved within its file, was
   * renamed or merged is not told again, nor is a line that comes back where it was before; a copy is. By commit, oldest
   * first, then path, then place.
   */
  readonly candidates: readonly Candidate[];
  /**
   * Of some candidates, all that are told of their object at that path: rules find nothing else in it, so that who shows what
   * stands beside them need not look.
   */
  readonly whole: ReadonlyMap<Candidate, readonly Candidate[]>;
  readonly coverage: HistoryCoverage;
  /** Objects and commits that candidates name, by hex id, where the options ask for them: when they are few, and what could be read. */
  readonly objects?: ReadonlyMap<string, GitObject>;
}
