// Configurations that were read, and what was compiled from them, kept for the next run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, isOwn } from "./cache-folder.ts";

/** What was kept under a name; undefined when nothing was. */
export function readCached(name: string): Buffer | undefined {
  const folder = cacheFolder("rules");
  if (folder === undefined) return undefined;
  try {
    const path = join(folder, name);
    return isOwn(folder, "isDirectory") && isOwn(path, "isFile") ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
