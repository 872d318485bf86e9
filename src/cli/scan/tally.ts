import { nowMs } from "../../sources/clock.ts";
import type { Skipped } from "../../sources/source.ts";
import type { Progress } from "../terminal/progress.ts";

/** What a source knows of its own coverage. Goes into the receipt as it is. */
export interface Covered {
  readonly counts?: Readonly<Record<string, number>>;
  readonly refs?: Readonly<Record<string, string>>;
}

interface Running {
  /** What is counted: files, commits. */
  readonly unit: string;
  readonly startedMs: number;
  /** 0: as long as it takes. */
  readonly timeoutMs: number;
  readonly bar: Progress;
  /** Hides tokens in names and reasons. */
  readonly mask: (text: string) => string;
}

/** What a run has scanned so far, and what it has not. */
export class Tally {
  items = 0;
  bytes = 0;
  readonly skipped: Skipped[] = [];
  /** Not scanned because it was asked to be left out. */
  readonly leftOut: Skipped[] = [];
  covered: Covered = {};
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  skip({ what, why, isAsked }: Skipped): void {
    const { mask } = this.#running;
    (isAsked ? this.leftOut : this.skipped).push({ what: mask(what), why: mask(why) });
  }

  count(items: number, bytes: number): void {
    this.items += items;
    this.bytes += bytes;
  }

  /** Counts an item; true when the time is over. */
  isOver(bytes: number, ofItems?: number): boolean {
    const { bar, timeoutMs, unit } = this.#running;
    this.count(1, bytes);
    bar.at({ items: this.items, bytes: this.bytes, ...(ofItems !== undefined && { ofItems }) });
    if (!this.isTimeOver()) return false;
    const why = `--timeout ${timeoutMs / 1000} was over after ${this.items} ${unit}`;
    this.skipped.push({ what: "the rest", why });
    return true;
  }

  isTimeOver(): boolean {
    const { startedMs, timeoutMs } = this.#running;
    return timeoutMs > 0 && nowMs() - startedMs >= timeoutMs;
  }
}
