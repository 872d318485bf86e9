import type { Candidate } from "../model/candidate.ts";
import { isStoredAt } from "../sources/files/stored.ts";

/** Places of one secret at which a file is looked for in its archive. */
const MOST_TRIES = 1000;

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/**
 * Which findings in an archive's own bytes are those of files that are stored in it as they are: they are told of the file, with
 * its path. Each finding of a file stands for one in the archive.
 */
export class ToldInside {
  readonly #archive: Buffer;
  readonly #left = new Map<string, Map<number, Candidate>>();
  readonly #inside = new Set<Candidate>();

  constructor(archive: Uint8Array, found: Iterable<Candidate>) {
    this.#archive = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
    for (const candidate of found) {
      const key = keyOf(candidate);
      const places = this.#left.get(key) ?? new Map<number, Candidate>();
      this.#left.set(key, places.set(candidate.match.start, candidate));
    }
  }

  /** Takes in what was found in a file of the archive. */
  take(file: Uint8Array, found: readonly Candidate[]): void {
    const at = this.#placeOf(file, found);
    if (at === undefined) return;
    for (const candidate of found) {
      const places = this.#left.get(keyOf(candidate));
      const outer = places?.get(at + candidate.match.start);
      if (outer === undefined) continue;
      places?.delete(at + candidate.match.start);
      this.#inside.add(outer);
    }
  }

  #placeOf(file: Uint8Array, found: readonly Candidate[]): number | undefined {
    let tries = 0;
    for (const candidate of found) {
      for (const start of this.#left.get(keyOf(candidate))?.keys() ?? []) {
        if (++tries > MOST_TRIES) return undefined;
        const at = start - candidate.match.start;
        if (isStoredAt(this.#archive, file, at)) return at;
      }
    }
    return undefined;
  }

  has(candidate: Candidate): boolean {
    return this.#inside.has(candidate);
  }
}
