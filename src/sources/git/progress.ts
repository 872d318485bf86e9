// Tells how far a scan is, lets others run, and stops when told to.
import { nowMs, turn } from "../clock.ts";

export interface ScanProgress {
  readonly objects: number;
  readonly objectsTotal: number;
  /** Bytes of objects as they are, uncompressed. */
  readonly bytes: number;
}

const REPORT_MS = 200;
const TURN_MS = 50;

/** What ends the scan of objects when it is enough; the places of what was found are still looked for. */
class Enough extends Error {}

export class ProgressMeter {
  readonly #counts: Pick<ScanProgress, "objects" | "bytes">;
  readonly #report: ((progress: ScanProgress) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #isEnough: ((objects: number) => boolean) | undefined;
  #isScanning = false;
  #isStopped = false;
  #expected = 0;
  #reported = 0;
  #turned = nowMs();

  constructor(
    counts: Pick<ScanProgress, "objects" | "bytes">,
    report: ((progress: ScanProgress) => void) | undefined,
    signal: AbortSignal | undefined,
    isEnough: ((objects: number) => boolean) | undefined,
  ) {
    this.#counts = counts;
    this.#report = report;
    this.#signal = signal;
    this.#isEnough = isEnough;
  }

  /** Whether the scan of objects ended before all were scanned. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How many of the objects that were to come did not; more may have followed. */
  get left(): number {
    return Math.max(0, this.#expected - this.#counts.objects);
  }

  /** Does some of the scan, unless it is enough. */
  async scanning(work: () => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    this.#isScanning = true;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
      this.#isStopped = true;
    } finally {
      this.#isScanning = false;
    }
  }

  /** Looks for places. When there is no time for all of them after the scan was stopped, false. */
  async placing(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!this.#isStopped || this.#signal?.aborted !== true) throw error;
      return false;
    }
  }

  /** So many more objects are to come. */
  expect(objects: number): void {
    this.#expected += objects;
  }

  /** @throws AbortError when the scan was cancelled. */
  check(): void {
    this.#signal?.throwIfAborted();
    if (this.#isScanning && this.#isEnough?.(this.#counts.objects) === true) throw new Enough();
    const now = nowMs();
    if (now - this.#reported < REPORT_MS) return;
    this.#reported = now;
    this.#tell();
  }

  /** Whether `tick` has something to do: to wait for it costs more than most that is done in between. */
  get isDue(): boolean {
    return nowMs() - this.#turned >= TURN_MS;
  }

  /** As `check`, and lets other work run now and then. */
  async tick(): Promise<void> {
    const now = nowMs();
    if (now - this.#turned < TURN_MS) return;
    this.#turned = now;
    await turn();
    this.check();
  }

  done(): void {
    if (!this.#isStopped) this.#signal?.throwIfAborted();
    this.#tell();
  }

  #tell(): void {
    if (this.#report === undefined) return;
    const { objects, bytes } = this.#counts;
    this.#report({ objects, objectsTotal: Math.max(this.#expected, objects), bytes });
  }
}
