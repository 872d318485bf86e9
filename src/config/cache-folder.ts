// What is kept below the user's cache folder decides what a scan finds and even runs, so nothing is taken from there that
// somebody else could have written.
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { isAbsolute } from "node:path";
import { makeFolder } from "../disk/make-folder.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type CacheName = "code" | "histories" | "modules" | "rules";

const homeOf = (env: Environment) => env["HOME"] || env["USERPROFILE"];

/** The folder for what can be made again, as the user chose it; undefined: by their home. */
const chosenCaches = ({ XDG_CACHE_HOME: chosen }: Environment) => (chosen && isAbsolute(chosen) ? chosen : undefined);

/**
 * Where one user's processes keep something for their next ones (XDG Base Directory Specification, which has relative
 * folders ignored: a repository could bring one along). Undefined: there is no such place.
 */
export function cacheFolder(name: CacheName, env: Environment = process.env): string | undefined {
  const home = homeOf(env);
  const caches = chosenCaches(env) ?? (home && `${home}/.cache`);
  return caches && isAbsolute(caches) ? `${caches}/patrol/${name}` : undefined;
}

/** Nobody else could have written it. On Windows permissions do not say so. */
const isMine = ({ uid, mode }: Stats) =>
  process.platform === "win32" || (uid === process.geteuid?.() && (mode & 0o022) === 0);

/** Whether it is there, no link, and nobody else could have written it. */
export function isOwn(path: string, kind: "isDirectory" | "isFile"): boolean {
  const info = lstatSync(path, { throwIfNoEntry: false });
  return info?.[kind]() === true && isMine(info);
}

// Windows knows neither.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Opens a file that is `isOwn`, undefined of another. Throws what the file system says when it is not there. */
function inOwn<T>(path: string, work: (file: number, size: number) => T): T | undefined {
  if (O_NOFOLLOW === 0 && !isOwn(path, "isFile")) return undefined;
  const file = openSync(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const info = fstatSync(file);
    return info.isFile() && isMine(info) ? work(file, info.size) : undefined;
  } finally {
    closeSync(file);
  }
}

/** Not by `readFileSync`: it has Node compile more of its own code, which at a hook's start takes longer than to read. */
function isFilled(file: number, bytes: Buffer, most: number): boolean {
  let length = 0;
  for (let read = 1; read > 0 && length < most; length += read)
    read = readSync(file, bytes, length, most - length, null);
  return length === most;
}

/** The bytes of a file that is `isOwn`, undefined of another. Throws what the file system says when it is not there. */
export const readOwn = (path: string): Buffer | undefined =>
  inOwn(path, (file, size) => {
    const bytes = Buffer.allocUnsafe(size);
    return isFilled(file, bytes, size) ? bytes : undefined;
  });

/** Memory that nobody touched before is dearer than to read: what is only compared goes through so much. */
const COMPARED_BYTES = 64 << 10;

/** As `readOwn`, of a file that holds all of it twice, so that damage is seen: one of the halves, undefined where they differ. */
export const readOwnTwice = (path: string): Buffer | undefined =>
  inOwn(path, (file, size) => {
    const half = Buffer.allocUnsafe(size >> 1);
    if (size % 2 !== 0 || !isFilled(file, half, half.length)) return undefined;
    const other = Buffer.allocUnsafe(Math.min(half.length, COMPARED_BYTES));
    for (let at = 0; at < half.length; at += other.length) {
      const length = Math.min(other.length, half.length - at);
      const isSame = isFilled(file, other, length) && other.compare(half, at, at + length, 0, length) === 0;
      if (!isSame) return undefined;
    }
    return half;
  });

/** The folder, made when it is not there yet. Undefined: it cannot be, or others may write there. */
export function ownCacheFolder(name: CacheName): string | undefined {
  const folder = cacheFolder(name);
  if (folder === undefined) return undefined;
  try {
    // Who has no home is given none: /nonexistent is the name of many a service's.
    if (chosenCaches(process.env) === undefined && !existsSync(homeOf(process.env) ?? "")) return undefined;
    makeFolder(folder, 0o700);
    return isOwn(folder, "isDirectory") ? folder : undefined;
  } catch {
    return undefined;
  }
}
