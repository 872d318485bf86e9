import { lstatSync, readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { basename, isAbsolute, relative, sep } from "node:path";
import type { Skipped } from "../source.ts";
import { ignoreRulesAbove, ignoreRulesIn, isIgnored, type IgnoreRules } from "./gitignore.ts";

/** A file to read. */
export interface FileEntry {
  /** What to open. Bytes when the name is not UTF-8. */
  readonly location: string | Buffer;
  /** Path to show: the root as it was named, joined by `/`. */
  readonly path: string;
  /** The path of the symbolic link that led here, when one did. */
  readonly symlink?: string;
}

export interface WalkOptions {
  /** Off: a link below the root is not entered, so the walk never leaves the root. */
  readonly followSymlinks?: boolean;
  /** Leave out what git would: `.gitignore` files, and the repository's `info/exclude`. */
  readonly respectGitignore?: boolean;
  /** Called for what cannot be read; the walk goes on. */
  readonly skipped: (item: Skipped) => void;
}

/** What a system error means to a person. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "ENOENT") return "no such file or folder";
  if (code === "ELOOP") return "too many symbolic links";
  if (code === "ENAMETOOLONG") return "the name is too long";
  return code ?? (error instanceof Error ? error.message : String(error));
}

const join = (folder: string, name: string) =>
  folder === "" ? name : folder.endsWith("/") ? folder + name : `${folder}/${name}`;

const child = (folder: string | Buffer, name: Buffer) =>
  Buffer.concat([
    typeof folder === "string" ? Buffer.from(folder === "" ? "." : folder) : folder,
    Buffer.from("/"),
    name,
  ]);

interface Folder {
  readonly location: string | Buffer;
  readonly path: string;
  readonly symlink?: string;
  readonly ignore?: IgnoreRules;
}

/** An entry of a folder. `bytes` when its name is not UTF-8. */
interface Entry {
  readonly name: string;
  readonly bytes?: Buffer;
  readonly kind: Pick<Dirent, "isFile" | "isDirectory" | "isSymbolicLink">;
}

/** The entries of a folder in the order of their names' UTF-16 code units, the same on every system. */
function entries({ location }: Folder): Entry[] {
  if (typeof location === "string") {
    const list = readdirSync(location === "" ? "." : location, { withFileTypes: true });
    // A name that is not UTF-8 comes back with U+FFFD and could not be opened; such a folder is read again as bytes.
    if (!list.some(({ name }) => name.includes("\ufffd"))) {
      list.sort((a, b) => (a.name < b.name ? -1 : 1));
      return list.map((entry) => ({ name: entry.name, kind: entry }));
    }
  }
  return readdirSync(location === "" ? "." : location, { withFileTypes: true, encoding: "buffer" })
    .map((entry) => {
      const bytes = entry.name as unknown as Buffer;
      return { name: bytes.toString(), bytes, kind: entry as unknown as Entry["kind"] };
    })
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
}

const identity = (location: string | Buffer) => {
  const { dev, ino } = statSync(location, { bigint: true });
  return `${dev}:${ino}`;
};

/**
 * Every regular file below `root`, or `root` itself when it is one, in a fixed order. Folders named `.git` are left
 * to `patrol git`. Pipes, sockets and devices hold no file content and are passed over. The root may be a link.
 */
export function* walk(root: string, options: WalkOptions): Generator<FileEntry> {
  const location = root === "." ? "" : root;
  let info;
  try {
    info = statSync(root);
  } catch (error) {
    options.skipped({ what: root, why: reason(error) });
    return;
  }
  if (info.isFile()) {
    // Who names a link asks for what it leads to.
    yield lstatSync(root).isSymbolicLink()
      ? { location: realpathSync(root), path: root }
      : { location: root, path: root };
    return;
  }
  if (!info.isDirectory()) {
    options.skipped({ what: root, why: "neither a file nor a folder; use `patrol stdin` for a pipe" });
    return;
  }
  const ignore = options.respectGitignore ? ignoreRulesAbove(root) : undefined;
  const seen = new Set<string>();
  if (options.followSymlinks) seen.add(identity(root));
  yield* below({ location, path: location, ...(ignore && { ignore }) }, options, seen);
}

interface Level {
  readonly folder: Folder;
  readonly list: readonly Entry[];
  readonly ignore: IgnoreRules | undefined;
  next: number;
}

function enter(folder: Folder, options: WalkOptions): Level | undefined {
  try {
    const list = entries(folder);
    return { folder, list, ignore: folder.ignore && ignoreRulesIn(folder.location, folder.ignore), next: 0 };
  } catch (error) {
    options.skipped({ what: folder.path || ".", why: reason(error) });
    return undefined;
  }
}

/** The levels stand in a list: one generator inside another would hand every file up through all of them. */
function* below(top: Folder, options: WalkOptions, seen: Set<string>): Generator<FileEntry> {
  const levels: Level[] = [];
  const go = (folder: Folder) => {
    const level = enter(folder, options);
    if (level !== undefined) levels.push(level);
  };
  go(top);
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const entry = level.list[level.next++];
    if (entry === undefined) {
      levels.pop();
      continue;
    }
    const { folder, ignore } = level;
    const { name, kind, bytes } = entry;
    const path = join(folder.path, name);
    const location = bytes !== undefined ? child(folder.location, bytes) : sameOr(folder, path, name);
    if (kind.isFile()) {
      if (ignore && isIgnored(ignore, name, false)) continue;
      yield folder.symlink === undefined ? { location, path } : { location, path, symlink: join(folder.symlink, name) };
    } else if (kind.isDirectory()) {
      if (name === ".git" || (ignore && isIgnored(ignore, name, true))) continue;
      if (options.followSymlinks && !firstVisit(location, path, seen, options)) continue;
      const symlink = folder.symlink && join(folder.symlink, name);
      go({
        location,
        path,
        ...(symlink && { symlink }),
        ...(ignore && { ignore: { ...ignore, folder: [...ignore.folder, name] } }),
      });
    } else if (kind.isSymbolicLink() && options.followSymlinks) {
      yield* follow({ location, path }, name, options, seen);
    }
  }
}

/** Where an entry is: its path, unless the folder is somewhere else than it is shown. */
const sameOr = ({ location, path: shown }: Folder, path: string, name: string) =>
  location === shown ? path : typeof location === "string" ? join(location, name) : child(location, Buffer.from(name));

/** False when a folder was entered before: a link leads back. */
function firstVisit(location: string | Buffer, path: string, seen: Set<string>, options: WalkOptions): boolean {
  try {
    const id = identity(location);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  } catch (error) {
    options.skipped({ what: path, why: reason(error) });
    return false;
  }
}

/** Where a link leads, as every other path is shown: from the current folder, when it lies there. */
function fromHere(target: string): string {
  const way = relative(realpathSync("."), target);
  return isAbsolute(way) || /^\.\.(?:[/\\]|$)/.test(way) ? target : way.split(sep).join("/");
}

function* follow(link: Folder, name: string, options: WalkOptions, seen: Set<string>): Generator<FileEntry> {
  try {
    const info = statSync(link.location);
    const target = realpathSync(link.location);
    const path = fromHere(target);
    if (info.isFile()) yield { location: target, path, symlink: link.path };
    if (!info.isDirectory() || basename(target) === ".git" || name === ".git") return;
    if (!firstVisit(link.location, link.path, seen, options)) return;
    yield* below({ location: target, path, symlink: link.path }, options, seen);
  } catch (error) {
    // A link to nothing holds nothing; a loop of links neither.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "ELOOP") options.skipped({ what: link.path, why: reason(error) });
  }
}
