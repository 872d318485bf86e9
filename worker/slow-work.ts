export interface SlowTimes {
  /** Work that takes longer leaves its lane. */
  readonly slowMs: number;
}

/** So much work goes on beside the lanes of a worker; what is slow beyond that stays in its lane. */
const PLACES = 8;
/** So much of that may be of one repository before nothing more of it is begun. */
const SHARE = 2;

/**
 * Lets work that takes long leave its lane, so that a few repositories that are slow to fetch do not hold up all others.
 * The queue takes such a job for done: its row is leased, and decides.
 */
export class SlowWork {
  readonly #slowMs: number;
  readonly #beside = new Map<Promise<void>, number>();

  constructor({ slowMs }: SlowTimes) {
    this.#slowMs = slowMs;
  }

  /** Whether this repository has its share of slow work already. */
  hasItsShare(repositoryId: number): boolean {
    return [...this.#beside.values()].filter((id) => id === repositoryId).length >= SHARE;
  }

  /** Resolves when the work is over, or goes on beside the lanes; `failed` is told of what it throws there. */
  async orBeside(repositoryId: number, work: Promise<void>, failed: (error: unknown) => void): Promise<void> {
    while (!(await isOverWithin(work, this.#slowMs))) {
      if (this.#beside.size >= PLACES) continue;
      const going = work.catch(failed).finally(() => this.#beside.delete(going));
      this.#beside.set(going, repositoryId);
      return;
    }
  }

  /** Resolves when nothing goes on beside the lanes. */
  async over(): Promise<void> {
    while (this.#beside.size > 0) await Promise.all(this.#beside.keys());
  }
}

async function isOverWithin(work: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), limitMs)));
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
