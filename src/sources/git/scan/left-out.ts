import { givenUp, type Rulebook } from "../../../engine/rulebook.ts";
import type { Skipped } from "../../source.ts";
import { NOT_THERE } from "../objects/broken.ts";
import type { ObjectStore } from "../objects/object-store.ts";

/** So many objects of a kind that cannot be read for one reason are named one by one. */
const MOST_NAMED = 100;

/** What a scan of a history could not look at, for its report: each thing once, with the first reason that was met. */
export class LeftOut {
  readonly #skipped = new Map<string, string>();
  readonly #missing = new Set<string>();
  readonly #book: Pick<Rulebook, "rules">;

  /** What is said of an object that is named and not there. */
  readonly whyMissing: string;

  /** @param isPartial the repository is a partial clone. */
  constructor(book: Pick<Rulebook, "rules">, isPartial: boolean) {
    this.#book = book;
    this.whyMissing = isPartial
      ? "not fetched: this is a partial clone; `git fetch --refetch --no-filter` gets all of it"
      : NOT_THERE;
  }

  skip({ what, why }: Skipped): void {
    if (!this.#skipped.has(what)) this.#skipped.set(what, why === NOT_THERE ? this.whyMissing : why);
  }

  /** These rules, by their numbers, were given up in it. */
  exceeded(what: string, rules: readonly number[]): void {
    const ids = rules.map((number) => this.#book.rules[number]?.id ?? "");
    if (ids.length > 0) this.skip({ what, why: givenUp(ids) });
  }

  /**
   * Counts a blob that a tree names unless the repository has it. They are told in one line: a partial clone lacks most.
   *
   * @param id in binary.
   */
  missesUnlessIn(store: ObjectStore, id: string): void {
    if (!this.#missing.has(id) && !store.has(Buffer.from(id, "latin1"))) this.#missing.add(id);
  }

  /** Takes in blobs that are known to be missing. */
  misses(hexIds: readonly string[]): void {
    for (const id of hexIds) this.#missing.add(Buffer.from(id, "hex").toString("latin1"));
  }

  /** Hex ids of the blobs that are missing. */
  get missing(): string[] {
    return [...this.#missing].map((id) => Buffer.from(id, "latin1").toString("hex"));
  }

  /** How many things could not be read, missing blobs apart. */
  get troubles(): number {
    return this.#skipped.size;
  }

  all(): Skipped[] {
    const told = this.#inFewWords();
    const [first, ...others] = this.missing;
    if (first === undefined) return told;
    const what = others.length === 0 ? `blob ${first}` : `blob ${first} and ${others.length} more`;
    return [...told, { what, why: this.whyMissing }];
  }

  /** Of many objects of a kind with one reason the first is named, and the others are counted. */
  #inFewWords(): Skipped[] {
    const alike = new Map<string, Skipped[]>();
    for (const [what, why] of this.#skipped) {
      const kind = /^(object|tree|commit) [0-9a-f]+$/.exec(what)?.[1];
      const key = kind === undefined ? what : `${kind} ${why}`;
      const others = alike.get(key);
      if (others === undefined) alike.set(key, [{ what, why }]);
      else others.push({ what, why });
    }
    return [...alike.values()].flatMap((some) => {
      const [first] = some;
      if (first === undefined || some.length <= MOST_NAMED) return some;
      return [{ what: `${first.what} and ${some.length - 1} more`, why: first.why }];
    });
  }
}
