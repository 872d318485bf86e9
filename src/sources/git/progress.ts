// Tells how far a scan is, lets others run, and stops when told to.
import { setImmediate as turn } from "node:timers/promises";
import type { ObjectCounts } from "./object-scan.ts";
import type { HistoryProgress } from "./history.ts";

const REPORT_MS = 200;
const TURN_MS = 50;

export class ProgressMeter {
  readonly #counts: ObjectCounts;
  readonly #report: ((progress: HistoryProgress) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #began = performance.now();
  #expected = 0;
  #reported = 0;
  #turned = performance.now();

  constructor(
    counts: ObjectCounts,
    report: ((progress: HistoryProgress) => void) | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.#counts = counts;
    this.#report = report;
    this.#signal = signal;
  }

  /** So many more objects are to come. */
  expect(objects: number): void {
    this.#expected += objects;
  }

  /** @throws AbortError when the scan was cancelled. */
  check(): void {
    this.#signal?.throwIfAborted();
    const now = performance.now();
    if (now - this.#reported < REPORT_MS) return;
    this.#reported = now;
    this.#tell(now);
  }

  /** As `check`, and lets other work run now and then. */
  async tick(): Promise<void> {
    const now = performance.now();
    if (now - this.#turned < TURN_MS) return;
    this.#turned = now;
    await turn();
    this.check();
  }

  done(): void {
    this.#signal?.throwIfAborted();
    this.#tell(performance.now());
  }

  #tell(now: number): void {
    if (this.#report === undefined) return;
    const { objects, bytes } = this.#counts;
    const seconds = (now - this.#began) / 1000;
    const objectsTotal = Math.max(this.#expected, objects);
    const left = objects > 0 ? { secondsLeft: ((objectsTotal - objects) * seconds) / objects } : {};
    this.#report({ objects, objectsTotal, bytes, bytesPerSecond: seconds > 0 ? bytes / seconds : 0, ...left });
  }
}
