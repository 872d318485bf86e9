import type { Fragment } from "../model/fragment.ts";
import type { Ledger, ScannedObject } from "./river.ts";

const BATCH = 1_000;

/** The ledger during one push: knows what this push has scanned already, and writes in batches. */
export class PushLedger {
  readonly #ledger: Ledger;
  readonly #dirty = new Map<string, boolean>();
  #unwritten: ScannedObject[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  alreadyClean = async (objects: readonly string[]): Promise<ReadonlySet<string>> => {
    const clean = new Set(objects.filter((object) => this.#dirty.get(object) === false));
    const rest = objects.filter((object) => !this.#dirty.has(object));
    if (rest.length > 0) for (const object of await this.#ledger.alreadyClean(rest)) clean.add(object);
    return clean;
  };

  /** Call when all that was found in the fragment is recorded, never before. */
  async note(fragment: Fragment, dirty: boolean): Promise<void> {
    const { object } = fragment.provenance;
    if (object === undefined || this.#dirty.get(object) === true) return;
    this.#dirty.set(object, dirty);
    this.#unwritten.push({ object, dirty });
    if (this.#unwritten.length >= BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    const written = new Map(this.#unwritten.map(({ object }) => [object, this.#dirty.get(object) === true]));
    this.#unwritten = [];
    if (written.size > 0) await this.#ledger.record([...written].map(([object, dirty]) => ({ object, dirty })));
  }
}
