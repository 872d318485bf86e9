import { lstatSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isFolder } from "./is-folder.ts";
import { codeOf } from "./patience.ts";

/**
 * Makes a folder and those above it that are missing. `mkdirSync` with `recursive` never comes back where the system lets nobody make
 * a folder and says that it is not there, as below /proc, in a mount on demand or in a current folder that was removed.
 *
 * @param mode of the folders that are made.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (isFolder(path)) return;
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || above === path || isThere(above)) throw error;
    makeFolder(above, mode);
    // Another process may have made it meanwhile.
    makeFolder(path, mode);
  }
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
