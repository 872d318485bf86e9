import { duration, size } from "./look.ts";
import { nowMs } from "../../sources/clock.ts";
import type { Terminal } from "../usage/command.ts";

/** How far a scan is. */
export interface Step {
  readonly items: number;
  readonly bytes: number;
  /** When known, how many items there are. */
  readonly ofItems?: number;
}

/** Nothing is said of scans that are over before anybody wonders. */
const QUIET_MS = 1000;
const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;

export interface Progress {
  /** Cheap enough to be called for every item. */
  readonly at: (step: Step) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** A bar on a terminal, now and then a line elsewhere, on standard error. `unit`: what an item is called; `clock` counts milliseconds. */
export function progress(terminal: Terminal, unit: string, isWanted: boolean, clock = nowMs): Progress {
  // A terminal that calls itself dumb can move no cursor.
  const isBar = terminal.isErrTerminal && terminal.env["TERM"] !== "dumb";
  const start = clock();
  let nextAt = start + (isBar ? QUIET_MS : LINE_EVERY_MS);
  let calls = 0;
  let isShown = false;

  const text = ({ items, bytes, ofItems }: Step, now: number) => {
    const elapsed = now - start;
    const rate = `${size(bytes / (elapsed / 1000))}/s`;
    if (!ofItems) return `${items} ${unit}, ${size(bytes)}, ${rate}`;
    const part = Math.min(1, items / ofItems);
    const left = part > 0 ? `, ${duration((elapsed / part) * (1 - part))} left` : "";
    const width = Math.max(10, Math.min(30, terminal.columns - 60));
    const filled = Math.round(part * width);
    const bar = isBar ? `[${"=".repeat(filled)}${" ".repeat(width - filled)}] ` : "";
    return `${bar}${Math.floor(part * 100)}% ${items}/${ofItems} ${unit}, ${size(bytes)}, ${rate}${left}`;
  };

  return {
    at(step) {
      // The clock is read for every 32nd file only: a small one is scanned in the time that asking costs. A source that
      // knows its end tells of itself rarely enough.
      if (!isWanted || (step.ofItems === undefined && ++calls % 32 !== 0)) return;
      const now = clock();
      if (now < nextAt) return;
      nextAt = now + (isBar ? BAR_EVERY_MS : LINE_EVERY_MS);
      // What does not fit into the line could not be taken away again.
      terminal.tell(isBar ? `\r\u001b[K${text(step, now).slice(0, terminal.columns - 1)}` : `${text(step, now)}\n`);
      isShown = true;
    },
    end() {
      if (isShown && isBar) terminal.tell("\r\u001b[K");
    },
  };
}
