import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where configurations that were read, and what was compiled from them, are kept for the next run. */
export const rulesCacheFolder = () =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "patrol", "rules");

/** What was kept under a name; undefined when nothing was. */
export function readCached(name: string): Buffer | undefined {
  try {
    return readFileSync(join(rulesCacheFolder(), name));
  } catch {
    return undefined;
  }
}

/** Keeps what took long to make. A cache that cannot be written costs time only. */
export function writeCached(name: string, content: Uint8Array | string): void {
  const path = join(rulesCacheFolder(), name);
  try {
    mkdirSync(rulesCacheFolder(), { recursive: true, mode: 0o700 });
    // Whole or not at all: another process may read it at any time.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // The next start makes it again.
  }
}
