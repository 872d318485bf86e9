import type { PGlite } from "@electric-sql/pglite";
import { PatrolError } from "../model/errors.ts";
import { Panic } from "./durable-fs.ts";
import { asDatabaseError } from "./errors.ts";

/** How long a failed start stands before the next is tried: each takes a second of work. */
const PAUSE_MS = 5_000;

export interface Answer<Row> {
  readonly rows: Row[];
  readonly affectedRows?: number;
}

/**
 * The PGlite of the moment. When PostgreSQL panics (the disk is full, a sync failed), its memory is worth nothing and
 * PGlite would never answer again. The instance is dropped, whoever used it is told `database-unavailable`, and the next
 * asker gets a new one that recovers from the log, as a server does after a crash.
 */
export class Embedded {
  readonly #open: () => Promise<PGlite>;
  #current: PGlite | undefined;
  #failed: { readonly error: unknown; readonly until: number } | undefined;

  constructor(first: PGlite, open: () => Promise<PGlite>) {
    this.#current = first;
    this.#open = open;
  }

  /** The instance to use; one caller at a time. */
  async acquire(): Promise<PGlite> {
    if (this.#current) return this.#current;
    if (this.#failed && performance.now() < this.#failed.until) throw this.#failed.error;
    try {
      this.#current = await this.#open();
      this.#failed = undefined;
      return this.#current;
    } catch (cause) {
      const error = new PatrolError("database-unavailable", "The embedded database does not start again.", { cause });
      this.#failed = { error, until: performance.now() + PAUSE_MS };
      throw error;
    }
  }

  async query<Row>(pglite: PGlite, text: string, parameters: readonly unknown[]): Promise<Answer<Row>> {
    if (pglite !== this.#current)
      throw new PatrolError(
        "database-unavailable",
        "The embedded database broke down; it starts again at the next use.",
      );
    try {
      return await pglite.query<Row>(text, [...parameters]);
    } catch (error) {
      if (isPanic(error)) this.#current = undefined;
      throw asDatabaseError(error);
    }
  }

  async close(): Promise<void> {
    const pglite = this.#current;
    this.#current = undefined;
    // What broke down is left as it is: the log holds all that was acknowledged.
    await pglite?.close();
  }
}

/** After these, PGlite's memory is not to be trusted: PostgreSQL gave up, or WebAssembly did. */
function isPanic(error: unknown): boolean {
  if (error instanceof Panic) return true;
  return error instanceof Error && error.constructor.name === "RuntimeError";
}
