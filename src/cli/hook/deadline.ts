import { Worker } from "node:worker_threads";

/** Ends the process although its own thread may be busy: what a hook's caller sees is a hook that refused. */
const WATCH = `
const { workerData } = require("node:worker_threads");
setTimeout(() => {
  require("node:fs").writeSync(2, workerData.text);
  process.kill(process.pid, "SIGKILL");
}, workerData.afterMs);
`;

/** Time that the scan itself has to notice, and to say so more calmly. */
const GRACE_MS = 250;

export interface Deadline {
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

/** `seconds` from the start of the process. Afterwards the signal fires; a little later the process ends. */
export function deadline(seconds: number, text: string): Deadline {
  const leftMs = Math.max(0, seconds * 1000 - performance.now());
  const worker = new Worker(WATCH, { eval: true, workerData: { text: `${text}\n`, afterMs: leftMs + GRACE_MS } });
  worker.unref();
  return { signal: AbortSignal.timeout(Math.round(leftMs)), cancel: () => void worker.terminate() };
}
