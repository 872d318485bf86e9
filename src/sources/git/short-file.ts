import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Files that say where a repository is, what it is like and where it stands are short; what is longer is none of them. */
const MOST_BYTES = 16 << 20;

/**
 * The text of a short file, as UTF-8; undefined where there is none. A stranger chose what lies there: a pipe is not waited for, and
 * of a file that is too long nothing is read.
 */
export function readShort(path: string, mostBytes = MOST_BYTES): string | undefined {
  let file: number | undefined;
  try {
    // Windows does not know O_NONBLOCK.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const info = fstatSync(file);
    if (!info.isFile() || info.size > mostBytes) return undefined;
    const bytes = Buffer.allocUnsafe(info.size);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, info.size, 0));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
