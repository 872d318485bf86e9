// Threads of Patrol's own, each with a program of its own.
import { Worker } from "node:worker_threads";
import { bundleBeside } from "./bundle-beside.ts";

/** Programs of threads: in src/cli/ by that name, and a bundle each. */
export type ThreadProgram = "sieve-worker" | "history-worker";

let hasStarted = false;
/** Whether this process has. */
export const hasStartedThreads = (): boolean => hasStarted;

/** What a thread is given that runs out of the whole program; `use`: what its code is kept for. */
export interface KeptThread {
  readonly use: string;
  readonly setup: unknown;
}

let keptFor: string | undefined;

/**
 * For who was loaded with kept code that holds what threads of a history scan run: they are then loaded with it too, which takes less
 * than to compile a program of their own.
 */
export function startThreadsWithKeptCode(use: string): void {
  keptFor = use;
}

let carried: ((program: ThreadProgram) => string) | undefined;

/** For the standalone binary, which carries the programs in itself: what lies beside it is none of it. */
export function carryThreads(code: (program: ThreadProgram) => string): void {
  carried = code;
}

/** From a bundle in dist/, or from the source tree, where TypeScript needs its loader. */
export function startThread(program: ThreadProgram, workerData: unknown): Worker {
  hasStarted = true;
  if (carried !== undefined) return new Worker(carried(program), { eval: true, workerData });
  if (keptFor !== undefined && program === "history-worker") {
    const asKept: KeptThread = { use: keptFor, setup: workerData };
    return new Worker(bundleBeside(new URL("./kept-thread.cjs", import.meta.url)), { workerData: asKept });
  }
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(bundleBeside(new URL(`./${program}.cjs`, import.meta.url)), { workerData });
  }
  const url = JSON.stringify(new URL(`../cli/${program}.ts`, import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${url})))`;
  return new Worker(code, { eval: true, workerData });
}
