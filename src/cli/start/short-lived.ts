// What V8 is told where a process ends as soon as a history is scanned.
import {
  EARLY_TIERING_BUDGET,
  optimiseAfterAll,
  optimiseLast,
  resetV8Flags,
  setTieringBudget,
  setV8Flag,
  suspendV8Flags,
  v8Flags,
} from "../../config/v8-flags.ts";
import { nowMs } from "../../sources/clock.ts";
import type { HistoryOptions, HistoryResult } from "../../sources/git/history/history.ts";
import type { ScanProgress } from "../../sources/git/progress.ts";

/** V8's own bound, in Node.js 20 to 24, in bytes of bytecode. */
const INLINED_BYTES = 920;
/** Small functions are put into their callers whatever the bound is. */
const LITTLE_BYTES = 100;

const inlineUpTo = (bytes: number) => `--max-inlined-bytecode-size-cumulative=${bytes}`;

/** Packs of so many bytes are gone through before code that was optimised would pay. */
const FEW_BYTES = 32 << 20;
/** A scan of larger packs is long enough for the code of WebAssembly to be kept: see kept-modules.ts. */
const LONG_BYTES = 8 << 20;
/** A tenth of a second of a loop: what runs longer is optimised all the same. */
const LATE = 100_000_000;
/** Whoever is not done with so little by then has found much, and JavaScript tells of it. */
const LONG_MS = 500;

const growYoungBy = (factor: number) => `--semi-space-growth-factor=${factor}`;

/**
 * For who may be over after an earlier scan, until `expectToRead` knows more: has V8 optimise JavaScript last of all, as its functions keep
 * the bound that holds when they first run, and its young generation grow faster. Of what such a scan makes from the beginning on most
 * lives until its end. V8 takes that in small rounds for a sign that the old generation is soon full, and begins a round through all there
 * is: a twelfth of the CPU time of curl's second scan.
 */
export function expectToRemember(): void {
  optimiseLast();
  setV8Flag(growYoungBy(4), growYoungBy(2));
}

/**
 * Has V8 optimise JavaScript last of all where little is to be read, as after an earlier scan: its threads took a tenth to a third of
 * the CPU time for code that was needed no more when it was there. But a text that was made to keep a rule busy must not do so in code
 * that is never optimised.
 *
 * Where much is, V8 is to put little but the smallest functions into those that call them. The innermost loops are WebAssembly;
 * to optimise the JavaScript around them together with all that it calls took a fifth of the CPU time of a scan of 50,000 objects,
 * and a tenth with 200,000, for nothing: the scan itself ran no faster. Late, because of rules that a user brings many match
 * and are refused in JavaScript: a sixth of the CPU time went into optimising what asks that.
 *
 * @param isAgain whether an earlier scan is remembered: then WebAssembly is not optimised either.
 */
export function expectToRead(packBytes: number, isAgain: boolean): void {
  const isLittle = packBytes <= FEW_BYTES;
  if (isLittle) optimiseLast();
  else optimiseAfterAll();
  setV8Flag(inlineUpTo(LITTLE_BYTES), inlineUpTo(INLINED_BYTES));
  setV8Flag(isLittle ? "--no-parallel-scavenge" : "--parallel-scavenge", "--parallel-scavenge");
  if (!isAgain) setV8Flag(growYoungBy(2), growYoungBy(2));
  setTieringBudget(isLittle && isAgain ? LATE : packBytes > LONG_BYTES ? EARLY_TIERING_BUDGET : undefined);
}

/** The last scan that left something behind for the next one. */
let remembered: HistoryOptions | undefined;

/** `scanHistory` for who ends soon afterwards. */
export async function scanShortly(options: HistoryOptions): Promise<HistoryResult> {
  const { scanHistory } = await import("../../sources/git/history/scan-history.ts");
  const began = nowMs();
  let isLong = false;
  // By no timer: what Node.js compiles for one takes longer than to ask now and then.
  const onProgress = (progress: ScanProgress) => {
    if (!isLong && nowMs() - began > LONG_MS) {
      isLong = true;
      optimiseAfterAll();
    }
    options.onProgress?.(progress);
  };
  try {
    const onThreads = () => ({ flags: v8Flags(), begun: suspendV8Flags() });
    const result = await scanHistory({ ...options, onProgress, onExpected: expectToRead, onThreads });
    if (options.cache !== undefined) remembered = options;
    return result;
  } finally {
    // What reports need of Node.js is then taken as it comes.
    resetV8Flags();
  }
}

/**
 * Does once more what the next scan will do that goes by what this one remembers, so that the code of that is kept as well: the
 * next scan is over in some hundredths of a second, and to compile it took one of them.
 *
 * @returns whether there was something to go by.
 */
export async function rehearse(): Promise<boolean> {
  if (remembered === undefined) return false;
  const { gitDir, environment, rulebook, maxDecodeDepth, cache, allowedIn } = remembered;
  const asked = {
    gitDir,
    rulebook,
    cache,
    ...(environment && { environment }),
    ...(maxDecodeDepth !== undefined && { maxDecodeDepth }),
    ...(allowedIn && { allowedIn }),
  };
  const { scanHistory } = await import("../../sources/git/history/scan-history.ts");
  let isThere = false;
  const onExpected = (_: number, isAgain: boolean) => {
    if (!isAgain) throw new Error("everything would be scanned anew");
    isThere = true;
  };
  try {
    await scanHistory({ ...asked, workers: 1, onExpected, isRehearsal: true });
  } catch {
    // Most of what the next scan runs has run all the same.
  }
  return isThere;
}
