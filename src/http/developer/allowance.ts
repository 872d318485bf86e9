import { PatrolError } from "../../model/errors.ts";

const WINDOW_MS = 60_000;

/** What each of many callers may ask for in a minute; counted in this process only. */
export class Allowance {
  readonly #most: number;
  readonly #now: () => Date;
  #spent = new Map<string, number>();
  #until = 0;

  constructor(most: number, now: () => Date) {
    this.#most = most;
    this.#now = now;
  }

  /** @throws PatrolError `too-many-requests` when `caller` has nothing left of this minute. */
  spend(caller: string, amount: number): void {
    const at = this.#now().getTime();
    // A clock that was set back would else leave the window open for as long.
    if (at >= this.#until || at < this.#until - WINDOW_MS) {
      this.#spent = new Map();
      this.#until = at + WINDOW_MS;
    }
    const spent = (this.#spent.get(caller) ?? 0) + amount;
    if (spent > this.#most)
      throw new PatrolError("too-many-requests", "This token has asked enough for now; ask again in a minute.");
    this.#spent.set(caller, spent);
  }
}
