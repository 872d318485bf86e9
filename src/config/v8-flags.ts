// Flags of V8 that are set while the process runs. They hold for all its threads.
import type { V8Flag } from "../model/v8-flag.ts";
import { setFlag } from "./set-v8-flag.ts";

/** Node 20 optimises WebAssembly early, roughly after so many bytes of it were run; later versions have seven times the budget. */
const TIERING_BUDGET = process.versions.node.startsWith("20.") ? 1_800_000 : 13_000_000;
/** For what will be kept: more of it is optimised in the first run, and later ones find it. */
export const EARLY_TIERING_BUDGET = TIERING_BUDGET / 4;

/** Of a function of JavaScript: bytes of bytecode after which it is optimised, Node 20's own and ours. Later versions go by calls. */
const OPTIMISED_AFTER = "--interrupt-budget=67584";
const OPTIMISED_LATE = "--interrupt-budget=600000";
/** For few functions that run for each of many small things: to optimise them pays after some ten thousand. */
const OPTIMISED_LATER = "--interrupt-budget=1500000";
/** For what is over before it pays to optimise anything, unless a text was made to keep one function busy. */
const OPTIMISED_LAST = "--interrupt-budget=30000000";
/** Smaller functions are optimised without regard to that, as soon as they were called some hundred times: Node 20's own bound, and none. */
const [EARLY_SIZE, NEVER_EARLY] = [81, 0].map((size) => `--max-bytecode-size-for-early-opt=${size}`) as [
  string,
  string,
];
/** V8's own bound for what is optimised, in Node.js 20 to 24, in bytes of bytecode. */
const OPTIMISED_SIZE = `--max-optimized-bytecode-size=${60 << 10}`;

/** Flags by what takes them back. */
const flags = new Map<string, string>();

/** Those that are set, or will be when no thread is starting, each with what takes it back: for a thread that sets them first. */
export const v8Flags = (): readonly V8Flag[] => Array.from(flags, ([reset, flag]) => [flag, reset]);

/** How many are waited for before flags may be set. */
let suspended = 0;

/** @param reset the flag that takes it back. */
export function setV8Flag(flag: string, reset: string): void {
  flags.set(reset, flag);
  if (suspended === 0) setFlag(flag);
}

/** Modules that are compiled from here on are optimised after so much of them was run; left out: V8's own. */
export function setTieringBudget(budget = TIERING_BUDGET): void {
  setV8Flag(`--wasm-tiering-budget=${budget}`, `--wasm-tiering-budget=${TIERING_BUDGET}`);
}

/** For a second or two in which many functions run, few of them long: to optimise them takes up to a third of the CPU time. */
export function optimiseLate(): void {
  if (process.versions.node.startsWith("20.")) setV8Flag(OPTIMISED_LATE, OPTIMISED_AFTER);
}

/** For a folder: the same few functions for each file, until there are so many that they pay. */
export function optimiseLater(): void {
  if (process.versions.node.startsWith("20.")) setV8Flag(OPTIMISED_LATER, OPTIMISED_AFTER);
}

/** For some tenths of a second; later versions, which go by calls, are told to optimise nothing at all. */
export function optimiseLast(): void {
  if (process.versions.node.startsWith("20.")) {
    setV8Flag(OPTIMISED_LAST, OPTIMISED_AFTER);
    setV8Flag(NEVER_EARLY, EARLY_SIZE);
  } else setV8Flag("--max-optimized-bytecode-size=0", OPTIMISED_SIZE);
}

/** From here on as `optimiseLate`, after `optimiseLast`. */
export function optimiseAfterAll(): void {
  optimiseLate();
  if (process.versions.node.startsWith("20.")) setV8Flag(EARLY_SIZE, EARLY_SIZE);
  else setV8Flag(OPTIMISED_SIZE, OPTIMISED_SIZE);
}

/** What makes optimised code faster by a little, and to optimise it half as dear again. */
const AT_LENGTH = ["turbo-inlining", "turbo-loop-peeling"];

/** As `optimiseLate`, and each function by itself, for as long as `work` lasts. */
export function optimisingLate<T>(work: () => T): T {
  if (!process.versions.node.startsWith("20.")) return work();
  setFlag(OPTIMISED_LATE);
  for (const flag of AT_LENGTH) setFlag(`--no-${flag}`);
  try {
    return work();
  } finally {
    for (const flag of AT_LENGTH) setFlag(`--${flag}`);
    setFlag((suspended > 0 ? undefined : flags.get(OPTIMISED_AFTER)) ?? OPTIMISED_AFTER);
  }
}

function takeBack(): void {
  for (const reset of flags.keys()) setFlag(reset);
}

/** V8 takes kept code only under the flags that it was made under, which for a process that starts are its first. */
export function resetV8Flags(): void {
  takeBack();
  flags.clear();
}

/**
 * Takes back all flags while a thread starts: Node.js brings along the code of what a thread needs of it, and under other flags
 * V8 makes it anew, in more than the time that the start takes otherwise. What is set meanwhile counts from then on.
 *
 * @returns sets them again, once.
 */
export function suspendV8Flags(): () => void {
  takeBack();
  suspended++;
  return () => {
    if (--suspended === 0) for (const flag of flags.values()) setFlag(flag);
  };
}

/**
 * For what compiles modules: Node.js 20 has relaxed SIMD behind a flag. Not for longer than that, because what Node.js loads of
 * its own under other flags than it began with, V8 compiles anew, such as cryptography in 30 ms rather than 10.
 */
export function withRelaxedSimd<T>(work: () => T): T {
  if (!process.versions.node.startsWith("20.")) return work();
  setFlag("--experimental-wasm-relaxed-simd");
  try {
    return work();
  } finally {
    setFlag("--no-experimental-wasm-relaxed-simd");
  }
}
