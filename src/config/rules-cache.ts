// Configurations that were read, and what was compiled from them, kept for the next run.
import { cacheFolder, isOwn, readOwn } from "./cache-folder.ts";

/** The file that was kept under a name; undefined when there is none, or others could have written it. */
export function cachedPath(name: string): string | undefined {
  const folder = cacheFolder("rules");
  if (folder === undefined) return undefined;
  const path = `${folder}/${name}`;
  return isOwn(folder, "isDirectory") && isOwn(path, "isFile") ? path : undefined;
}

/** What was kept under a name; undefined when nothing was. */
export function readCached(name: string): Buffer | undefined {
  try {
    const folder = cacheFolder("rules");
    return folder !== undefined && isOwn(folder, "isDirectory") ? readOwn(`${folder}/${name}`) : undefined;
  } catch {
    return undefined;
  }
}
