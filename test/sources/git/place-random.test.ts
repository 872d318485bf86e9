// Random histories whose author knows where each secret came in: nothing here reads git or compares files.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit } from "./git-kit.ts";
import { Drawing, told } from "./place-kit.ts";

interface Line {
  readonly id: number;
  /** What stands around the secret; the whole line where there is none. */
  readonly words: readonly [before: string, behind: string];
  readonly secret: string;
}

type Tree = Map<string, Line[]>;
interface Commit {
  readonly name: string;
  readonly tree: Tree;
}

const textOf = ({ words, secret }: Line) => `${words[0]}${secret}${words[1]}\n`;
const contentOf = (lines: readonly Line[]) => lines.map(textOf).join("");

class Author {
  readonly drawing = new Drawing();
  readonly expected: string[] = [];
  readonly #random: () => number;
  readonly #seed: number;
  #number = 0;
  #commits = 0;
  heads: Commit[] = [];
  /** Lines that were taken out, by path. */
  readonly #gone: { path: string; line: Line }[] = [];
  /** What was in a file before, byte for byte, is no news there; nor is the same line. */
  readonly #contents = new Set<string>();
  readonly #lines = new Set<string>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  #word(): string {
    return `word${this.below(5000)}`;
  }

  #plain(): Line {
    return { id: this.#number++, words: [this.#word(), ""], secret: "" };
  }

  #secret(secret = crcToken(this.#seed * 10_000 + this.#number)): Line {
    return { id: this.#number++, words: [`${this.#word()} = `, ` ${this.#word()}`], secret };
  }

  #insert(lines: Line[], line: Line): void {
    lines.splice(this.below(lines.length + 1), 0, line);
  }

  #newPath(): string {
    return `${this.pick(["", "", "sub/", "sub/deep/", "other/"])}file${this.#number++}`;
  }

  /** One change of a tree. @returns the lines that came in at a path, by id. */
  #change(tree: Tree, isMerge: boolean, mayRemove: boolean): { path: string; id: number }[] {
    const path = this.pick([...tree.keys()].sort());
    const lines = path === undefined ? undefined : tree.get(path);
    if (path === undefined || lines === undefined || this.below(8) === 0) {
      const fresh = [this.#plain(), this.#secret(), this.#plain()];
      const target = this.#newPath();
      tree.set(target, fresh);
      return [{ path: target, id: fresh[1]?.id ?? 0 }];
    }
    const holders = lines.filter(({ secret }) => secret !== "");
    const chosen = this.pick(holders);
    const at = chosen === undefined ? -1 : lines.indexOf(chosen);
    switch (this.below(12)) {
      case 0: {
        const line = this.#secret();
        this.#insert(lines, line);
        return [{ path, id: line.id }];
      }
      case 1: // the line is edited around its secret
        if (chosen !== undefined) lines[at] = { ...chosen, words: [chosen.words[0], ` ${this.#word()}`] };
        return [];
      case 2: // it moves
        if (chosen !== undefined) this.#insert(lines, lines.splice(at, 1)[0] as Line);
        return [];
      case 3: // it goes
        if (chosen === undefined) return [];
        lines.splice(at, 1);
        this.#gone.push({ path, line: chosen });
        return [];
      case 4: {
        // it comes back
        const back = this.pick(this.#gone.filter((gone) => tree.has(gone.path)));
        const target = back && tree.get(back.path);
        if (target === undefined || target.some(({ id }) => id === back?.line.id)) return [];
        this.#insert(target, back?.line as Line);
        return [{ path: back?.path ?? "", id: back?.line.id ?? 0 }];
      }
      case 5: {
        // the file is renamed, perhaps edited
        if (!mayRemove) return [];
        const target = this.#newPath();
        tree.delete(path);
        tree.set(target, this.below(2) === 0 ? lines : [this.#plain(), ...lines, this.#plain()]);
        return [];
      }
      case 6: {
        if (isMerge) return [];
        const target = this.#newPath();
        tree.set(target, [...lines, this.#plain()]);
        return holders.map(({ id }) => ({ path: target, id }));
      }
      case 7:
        if (mayRemove) tree.delete(path);
        return [];
      case 8: {
        // the secret again, in other words
        if (chosen === undefined) return [];
        const line = this.#secret(chosen.secret);
        this.#insert(lines, line);
        return [{ path, id: line.id }];
      }
      case 9: {
        // it goes to another file
        const target = this.pick([...tree.keys()].sort().filter((other) => other !== path)) ?? path;
        const others = tree.get(target) as Line[];
        if (chosen === undefined || target === path || others.some(({ secret }) => secret === chosen.secret)) return [];
        lines.splice(at, 1);
        this.#insert(others, chosen);
        return [{ path: target, id: chosen.id }];
      }
      default:
        for (let n = this.below(4); n >= 0; n--) this.#insert(lines, this.#plain());
        if (this.below(3) === 0) {
          const plain = lines.findIndex(({ secret }) => secret === "");
          if (plain >= 0) lines.splice(plain, 1);
        }
        return [];
    }
  }

  /** What a branch has that another lacks, on this branch: the same line in the same file. */
  #cherry(tree: Tree): { path: string; id: number }[] {
    const other = this.pick(this.heads)?.tree ?? new Map<string, Line[]>();
    for (const [path, lines] of other) {
      const own = tree.get(path);
      const line = lines.find(({ id, secret }) => secret !== "" && own?.some((known) => known.id === id) === false);
      if (own === undefined || line === undefined || own.some(({ secret }) => secret === line.secret)) continue;
      this.#insert(own, line);
      return [{ path, id: line.id }];
    }
    return [];
  }

  #merged(parents: readonly Commit[]): Tree {
    const [first, ...others] = parents as [Commit, ...Commit[]];
    const tree: Tree = new Map([...first.tree].map(([path, lines]) => [path, [...lines]]));
    for (const other of others) {
      for (const [path, lines] of other.tree) {
        const own = tree.get(path);
        if (own === undefined) {
          // A file that one side lacks is sometimes kept, sometimes not: both happen.
          if (this.below(2) === 0) tree.set(path, [...lines]);
          continue;
        }
        for (const [at, line] of lines.entries()) {
          if (own.some(({ id }) => id === line.id)) continue;
          const above = own.findIndex(({ id }) => id === lines[at - 1]?.id);
          own.splice(above + 1, 0, line);
        }
      }
    }
    return tree;
  }

  commit(parents: readonly Commit[]): Commit {
    const name = `c${this.#commits++}`;
    const tree: Tree =
      parents.length === 0
        ? new Map()
        : parents.length === 1
          ? new Map([...(parents[0] as Commit).tree].map(([path, lines]) => [path, [...lines]]))
          : this.#merged(parents);
    const news: { path: string; id: number }[] = [];
    const touched = new Set<string>();
    // A merge changes something of its own now and then; every commit changes a file once at most.
    for (let n = parents.length > 1 ? this.below(2) : 1 + this.below(2); n > 0; n--) {
      const part: Tree = new Map([...tree].filter(([path]) => !touched.has(path)));
      const before = new Map([...part].map(([path, lines]) => [path, contentOf(lines)]));
      news.push(
        ...(this.below(6) === 0
          ? this.#cherry(part)
          : this.#change(part, parents.length > 1, news.length === 0 && parents.length < 2)),
      );
      for (const path of before.keys()) if (!part.has(path)) tree.delete(path);
      for (const [path, lines] of part) {
        tree.set(path, lines);
        if (before.get(path) !== contentOf(lines)) touched.add(path);
      }
      if ([...before.keys()].some((path) => !part.has(path))) break;
    }
    this.drawing.commit(name, Object.fromEntries([...tree].map(([path, lines]) => [path, contentOf(lines)])), {
      parents: parents.map((parent) => parent.name),
    });
    for (const { path, id } of news) this.#expect(name, path, tree.get(path) ?? [], id);
    for (const [path, lines] of tree) this.#contents.add(`${path}\0${contentOf(lines)}`);
    return { name, tree };
  }

  #expect(name: string, path: string, lines: readonly Line[], id: number): void {
    const at = lines.findIndex((line) => line.id === id);
    const line = lines[at] as Line;
    const wording = `${path}\0${textOf(line)}`;
    if (this.#contents.has(`${path}\0${contentOf(lines)}`) || this.#lines.has(wording)) return;
    this.#lines.add(wording);
    const column = line.words[0].length + 1;
    const place = `${at + 1}.${column}-${at + 1}.${column + line.secret.length - 1}`;
    this.expected.push(`${name} ${path} ${place} ${line.secret}`);
  }

  /** Branches that grow, split and meet. */
  history(commits: number): void {
    this.heads = [this.commit([])];
    while (this.#commits < commits) {
      const at = this.below(this.heads.length);
      const head = this.heads[at] as Commit;
      const others = this.heads.filter((other) => other !== head);
      const kind = this.below(10);
      if (kind === 0 && this.heads.length < 5) this.heads.push(this.commit([head]));
      else if (kind === 1 && this.heads.length < 5) this.heads.push(this.commit([]));
      else if (kind < 4 && others.length > 0) {
        const merged = others.slice(0, 1 + this.below(Math.min(3, others.length)));
        this.heads[at] = this.commit([head, ...merged]);
        if (this.below(2) === 0) this.heads = this.heads.filter((other) => !merged.includes(other));
      } else this.heads[at] = this.commit([head]);
    }
  }
}

describe("a random history", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("is told as its author made it (seed %i)", async (seed) => {
    const author = new Author(seed);
    author.history(60);
    const kit = new GitKit();
    const ids = author.drawing.write(
      kit,
      author.heads.map(({ name }) => name),
    );
    kit.git("repack", "-adfq", "--depth=50");
    const found = await told(kit, ids);
    assert.deepEqual(found.sort(), author.expected.sort());
    assert.ok(found.length > 20);
  });
});
