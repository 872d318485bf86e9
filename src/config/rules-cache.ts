import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const folder = () => join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "patrol", "rules");

/** What was kept under a name; undefined when nothing was. */
export function readCached(name: string): Buffer | undefined {
  try {
    return readFileSync(join(folder(), name));
  } catch {
    return undefined;
  }
}

/** Keeps what took long to make. A cache that cannot be written costs time only. */
export function writeCached(name: string, content: Uint8Array | string): void {
  const path = join(folder(), name);
  try {
    mkdirSync(folder(), { recursive: true, mode: 0o700 });
    // Whole or not at all: another process may read it at any time.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // The next start makes it again.
  }
}
