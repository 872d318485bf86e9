// Configurations that were read, and what was compiled from them, kept for the next run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, isOwn } from "./cache-folder.ts";

/** The file that was kept under a name; undefined when there is none, or others could have written it. */
export function cachedPath(name: string): string | undefined {
  const folder = cacheFolder("rules");
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return isOwn(folder, "isDirectory") && isOwn(path, "isFile") ? path : undefined;
}

/** What was kept under a name; undefined when nothing was. */
export function readCached(name: string): Buffer | undefined {
  try {
    const path = cachedPath(name);
    return path === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}
