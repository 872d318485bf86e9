import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { NodeFiles } from "../../disk/node-files.ts";
import type { Skipped } from "../source.ts";
import { reason, type FileEntry } from "./walk.ts";

/** Gives a buffer of at least `size` bytes to read into; the engine's own memory, for one. */
export type Reserve = (size: number) => Uint8Array;

/** One growing buffer, used again and again. What was read before is overwritten. */
export function reusedBuffer(): Reserve {
  let buffer = Buffer.allocUnsafeSlow(FIRST_READ);
  return (size) => {
    if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(size)));
    return buffer;
  };
}

/** Bytes that are asked for at first: nearly all files have less, and memory that nothing is read into costs nothing. */
export const FIRST_READ = 1 << 21;
/** Of what is longer the end is asked for: few files are. */
const LEAST_PIECE = 1 << 18;
const PAGE_BYTES = 4096;
/** Node.js refuses to read 2 GiB in one piece. */
const MOST_AT_ONCE = 1 << 30;

// Windows knows neither of the two.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const READ_NO_LINK = READ | (constants.O_NOFOLLOW ?? 0);

/** Why a file was not read. */
export type Unread = Omit<Skipped, "what">;

/** Larger files are not read: Node's buffers and the engine's memory end here. */
export const LARGEST_FILE = 2 ** 31 - 1;

/** The bytes of a file, in the caller's buffer: valid until the next call; or why there are none. */
export function readInto({ location, symlink }: Place, reserve: Reserve, maxBytes = LARGEST_FILE): Uint8Array | Unread {
  const length = readLength(location, symlink !== undefined, reserve, maxBytes);
  return typeof length === "number" ? reserve(length).subarray(0, length) : length;
}

type Place = Pick<FileEntry, "location" | "symlink">;

/**
 * Reads a file into the buffer that `reserve` gives, which then holds it from its first byte on.
 *
 * Open, read and close only: asking for the size would cost a third more, and most files fit the first read. A file that was
 * swapped for a pipe or a link after it was listed is not waited for and not followed, nor does it pass for an empty one;
 * `isLink`: a link led there.
 *
 * @returns the number of bytes, or why there are none; `isAsked` when `maxBytes` was the only obstacle.
 */
export function readLength(
  location: string | Buffer,
  isLink: boolean,
  reserve: Reserve,
  maxBytes = LARGEST_FILE,
): number | Unread {
  let file = -1;
  try {
    file = openSync(location, isLink ? READ : READ_NO_LINK);
    // To say from where to read fails for a pipe, at no cost.
    const read = readSync(file, reserve(FIRST_READ), 0, FIRST_READ, 0);
    const length = isAll(read) ? read : readOn(file, read, reserve, maxBytes);
    if (length > maxBytes) return tooLarge(length, maxBytes);
    return length < 0 ? { why: "it became shorter while it was read" } : length;
  } catch (error) {
    const isSwapped = !isLink && (error as NodeJS.ErrnoException).code === "ELOOP";
    return { why: isSwapped ? "it became a link after it was listed" : reason(error) };
  } finally {
    if (file >= 0) closeSync(file);
  }
}

/**
 * Reads the rest of a file of which the first `length` bytes were read. The result is its length, its size if that is too large,
 * or -1 if it became shorter.
 */
function readOn(file: number, length: number, reserve: Reserve, maxBytes: number): number {
  let room = FIRST_READ;
  length += readFrom(file, reserve(room), length, room - length);
  if (length < room) return length;
  const { size } = fstatSync(file);
  if (size > maxBytes) return size;
  // A file that grows while it is read, or whose size nobody knows, is read on.
  room = Math.max(size + 1, 2 * length);
  for (let isFull = true; isFull && length <= maxBytes; room = 2 * length) {
    // From its first byte on again: to keep what was read takes memory of its own, which is dearer.
    length = readFrom(file, reserve(room), 0, room);
    isFull = length === room;
  }
  return length < size ? -1 : length;
}

/** Instead of a length: the file has `FIRST_READ` bytes and more, or cannot be read, as `readLength` will tell. */
export const UNTOLD = -1;

/** Reads a file that no link led to into a buffer of at least `FIRST_READ` bytes. The result is its length, or `UNTOLD`. */
export function smallReader({ open, read, close }: NodeFiles): (location: string, buffer: Uint8Array) => number {
  return (location, buffer) => {
    let file = -1;
    try {
      file = open(location, READ_NO_LINK, 0);
      const first = read(file, buffer, 0, FIRST_READ, 0);
      const length = isAll(first) ? first : first + readFrom(file, buffer, first, FIRST_READ - first);
      return length < FIRST_READ ? length : UNTOLD;
    } catch {
      return UNTOLD;
    } finally {
      if (file >= 0) close(file);
    }
  };
}

/** Why a file of `size` bytes was not read. */
export const tooLarge = (size: number, maxBytes?: number): Unread =>
  maxBytes === LARGEST_FILE
    ? { why: `${Math.ceil(size / 1e6)} MB, and at most 2147 MB can be scanned at once` }
    : { why: `larger than --max-target-megabytes allows (${Math.ceil(size / 1e6)} MB)`, isAsked: true };

/** Reads from the place `at` of the file to the same place of the buffer. */
function readFrom(file: number, buffer: Uint8Array, at: number, room: number): number {
  let length = 0;
  while (length < room) {
    const read = readSync(file, buffer, at + length, Math.min(room - length, MOST_AT_ONCE), at + length);
    length += read;
    if (read === 0) break;
  }
  return length;
}

/**
 * Whether a first read gave all of a file. A regular one gives less than asked only at its end; the next call would give nothing. One
 * that the kernel makes up, as below /proc, gives the lines that fit a page at every call; and one from elsewhere may come in pieces.
 */
const isAll = (read: number): boolean =>
  read === 0 || (read < LEAST_PIECE && (read < PAGE_BYTES / 2 || read > PAGE_BYTES));
