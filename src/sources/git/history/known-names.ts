import type { NamePlace, TreeWalk } from "../trees/tree-walk.ts";

type NamesOfTrees = Pick<TreeWalk, "stepsTo" | "eachName">;

/** The names in a path, each behind the path of the folder that it stands in. */
function stepsOf(path: string): [folder: string, name: string][] {
  const names = path.split("/");
  return names.map((name, i) => [names.slice(0, i).join("/"), name]);
}

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
   * Finds where the names of these paths stand, each tree's own path. One after the other each would be looked for in a tree of its
   * own, all of it, so a folder's other names are taken from the first of its trees that is read. Given oldest first, that is
   * the newest: what came before stands there too, as a rule.
   */
  learn(files: readonly { readonly tree: string; readonly path: string }[], trees: NamesOfTrees): void {
    const left = new Map<string, Set<string>>();
    for (const { path } of files) {
      for (const [folder, name] of stepsOf(path)) {
        if (this.#numbers.has(name)) continue;
        const names = left.get(folder);
        if (names === undefined) left.set(folder, new Set([name]));
        else names.add(name);
      }
    }
    for (const { tree, path } of files.toReversed()) {
      if (this.of(path) !== undefined) continue;
      const places = trees.stepsTo(tree, path) ?? [];
      for (const [i, [folder, name]] of stepsOf(path).entries()) {
        const place = places[i];
        if (place === undefined) break;
        this.#learn(name, place);
        const others = left.get(folder);
        if (others === undefined) continue;
        left.delete(folder);
        if (others.size > 1) trees.eachName(place[0], (other, at) => others.has(other) && this.#learn(other, at));
      }
    }
  }

  /** Numbers of the names in a path, the file's last; undefined: where one of them stands is not known. */
  of(path: string): number[] | undefined {
    const names = path.split("/");
    if (!names.every((name) => this.#numbers.has(name))) return undefined;
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

  #learn(name: string, place: NamePlace): void {
    if (!this.#numbers.has(name)) this.#note(this.places.push(place) - 1, name);
  }

  #note(number: number, name: string): void {
    this.#texts[number] = name;
    this.#numbers.set(name, number);
  }
}
