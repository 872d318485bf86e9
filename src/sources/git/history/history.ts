// What a history scan takes and gives.
import type { Rulebook } from "../../../engine/rulebook.ts";
import type { Candidate } from "../../../model/candidate.ts";
import type { V8Flag } from "../../../model/v8-flag.ts";
import type { Skipped } from "../../source.ts";
import type { GitObject } from "../objects/loose.ts";
import type { ObjectEnvironment } from "../repository.ts";

export interface HistoryOptions {
  /** A work tree, a `.git` folder or file, or a bare repository. */
  readonly gitDir: string;
  /** Left out: that of this process. */
  readonly environment?: ObjectEnvironment;
  readonly rulebook: Rulebook;
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
  /** How many encodings around a secret are peeled off at most. */
  readonly maxDecodeDepth?: number;
  /** Threads in all; 1: none beside the caller's. Left out: two, where there are as many cores. */
  readonly workers?: number;
  /** Packs that are smaller are scanned by one thread. Left out: those that are done before a worker has begun. */
  readonly workersFromBytes?: number;
  /** Called before further threads are started; `begun` is called once they run, and the last of them sets `flags` of V8 as soon as it does. */
  readonly onThreads?: () => { readonly begun: () => void; readonly flags: readonly V8Flag[] };
  /**
   * File that remembers what was scanned, or a folder with one for each repository and rules, where those that nobody wrote for
   * 30 days are removed. Left out: nothing is remembered.
   */
  readonly cache?: string | { readonly folder: string };
  /**
   * Does what the next scan with this cache may have to do, as if one commit were new, and changes nothing in it. Whoever asks for that
   * has `onExpected` end a scan that begins anew.
   */
  readonly isRehearsal?: boolean;
  /** Whether what candidates name is to be in the result, for who shows it. */
  readonly keepsObjects?: boolean;
  /** Told the hex id of every blob that is left out as it is no text. */
  readonly onBinary?: (id: string) => void;
  /**
   * Told how many bytes of packs are to be gone through, before anything is compiled for that and again when it is certain;
   * `isAgain`: an earlier scan is remembered.
   */
  readonly onExpected?: (packBytes: number, isAgain: boolean) => void;
  readonly onProgress?: (progress: HistoryProgress) => void;
  /**
   * Asked now and then while objects are scanned, with how many were: true when it is enough. What was found until then
   * is placed and told, and the rest is in `coverage.skipped`.
   */
  readonly isEnough?: (objects: number) => boolean;
  /**
   * Stops the scan: what was found so far is lost, and an `AbortError` is thrown. After `isEnough`, only the places that
   * were not told yet are lost.
   */
  readonly signal?: AbortSignal;
}

export interface HistoryProgress {
  readonly objects: number;
  readonly objectsTotal: number;
  /** Bytes of objects as they are, uncompressed. */
  readonly bytes: number;
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
