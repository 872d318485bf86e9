import { lstatSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, isAbsolute, relative, sep } from "node:path";
import { FILE, FOLDER, kindOf, LINK, listFolder, type Listed } from "../../disk/node-files.ts";
import { whyOf } from "../../disk/why.ts";
import { joinNames, type NamesIn } from "../../engine/last-names.ts";
import type { Skipped } from "../source.ts";
import {
  ignoreRulesAbove,
  ignoreRulesBelow,
  ignoreRulesIn,
  isIgnored,
  type IgnoreRules,
  type TrackedIn,
} from "./gitignore.ts";

/** A file to read. */
export interface FileEntry {
  /** What to open. Bytes when the name is not UTF-8. */
  readonly location: string | Buffer;
  /** Path to show: the root as it was named, joined by `/`. */
  readonly path: string;
  /** The path of the symbolic link that led here, when one did. */
  readonly symlink: string | undefined;
}

export interface WalkOptions {
  /** Off: a link below the root is not entered, so the walk never leaves the root. */
  readonly followSymlinks?: boolean;
  /** Leave out what git would, and is not tracked: `.gitignore` files, and the repository's `info/exclude`. */
  readonly respectGitignore?: TrackedIn | undefined;
  /** Called for what cannot be read, with the number of files that were listed before it; the walk goes on. */
  readonly skipped: (item: Skipped, listed: number) => void;
  /**
   * Called with the names in some folders, of all that is there: which of them count `standsIn` says. A root that is a file has its own name.
   */
  readonly named?: (folders: readonly ListedFolder[]) => void;
  /** Called with each symbolic link that is not left out, followed or not: `location` is its own. */
  readonly linked?: (link: FileEntry) => void;
}

/** What lies in a folder. */
interface Entries {
  /** The names, one by one. */
  readonly own: readonly string[];
  /** Of each, as in disk/node-files.ts. */
  readonly kinds: readonly number[];
}

/** A folder that was listed, and the names in it: to hand over each of them would take longer than to list it. */
export interface ListedFolder extends NamesIn, Entries {
  readonly ignore: IgnoreRules | undefined;
  /** The path of the symbolic link that led here, when one did. */
  readonly symlink: string | undefined;
}

/** Whether a commit of the folder would hold something by that name that is not left out: a file, a folder or a link. */
export function standsIn({ own, kinds, ignore }: ListedFolder, name: string): boolean {
  return own.some((one, index) => {
    if (one !== name) return false;
    const isFolder = kinds[index] === FOLDER;
    if (isFolder ? name === ".git" : kinds[index] !== FILE && kinds[index] !== LINK) return false;
    return ignore === undefined || !isIgnored(ignore, name, isFolder);
  });
}

/** Why a file that was listed is not scanned. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file or folder";
  if (code === "ESPIPE" || code === "ENXIO" || code === "EISDIR") return "it is no file any more";
  return whyOf(error);
}

const join = (folder: string, name: string) => inside(folder) + name;

/** What the paths of all that lies in a folder begin with. */
const inside = (folder: string) => (folder === "" || folder.endsWith("/") ? folder : `${folder}/`);

const child = (folder: string | Buffer, name: Buffer) =>
  Buffer.concat([
    typeof folder === "string" ? Buffer.from(folder === "" ? "." : folder) : folder,
    Buffer.from("/"),
    name,
  ]);

/** No field is left out: objects of one shape keep the code that V8 made for the first of them. */
interface Folder {
  readonly location: string | Buffer;
  readonly path: string;
  readonly symlink: string | undefined;
  readonly ignore: IgnoreRules | undefined;
}

/** The entries of a folder in the order of their names' UTF-16 code units, the same on every system. */
interface Listing extends Entries {
  /** All names in one, as `joinNames` gives them. */
  readonly names: string;
  /** The names when one of them is not UTF-8. */
  readonly bytes: readonly Buffer[] | undefined;
}

function listingOf({ location }: Folder): Listing {
  const place = location === "" ? "." : location;
  if (typeof place === "string") {
    const { names: own, kinds } = inOrder(listFolder(place));
    const names = joinNames(own);
    // A name that is not UTF-8 comes back with U+FFFD and could not be opened; such a folder is read again as bytes.
    if (!names.includes("\ufffd")) return { own, kinds, names, bytes: undefined };
  }
  const entries = readdirSync(place, { withFileTypes: true, encoding: "buffer" }) as unknown as Dirent[];
  const bytesOf = ({ name }: Dirent) => name as unknown as Buffer;
  entries.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));
  const bytes = entries.map(bytesOf);
  const own = bytes.map(String);
  return { own, kinds: entries.map(kindOf), names: joinNames(own), bytes };
}

