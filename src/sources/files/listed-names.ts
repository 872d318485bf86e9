import { joinNames, type NamesIn } from "../../engine/last-names.ts";

/** The names of an archive's entries and of the folders that they lie in, each once: an entry tells all of its path. */
export class ListedNames {
  readonly #archive: string;
  readonly #spend: (length: number) => boolean;
  readonly #folders = new Map<string, Set<string>>();

  /**
   * @param archive its path.
   * @param spend told of what is kept: a deep path is short, and those of all folders on its way are not. False: no more is.
   */
  constructor(archive: string, spend: (length: number) => boolean) {
    this.#archive = archive;
    this.#spend = spend;
  }

  add(path: string): void {
    for (let end = path.length; end > 0;) {
      const slash = path.lastIndexOf("/", end - 1);
      const name = path.slice(slash + 1, end);
      if (name !== "") {
        const inside = path.slice(0, slash + 1);
        const names = this.#folders.get(inside);
        // So are the folders on its way.
        if (names?.has(name)) return;
        if (!this.#spend(name.length + (names === undefined ? inside.length : 0))) return;
        if (names === undefined) this.#folders.set(inside, new Set([name]));
        else names.add(name);
      }
      end = slash;
    }
  }

  folders(): NamesIn[] {
    return [...this.#folders].map(([inside, names]) => ({
      inside: `${this.#archive}!${inside}`,
      names: joinNames([...names]),
    }));
  }
}
