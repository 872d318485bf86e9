// Threads of Patrol's own, each with a program of its own.
import { Worker } from "node:worker_threads";
import { bundleBeside } from "./bundle-beside.ts";

/** Programs of threads: in src/cli/ by that name, and a bundle each. */
export type ThreadProgram = "sieve-worker" | "history-worker";

let carried: ((program: ThreadProgram) => string) | undefined;

/** For the standalone binary, which carries the programs in itself: what lies beside it is none of it. */
export function carryThreads(code: (program: ThreadProgram) => string): void {
  carried = code;
}

/** From a bundle in dist/, or from the source tree, where TypeScript needs its loader. */
export function startThread(program: ThreadProgram, workerData: unknown): Worker {
  if (carried !== undefined) return new Worker(carried(program), { eval: true, workerData });
  if (!import.meta.url.endsWith(".ts")) {
    return new Worker(bundleBeside(new URL(`./${program}.cjs`, import.meta.url)), { workerData });
  }
  const url = JSON.stringify(new URL(`../cli/${program}.ts`, import.meta.url).href);
  const code = `import("tsx/esm/api").then(({ register }) => (register(), import(${url})))`;
  return new Worker(code, { eval: true, workerData });
}
