// What is kept below the user's cache folder decides what a scan finds and even runs, so nothing is taken from there that
// somebody else could have written.
import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

export type CacheName = "code" | "histories" | "rules";

const homeOf = (env: Environment) => env["HOME"] || env["USERPROFILE"];

/** The folder for what can be made again, as the user chose it; undefined: by their home. */
const chosenCaches = ({ XDG_CACHE_HOME: chosen }: Environment) => (chosen && isAbsolute(chosen) ? chosen : undefined);

/**
 * Where one user's processes keep something for their next ones (XDG Base Directory Specification, which has relative
 * folders ignored: a repository could bring one along). Undefined: there is no such place.
 */
export function cacheFolder(name: CacheName, env: Environment = process.env): string | undefined {
  const home = homeOf(env);
  const caches = chosenCaches(env) ?? (home && join(home, ".cache"));
  return caches && isAbsolute(caches) ? join(caches, "patrol", name) : undefined;
}

/** Whether it is there, no link, and nobody else could have written it. On Windows permissions do not say so. */
export function isOwn(path: string, kind: "isDirectory" | "isFile"): boolean {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (info?.[kind]() !== true) return false;
  return process.platform === "win32" || (info.uid === process.geteuid?.() && (info.mode & 0o022) === 0);
}

/** The folder, made when it is not there yet. Undefined: it cannot be, or others may write there. */
export function ownCacheFolder(name: CacheName): string | undefined {
  const folder = cacheFolder(name);
  if (folder === undefined) return undefined;
  try {
    // Who has no home is given none: /nonexistent is the name of many a service's.
    if (chosenCaches(process.env) === undefined && !existsSync(homeOf(process.env) ?? "")) return undefined;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOwn(folder, "isDirectory") ? folder : undefined;
  } catch {
    return undefined;
  }
}
