// Configurations that were read, and what was compiled from them, kept for the next run.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, isOwn, ownCacheFolder } from "./cache-folder.ts";

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

/** Keeps what took long to make. A cache that cannot be written costs time only. */
export function writeCached(name: string, content: Uint8Array | string): void {
  const folder = ownCacheFolder("rules");
  if (folder === undefined) return;
  try {
    // Whole or not at all: another process may read it at any time.
    const draft = join(folder, `${name}.${process.pid}`);
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, join(folder, name));
  } catch {
    // The next start makes it again.
  }
}
