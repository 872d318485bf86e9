import type { NamePlace } from "../trees/tree-walk.ts";

/**
 * The names of which the paths of known files are made, by where they stand: no text is kept. Most are in more paths than one, and
 * where one was met first, it is read for all: their own trees would be one or more for each of the files.
 */
export class KnownNames {
  readonly places: NamePlace[];
  readonly #numbers = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [];

  constructor(places: readonly NamePlace[] = []) {
    this.places = [...places];
  }

  /**
   * Numbers of the names in a path, the file's last.
   *
   * @param find gives where they stand, when one of them is not known; undefined: they do not.
   */
  of(path: string, find: () => readonly NamePlace[] | undefined): number[] | undefined {
    const names = path.split("/");
    if (!names.every((name) => this.#numbers.has(name))) {
      const found = find();
      if (found === undefined) return undefined;
      names.forEach((name, i) => {
        if (!this.#numbers.has(name)) this.#note(this.places.push(found[i] as NamePlace) - 1, name);
      });
    }
    return names.map((name) => this.#numbers.get(name) as number);
  }

  /** The path of these names; undefined: one does not stand where it stood. */
  path(numbers: readonly number[], read: (place: NamePlace) => string | undefined): string | undefined {
    const names: string[] = [];
    for (const number of numbers) {
      const place = this.places[number];
      const name = this.#texts[number] ?? (place && read(place));
      if (name === undefined) return undefined;
      this.#note(number, name);
      names.push(name);
    }
    return names.join("/");
  }

  #note(number: number, name: string): void {
    this.#texts[number] = name;
    this.#numbers.set(name, number);
  }
}
