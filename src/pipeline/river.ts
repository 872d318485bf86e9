import type { Database } from "../db/database.ts";
import type { Rulebook } from "../engine/rulebook.ts";
import type { Exposure } from "../model/fragment.ts";
import type { PushSource } from "../sources/source.ts";
import type { Peppers } from "../tokens/peppers.ts";
import type { TokenStore } from "../tokens/token-store.ts";

/** What the use-cases need; src/app.ts fills it. */
export interface River {
  readonly db: Database;
  readonly source: PushSource;
  readonly rulebook: Rulebook;
  readonly tokenStore: TokenStore;
  readonly peppers: Peppers;
  readonly ledger: Ledger;
  readonly now: () => Date;
  /** Told of every step, for logs and timelines. Must not throw. */
  readonly observe?: (event: RiverEvent) => void;
}

/** Which objects were scanned by the rulebook at hand. Ids are hex. */
export interface Ledger {
  /** Those of `objects` that were scanned before and held no candidate. */
  alreadyClean(objects: readonly string[]): Promise<ReadonlySet<string>>;
  /** An object told as dirty once stays dirty. */
  record(objects: readonly ScannedObject[]): Promise<void>;
  /** Those of `heads` that were scanned before, in this place, with everything behind them. */
  scannedHeads(place: Place, heads: readonly string[]): Promise<ReadonlySet<string>>;
  /** Call when a push was handled to its end, never before. */
  recordHeads(place: Place, heads: readonly string[]): Promise<void>;
}

/** A repository as far as readers are concerned: made public, it is another place. */
interface Place {
  readonly repositoryId: number;
  readonly exposure: Exposure;
}

export interface ScannedObject {
  readonly object: string;
  /** It held a candidate, so its next place must be looked at too. */
  readonly dirty: boolean;
}

/** One step of a push, when it ended. Holds ids and counts, no text of strangers. */
export interface RiverEvent {
  readonly step: "fetched" | "scanned" | "verified" | "decided" | "recorded" | "revoked";
  readonly at: Date;
  readonly deliveryId?: string;
  readonly tokenId?: string;
  readonly incidentId?: string;
  readonly clause?: string;
  readonly count?: number;
}
