// Files that a person names, who may name a pipe or a device as well: what a shell writes for <(command), for one.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { PatrolError } from "../model/errors.ts";
import { codeOf, PATIENCE_MS, PAUSE_MS, pause } from "./patience.ts";
import { whyOf } from "./why.ts";

const FIRST_READ = 1 << 16;

// Windows does not know O_NONBLOCK. With it a pipe that nobody writes to can be opened, and given up.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** A report of findings, a kilobyte or two each. It is read as one string, of which Node allows 512 MB. */
export const MOST_REPORT_BYTES = 256 << 20;
/** A key, a token, a template. */
export const MOST_SHORT_BYTES = 1 << 20;

export interface NamedFile {
  /** The flag or variable that named it, for messages. */
  readonly by: string;
  readonly mostBytes: number;
  /** How long a pipe may give nothing. */
  readonly patienceMs?: number;
}

/**
 * The bytes of a file, pipe or device.
 *
 * @throws PatrolError `usage-invalid` where nothing can be read, or a pipe gives nothing for a minute, and `limit-exceeded`
 * for more than `mostBytes`; of an endless device no more than that is read.
 */
export function readNamed(path: string, { by, mostBytes, patienceMs = PATIENCE_MS }: NamedFile): Buffer {
  let file = -1;
  try {
    file = openSync(path, READ);
    const info = fstatSync(file);
    const size = info.isFile() ? info.size : 0;
    if (size > mostBytes) throw tooLong(by, `${path} has ${size} bytes,`, mostBytes);
    const source = new Source(file, info.isFIFO() && isNamedPipe(path), patienceMs);
    let buffer = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(size, FIRST_READ)) + 1);
    let length = 0;
    for (;;) {
      if (length === buffer.length) {
        if (length > mostBytes) throw tooLong(by, `${path} gives`, mostBytes);
        const larger = Buffer.allocUnsafe(Math.min(mostBytes + 1, 2 * length));
        buffer.copy(larger);
        buffer = larger;
      }
      const read = source.read(buffer, length);
      if (read === undefined)
        throw new PatrolError(
          "usage-invalid",
          `${by}: nothing came out of the pipe ${path} for ${patienceMs / 1000} seconds; name a file, or write to it`,
        );
      if (read === 0) return buffer.subarray(0, length);
      length += read;
    }
  } catch (error) {
    if (error instanceof PatrolError) throw error;
    throw new PatrolError("usage-invalid", `${by}: cannot read ${path}: ${whyOf(error)}`, { cause: error });
  } finally {
    if (file >= 0) closeSync(file);
  }
}

const tooLong = (by: string, what: string, mostBytes: number) =>
  new PatrolError(
    "limit-exceeded",
    `${by}: ${what} more than the ${mostBytes} bytes that such a file may have; shorten it or name another`,
  );

/** What a shell makes for a command has no name that leads to it: there the end is the end. */
function isNamedPipe(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}

/** Reads on from where it is, also from what has no places to read from, and waits where there is nothing yet. */
class Source {
  readonly #file: number;
  readonly #patienceMs: number;
  #mayBegin: boolean;

  /** @param mayBegin whether an end before the first byte says only that nobody writes to it yet. */
  constructor(file: number, mayBegin: boolean, patienceMs: number) {
    this.#file = file;
    this.#mayBegin = mayBegin;
    this.#patienceMs = patienceMs;
  }

  /** How many bytes came, 0 at the end; undefined where none came in time. */
  read(buffer: Buffer, at: number): number | undefined {
    for (let waitedMs = 0; waitedMs < this.#patienceMs; waitedMs += PAUSE_MS) {
      const read = this.#readNow(buffer, at);
      if (read !== undefined) {
        this.#mayBegin = false;
        return read;
      }
      pause();
    }
    return undefined;
  }

  #readNow(buffer: Buffer, at: number): number | undefined {
    try {
      const read = readSync(this.#file, buffer, at, Math.min(buffer.length - at, 1 << 30), null);
      return read === 0 && this.#mayBegin ? undefined : read;
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return undefined;
      throw error;
    }
  }
}
