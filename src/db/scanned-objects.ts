import { sql } from "kysely";
import type { Exposure } from "../model/fragment.ts";
import type { Database } from "./database.ts";

/** Ids a statement: enough to be few, and far from any limit of the protocol. */
const AT_ONCE = 5_000;

interface Place {
  readonly repositoryId: number;
  readonly exposure: Exposure;
}

/** What was scanned by one rulebook, named by its hash (hex). Ids are hex everywhere but in the rows. */
export class ScannedObjects {
  readonly #db: Database;
  readonly #rulebook: Buffer;

  constructor(db: Database, rulebookHash: string) {
    this.#db = db;
    this.#rulebook = Buffer.from(rulebookHash, "hex");
  }

  /** Those of `objects` that were scanned before and held no candidate. */
  async alreadyClean(objects: readonly string[]): Promise<ReadonlySet<string>> {
    return await this.#known(objects, (ids) =>
      sql<{ id: string }>`
        select encode(object_id, 'hex') as id from scanned_objects
        where rulebook = ${this.#rulebook} and not dirty
          and object_id in (select decode(id, 'hex') from unnest(${ids}::text[]) as given (id))`.execute(this.#db),
    );
  }

  /** Told twice, in whatever order, an object is dirty if it was ever dirty. */
  async record(objects: readonly { readonly object: string; readonly dirty: boolean }[]): Promise<void> {
    for (const some of slices(objects)) {
      const [ids, dirty] = [some.map((each) => each.object), some.map((each) => each.dirty)];
      await sql`
        insert into scanned_objects (object_id, rulebook, dirty)
        select decode(id, 'hex'), ${this.#rulebook}, bool_or(dirty)
        from unnest(${ids}::text[], ${dirty}::boolean[]) as given (id, dirty) group by id order by id
        on conflict (object_id, rulebook) do update set dirty = true
        where excluded.dirty and not scanned_objects.dirty`.execute(this.#db);
    }
  }

  /** Those of `heads` that were scanned before, in this place, with everything behind them. */
  async scannedHeads(place: Place, heads: readonly string[]): Promise<ReadonlySet<string>> {
    return await this.#known(heads, (ids) =>
      sql<{ id: string }>`
        select encode(head, 'hex') as id from scanned_heads
        where repository_id = ${place.repositoryId} and exposure = ${place.exposure} and rulebook = ${this.#rulebook}
          and head in (select decode(id, 'hex') from unnest(${ids}::text[]) as given (id))`.execute(this.#db),
    );
  }

  async recordHeads(place: Place, heads: readonly string[]): Promise<void> {
    for (const ids of slices(heads))
      await sql`
        insert into scanned_heads (repository_id, exposure, rulebook, head)
        select ${place.repositoryId}, ${place.exposure}, ${this.#rulebook}, decode(id, 'hex')
        from unnest(${ids}::text[]) as given (id) order by id
        on conflict do nothing`.execute(this.#db);
  }

  async #known(
    ids: readonly string[],
    ask: (ids: readonly string[]) => Promise<{ rows: { id: string }[] }>,
  ): Promise<Set<string>> {
    const known = new Set<string>();
    for (const some of slices(ids)) for (const { id } of (await ask(some)).rows) known.add(id);
    return known;
  }
}

function* slices<T>(items: readonly T[]): Generator<T[]> {
  for (let at = 0; at < items.length; at += AT_ONCE) yield items.slice(at, at + AT_ONCE);
}
