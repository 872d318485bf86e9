import { setTimeout as sleep } from "node:timers/promises";
import { PatrolError } from "../../model/errors.ts";

/** What `patrol demo --json` prints. */
export interface DemoReport {
  readonly timeline: readonly { readonly step: string; readonly at_ms: number }[];
  readonly token: { readonly id: string; readonly state: string };
  readonly mail: { readonly to: string; readonly subject: string };
  /** Ids of the audit events that share the incident's correlation id. */
  readonly audit: readonly string[];
  readonly authorized_before: boolean;
  readonly authorized_after: boolean;
}

const BAR = 40;

/** When each step of the story happened first, in milliseconds since the push had arrived at the server. */
export class Timeline {
  static readonly STEPS = [
    "pushed",
    "received",
    "fetched",
    "scanned",
    "verified",
    "decided",
    "revoked",
    "mailed",
    "audited",
    "refused",
  ] as const;

  readonly #say: (line: string) => void;
  readonly #at = new Map<string, number>();
  #start = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  begin(): void {
    this.#start = Date.now();
    this.#at.set("pushed", 0);
  }

  note(step: string): void {
    if (!this.#at.has(step)) this.#at.set(step, Math.max(0, Date.now() - this.#start));
  }

  /** `step` happened in the same moment as `other` did. */
  noteLike(step: string, other: string): void {
    const at = this.#at.get(other);
    if (at !== undefined) this.#at.set(step, at);
  }

  entries(): { step: string; at_ms: number }[] {
    return [...this.#at]
      .filter(([step]) => (Timeline.STEPS as readonly string[]).includes(step))
      .map(([step, at_ms]) => ({ step, at_ms }))
      .sort((a, b) => a.at_ms - b.at_ms || rank(a.step) - rank(b.step));
  }

  /** A short wait. @throws PatrolError when the story takes longer than `patienceMs`. */
  async pause(patienceMs: number): Promise<void> {
    if (Date.now() - this.#start > patienceMs)
      throw new PatrolError("internal", `Nothing happened for ${patienceMs / 1000} s after the push.`);
    await sleep(5);
  }

  async waitFor(step: string, patienceMs: number): Promise<void> {
    while (!this.#at.has(step)) await this.pause(patienceMs);
  }

  print(): void {
    const entries = this.entries();
    const longest = Math.max(1, ...entries.map((entry) => entry.at_ms));
    for (const { step, at_ms } of entries)
      this.#say(
        `  ${step.padEnd(9)} ${String(at_ms).padStart(6)} ms  ${"·".repeat(Math.round((at_ms / longest) * BAR))}●`,
      );
  }
}

const rank = (step: string) => (Timeline.STEPS as readonly string[]).indexOf(step);
