// Files that a person names to be written, who may name a pipe as well.
import { closeSync, constants, openSync, realpathSync, statSync, writeFileSync, writeSync } from "node:fs";
import { PatrolError } from "../model/errors.ts";
import { codeOf, PATIENCE_MS, PAUSE_MS, pause } from "./patience.ts";

// Windows knows neither O_NONBLOCK nor pipes among its files.
const WRITE = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Writes a file that nobody but its owner may read, or into a pipe or a device.
 *
 * @param by the flag that named it, for messages.
 * @throws PatrolError `usage-invalid` where a named pipe takes nothing for a minute; else what the file system says.
 */
export function writeNamed(path: string, text: string, by: string, patienceMs = PATIENCE_MS): void {
  if (!isNamedPipe(path)) {
    writeFileSync(path, text, { mode: 0o600 });
    return;
  }
  const patiently = <T>(attempt: () => T | undefined): T => {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += PAUSE_MS) {
      const done = attempt();
      if (done !== undefined) return done;
      pause();
    }
    throw new PatrolError(
      "usage-invalid",
      `${by}: nobody read from the pipe ${path} for ${patienceMs / 1000} seconds; name a file, or read from it`,
    );
  };
  // Without a reader it cannot be opened in this way, and takes no more than some kilobytes before they are read.
  const file = patiently(() => unless("ENXIO", () => openSync(path, WRITE)));
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;)
      at += patiently(() => unless("EAGAIN", () => writeSync(file, bytes, at, bytes.length - at)));
  } finally {
    closeSync(file);
  }
}

/** What a shell makes for a command has no name that leads to it, and always a reader. */
function isNamedPipe(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true && realpathSync(path) !== "";
  } catch {
    return false;
  }
}

/** Undefined: it failed for this reason, so that it may be tried again. */
function unless<T>(code: string, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (codeOf(error) === code) return undefined;
    throw error;
  }
}
