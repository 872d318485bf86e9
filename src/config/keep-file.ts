import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownCacheFolder, type CacheName } from "./cache-folder.ts";

/** Keeps what took long to make in the user's cache folder. What cannot be written there costs time only. */
export function keepFile(cache: CacheName, name: string, content: Uint8Array | string): void {
  const folder = ownCacheFolder(cache);
  if (folder === undefined) return;
  const draft = join(folder, `${name}.${process.pid}`);
  try {
    // Whole or not at all: another process may read it at any time.
    writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
    renameSync(draft, join(folder, name));
  } catch {
    remove(draft);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A folder that takes no file may not let one go either.
  }
}