/** By the names' code units. Nearly always they are in that order: the system's is that of bytes. */
function inOrder(listed: Listed): Listed {
  const { names, kinds } = listed;
  for (let index = 1; index < names.length; index++) {
    if (names[index]! >= names[index - 1]!) continue;
    const order = [...names.keys()].sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    return { names: order.map((at) => names[at]!), kinds: order.map((at) => kinds[at]!) };
  }
  return listed;
}

const identity = (location: string | Buffer) => {
  const { dev, ino } = statSync(location, { bigint: true });
  return `${dev}:${ino}`;
};

/** Files that a list holds, unless it is the last: few enough that threads share a folder of many. */
const LISTED_AT_ONCE = 256;
/** Names that are handed over in one go, in about so many folders: to hold more would pay no further. */
const NAMED_AT_ONCE = 1024;

/** The same as `walkInLists`, file by file. */
export function* walk(root: string, options: WalkOptions): Generator<FileEntry> {
  for (const files of walkInLists(root, options)) yield* files;
}

/**
 * Every regular file below `root`, or `root` itself when it is one, in a fixed order. Folders named `.git` are left
 * to `patrol git`. Pipes, sockets and devices hold no file content and are passed over. The root may be a link.
 *
 * Files come in lists: to hand over each of them would take longer than to list it.
 */
export function* walkInLists(root: string, options: WalkOptions): Generator<FileEntry[]> {
  let info, location;
  try {
    info = statSync(root);
    // Who names a link asks for what it leads to.
    location = lstatSync(root).isSymbolicLink() ? realPlace(root) : root;
  } catch (error) {
    options.skipped({ what: root, why: reason(error) }, 0);
    return;
  }
  if (info.isFile()) {
    const slash = root.lastIndexOf("/") + 1;
    const name = root.slice(slash);
    const entries = { own: [name], kinds: [FILE] };
    options.named?.([{ ...entries, inside: root.slice(0, slash), names: name, ignore: undefined, symlink: undefined }]);
    yield [{ location, path: root, symlink: undefined }];
    return;
  }
  if (!info.isDirectory()) {
    options.skipped({ what: root, why: "neither a file nor a folder; use `patrol stdin` for a pipe" }, 0);
    return;
  }
  const walker = new Walker(root === "." ? "" : root, root, options);
  for (let files = walker.next(); files.length > 0; files = walker.next()) yield files;
}

/** A folder that is being listed. */
interface Level extends Listing, ListedFolder {
  readonly folder: Folder;
  next: number;
}

class Walker {
  readonly #options: WalkOptions;
  readonly #levels: Level[] = [];
  /** Folders that were entered, where links may lead back to them. */
  readonly #seen = new Set<string>();
  #listed = 0;
  /** Folders whose names are to be handed over, and how many names. */
  #named: ListedFolder[] = [];
  #names = 0;

  constructor(path: string, root: string, options: WalkOptions) {
    this.#options = options;
    if (options.followSymlinks) this.#seen.add(identity(root));
    const ignore = options.respectGitignore && ignoreRulesAbove(root, options.respectGitignore);
    this.#enter({ location: path, path, symlink: undefined, ignore });
  }

  /** The next files; none at the end. */
  next(): FileEntry[] {
    const files: FileEntry[] = [];
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (files.length >= LISTED_AT_ONCE) break;
      this.#list(level, files);
    }
    if (this.#levels.length === 0 && this.#named.length > 0) this.#tellNames();
    return files;
  }

  #enter(folder: Folder): void {
    let level: Level;
    try {
      const { own, kinds, names, bytes } = listingOf(folder);
      const { respectGitignore } = this.#options;
      const ignore =
        respectGitignore && folder.ignore && ignoreRulesOf(folder.location, folder.ignore, own, respectGitignore);
      const { path, symlink } = folder;
      level = { own, kinds, names, bytes, folder, inside: inside(path), symlink, ignore, next: 0 };
    } catch (error) {
      this.#skip(folder.path || ".", error);
      return;
    }
    this.#levels.push(level);
    this.#named.push(level);
    this.#names += level.own.length + 1;
    if (this.#names >= NAMED_AT_ONCE) this.#tellNames();
  }

