// What the scan of objects has to know, whatever is made of what it finds.
import type { Rulebook } from "../../../engine/rulebook.ts";
import type { V8Flag } from "../../../model/v8-flag.ts";
import type { ScanProgress } from "../progress.ts";

export interface ScanOptions {
  readonly rulebook: Rulebook;
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
  /** Told the hex id of every blob that is left out as it is no text. */
  readonly onBinary?: (id: string) => void;
  /**
   * Told how many bytes of packs are to be gone through, before anything is compiled for that and again when it is certain;
   * `isAgain`: an earlier scan is remembered.
   */
  readonly onExpected?: (packBytes: number, isAgain: boolean) => void;
  readonly onProgress?: (progress: ScanProgress) => void;
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
