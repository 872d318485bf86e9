// Files whose place a stranger chose what to put in: a pipe there would be waited for for ever, by us or by git.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { PatrolError } from "../model/errors.ts";

/** Files that say where a repository is, what it is like and where it stands are short; what is longer is none of them. */
const MOST_BYTES = 16 << 20;

// Windows does not know O_NONBLOCK.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

// Nor this one.
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/**
 * Opens a file to read it.
 *
 * @param followsLink whether the path's last name may be a link.
 * @throws PatrolError `source-unreadable` for what is no file; what the file system says, where it is not there, and for a
 * link that is not followed.
 */
export function openRegular(
  path: string | Buffer,
  followsLink = true,
): { readonly file: number; readonly size: number } {
  const file = openSync(path, followsLink ? READ : READ | NO_LINK);
  try {
    const info = fstatSync(file);
    if (info.isFile()) return { file, size: info.size };
    throw new PatrolError("source-unreadable", `${path.toString()} is no file; nothing is read from it`);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** A configuration: that of a few hundred rules has some hundred kilobytes. */
export const MOST_CONFIGURATION_BYTES = 16 << 20;
/** A file that lists what is let through, a line each. */
export const MOST_IGNORE_BYTES = 64 << 20;

/** For who gives other words to what cannot be read: this one says more. */
export const isLimit = (error: unknown): error is PatrolError =>
  error instanceof PatrolError && error.code === "limit-exceeded";

/** The bytes of a file. @throws as `openRegular`, and PatrolError `limit-exceeded` for a file of more than `mostBytes`. */
export function readRegular(path: string | Buffer, followsLink = true, mostBytes = Infinity): Buffer {
  const { file, size } = openRegular(path, followsLink);
  try {
    if (size > mostBytes) {
      throw new PatrolError(
        "limit-exceeded",
        `${path.toString()} has ${size} bytes, more than the ${mostBytes} that such a file may have; shorten it or move it away`,
      );
    }
    const bytes = Buffer.allocUnsafe(size);
    let length = 0;
    while (length < size) {
      const read = readSync(file, bytes, length, Math.min(size - length, 1 << 30), length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** The text of a short file, as UTF-8; undefined where there is none. Of a file that is too long nothing is read. */
export function readShort(path: string): string | undefined {
  try {
    // Mostly there is none, and an error is dear to make.
    const info = statSync(path, { throwIfNoEntry: false });
    return info?.isFile() && info.size <= MOST_BYTES ? readRegular(path).toString() : undefined;
  } catch {
    return undefined;
  }
}

function isEndless(path: string | Buffer): boolean {
  try {
    const info = statSync(path, { throwIfNoEntry: false });
    return info !== undefined && !info.isFile() && !info.isDirectory();
  } catch {
    // A name that no file can have, a ring of links: git cannot open it either.
    return false;
  }
}

/**
 * A pipe or a device in the place of a file: git would wait for it for ever.
 *
 * @throws PatrolError `source-unreadable`.
 */
export function refuseEndless(path: string | Buffer): void {
  if (!isEndless(path)) return;
  throw new PatrolError(
    "source-unreadable",
    `${path.toString()} is a pipe or a device, and git would wait for it; nothing of this repository is read`,
  );
}