  #tellNames(): void {
    const folders = this.#named;
    this.#named = [];
    this.#names = 0;
    this.#options.named?.(folders);
  }

  #skip(what: string, error: unknown): void {
    this.#options.skipped({ what, why: reason(error) }, this.#listed);
  }

  /** Goes on in a folder, up to the next one in it or until the list is long enough. */
  #list(level: Level, files: FileEntry[]): void {
    const { own, kinds, folder, ignore } = level;
    const { followSymlinks } = this.#options;
    while (level.next < own.length) {
      if (files.length >= LISTED_AT_ONCE) return;
      const index = level.next++;
      const name = own[index]!;
      const kind = kinds[index];
      const path = level.inside + name;
      if (kind === FILE) {
        if (ignore !== undefined && isIgnored(ignore, name, false)) continue;
        const symlink = folder.symlink === undefined ? undefined : join(folder.symlink, name);
        files.push({ location: locationOf(level, path, index), path, symlink });
        this.#listed++;
      } else if (kind === FOLDER) {
        if (name === ".git" || (ignore !== undefined && isIgnored(ignore, name, true))) continue;
        const location = locationOf(level, path, index);
        if (followSymlinks && !this.#isFirstVisit(location, path)) continue;
        const symlink = folder.symlink && join(folder.symlink, name);
        this.#enter({ location, path, symlink, ignore: ignore && ignoreRulesBelow(ignore, name) });
        return;
      } else if (kind === LINK) {
        const location = locationOf(level, path, index);
        const symlink = folder.symlink && join(folder.symlink, name);
        if (ignore === undefined || !isIgnored(ignore, name, false))
          this.#options.linked?.({ location, path, symlink });
        if (!followSymlinks) continue;
        this.#follow(location, path, name, files);
        return;
      }
    }
    this.#levels.pop();
  }

  /** False when a folder was entered before: a link leads back. */
  #isFirstVisit(location: string | Buffer, path: string): boolean {
    try {
      const id = identity(location);
      if (this.#seen.has(id)) return false;
      this.#seen.add(id);
      return true;
    } catch (error) {
      this.#skip(path, error);
      return false;
    }
  }

  #follow(link: string | Buffer, symlink: string, name: string, files: FileEntry[]): void {
    try {
      const info = statSync(link);
      const location = realPlace(link);
      const target = location.toString();
      const path = fromHere(target);
      if (info.isFile()) {
        files.push({ location, path, symlink });
        this.#listed++;
      }
      if (!info.isDirectory() || basename(target) === ".git" || name === ".git") return;
      if (this.#isFirstVisit(link, symlink)) this.#enter({ location, path, symlink, ignore: undefined });
    } catch (error) {
      // A link to nothing holds nothing; a loop of links neither.
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ENOENT" && code !== "ELOOP") this.#skip(symlink, error);
    }
  }
}

/** The patterns that a folder of these names brings. Those of a repository do not hold in one that lies in it. */
function ignoreRulesOf(
  location: string | Buffer,
  above: IgnoreRules,
  names: readonly string[],
  trackedIn: TrackedIn,
): IgnoreRules {
  const isTop = names.includes(".git") && typeof location === "string";
  const rules = isTop ? ignoreRulesAbove(location || ".", trackedIn) : above;
  return names.includes(".gitignore") ? ignoreRulesIn(location, rules) : rules;
}

/** Where an entry is: its path, unless the folder is somewhere else than it is shown, or the name cannot be told in a string. */
function locationOf({ folder, bytes, own }: Level, path: string, index: number): string | Buffer {
  const exact = bytes?.[index];
  if (exact !== undefined) return child(folder.location, exact);
  if (folder.location === folder.path) return path;
  const name = own[index]!;
  return typeof folder.location === "string" ? join(folder.location, name) : child(folder.location, Buffer.from(name));
}

/** Where a link leads: as bytes where the names on the way are no UTF-8. */
function realPlace(link: string | Buffer): string | Buffer {
  const bytes = realpathSync.native(link, { encoding: "buffer" });
  const text = bytes.toString();
  return text.includes("\uFFFD") ? bytes : text;
}

/** Where a link leads, as every other path is shown: from the current folder, when it lies there. */
function fromHere(target: string): string {
  const way = relative(realpathSync.native("."), target);
  return isAbsolute(way) || /^\.\.(?:[/\\]|$)/.test(way) ? target : way.split(sep).join("/");
}
