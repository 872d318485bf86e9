// Objects of a repository for who needs a few of them: what lies loose is read without opening a pack.
import { BrokenObject, EndlessDeltas, TooManyInFolder } from "./broken.ts";
import { readByGit, tooLargeToPrint } from "./cat-file.ts";
import { readLinks } from "./commit.ts";
import { inflateByNode, type Inflate } from "./inflate.ts";
import { readLoose, type GitObject } from "./loose.ts";
import { BLOB, COMMIT, TREE } from "../object-id.ts";
import { ObjectStore } from "./object-store.ts";
import type { Repository } from "../repository.ts";
import {
  DEEPEST,
  FOLDER,
  MOST_PLACES_A_TREE,
  MOST_PLACES_MORE,
  readTreeEntries,
  type TreeEntry,
} from "./tree-entries.ts";

/** Bytes of a tree's entry with a name of four characters and a SHA-1: of shorter ones there are not many. */
const SHORT_ENTRY = 32;

export class LazyStore {
  readonly repository: Repository;
  readonly #inflate: Inflate;
  readonly #mostInFolder: number;
  readonly #trees = new Map<string, Map<string, TreeEntry>>();
  #packed: ObjectStore | undefined;

  /** @param mostInFolder entries of a tree past which `TooManyInFolder` is thrown. */
  constructor(repository: Repository, inflate: Inflate = inflateByNode, mostInFolder = Infinity) {
    this.repository = repository;
    this.#inflate = inflate;
    this.#mostInFolder = mostInFolder;
  }

  close(): void {
    this.#packed?.close();
  }

  /** @throws BrokenObject when the object is missing, or neither we nor git can read it. */
  read(id: string): GitObject {
    const own = this.#readOwn(id);
    if (own !== undefined) return own;
    const tooLarge = tooLargeToPrint(this.repository, id);
    if (tooLarge !== undefined) throw new BrokenObject(tooLarge);
    const printed = readByGit(this.repository, id);
    if (printed === undefined) throw new BrokenObject("the object is missing or damaged");
    return printed;
  }

  #readOwn(id: string): GitObject | undefined {
    try {
      for (const dir of this.repository.objectDirs) {
        const loose = readLoose(dir, id, this.#inflate);
        if (loose !== undefined) return loose;
      }
      this.#packed ??= new ObjectStore(this.repository, () => undefined, this.#inflate);
      return this.#packed.read(id);
    } catch (error) {
      if (error instanceof EndlessDeltas) throw error;
      if (error instanceof BrokenObject || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The content of a file. @throws BrokenObject */
  blob(id: string): Buffer {
    const object = this.read(id);
    if (object.type !== BLOB) throw new BrokenObject("the object is no file");
    return object.bytes;
  }

  /** Entries of a tree by name. @throws BrokenObject */
  tree(id: string): Map<string, TreeEntry> {
    let entries = this.#trees.get(id);
    if (entries === undefined) {
      const object = this.read(id);
      if (object.type !== TREE) throw new BrokenObject("the object is no tree");
      if (object.bytes.length > this.#mostInFolder * SHORT_ENTRY) throw new TooManyInFolder();
      entries = readTreeEntries(object.bytes, this.repository.format.bytes);
      this.#trees.set(id, entries);
    }
    return entries;
  }

  /** Tree and parents of a commit. @throws BrokenObject */
  commit(id: string): { readonly tree: string; readonly parents: readonly string[] } {
    const object = this.read(id);
    const links = object.type === COMMIT ? readLinks(object.bytes, this.repository.format.bytes * 2) : undefined;
    if (links === undefined) throw new BrokenObject("the object is no commit");
    return links;
  }

  /** What stands at a path below a tree; undefined when nothing does. */
  at(tree: string, path: string): TreeEntry | undefined {
    let entry: TreeEntry | undefined = { mode: FOLDER, id: tree };
    for (const name of path.split("/")) {
      if (entry?.mode !== FOLDER) return undefined;
      entry = this.tree(entry.id).get(name);
    }
    return entry;
  }

  /**
   * Every entry below a tree that is no folder, by path.
   *
   * @throws BrokenObject also when trees hold each other so often, or so deep, that nobody could list what is in them.
   */
  *below(tree: string, prefix = ""): Generator<TreeEntry & { readonly path: string }> {
    const folders = [{ tree, prefix, depth: 0 }];
    const distinct = new Set<string>();
    for (let places = 0; folders.length > 0; places++) {
      const folder = folders.pop() as (typeof folders)[number];
      distinct.add(folder.tree);
      if (folder.depth > DEEPEST) throw new BrokenObject(`trees lie more than ${DEEPEST} folders deep`);
      if (places > MOST_PLACES_MORE + MOST_PLACES_A_TREE * distinct.size) {
        throw new BrokenObject("trees stand at too many places to look at all of them");
      }
      for (const [name, entry] of this.tree(folder.tree)) {
        const path = folder.prefix + name;
        if (entry.mode === FOLDER) folders.push({ tree: entry.id, prefix: `${path}/`, depth: folder.depth + 1 });
        else yield { ...entry, path };
      }
    }
  }
}
