import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Writes code that `loadScript` will read, twice in one file. A cache that cannot be written costs time only. */
export function keepCode(folder: string, file: string, code: Uint8Array): void {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Whole or not at all: another process may read it at any time.
    writeFileSync(draft, Buffer.concat([code, code]), { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  } catch {
    remove(draft);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where it could not be written there may not even be a folder.
  }
}
