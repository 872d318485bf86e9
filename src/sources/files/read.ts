import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Skipped } from "../source.ts";
import { reason, type FileEntry } from "./walk.ts";

/** Gives a buffer of at least `size` bytes to read into; the engine's own memory, for one. */
export type Reserve = (size: number) => Uint8Array;

/** One growing buffer, used again and again. What was read before is overwritten. */
export function reusedBuffer(firstSize = 1 << 20): Reserve {
  let buffer = Buffer.allocUnsafeSlow(firstSize);
  return (size) => {
    if (size > buffer.length) buffer = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(size)));
    return buffer;
  };
}

const SMALL = 1 << 18;
const PAGE_BYTES = 4096;

// Windows knows neither of the two.
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const READ_NO_LINK = READ | (constants.O_NOFOLLOW ?? 0);

/** Why a file was not read. */
export type Unread = Omit<Skipped, "what">;

/** Larger files are not read: Node's buffers and the engine's memory end here. */
export const LARGEST_FILE = 2 ** 31 - 1;

/** The bytes of a file, in the caller's buffer: valid until the next call; or why there are none. */
export function readInto(entry: FileEntry, reserve: Reserve, maxBytes = LARGEST_FILE): Uint8Array | Unread {
  const length = readLength(entry, reserve, maxBytes);
  return typeof length === "number" ? reserve(length).subarray(0, length) : length;
}

/**
 * Reads a file into the buffer that `reserve` gives, which then holds it from its first byte on.
 *
 * Open, read and close only: asking for the size would cost a third more, and most files fit the first read. A file that was
 * swapped for a pipe or a link after it was listed is not waited for and not followed.
 *
 * @returns the number of bytes, or why there are none; `isAsked` when `maxBytes` was the only obstacle.
 */
export function readLength(
  entry: Pick<FileEntry, "location" | "symlink">,
  reserve: Reserve,
  maxBytes = LARGEST_FILE,
): number | Unread {
  let file: number | undefined;
  try {
    file = openSync(entry.location, entry.symlink === undefined ? READ_NO_LINK : READ);
    let buffer = reserve(SMALL);
    let length = readFrom(file, buffer, 0, SMALL);
    if (length === SMALL) {
      const size = fstatSync(file).size;
      if (size > maxBytes) return tooLarge(size, maxBytes);
      // A file that grows while it is read, or whose size nobody knows, is read on.
      for (let room = Math.max(size + 1, 2 * length), isFull = true; isFull && length <= maxBytes; room = 2 * length) {
        const head = buffer.slice(0, length);
        buffer = reserve(room);
        buffer.set(head);
        length += readFrom(file, buffer, length, room - length);
        isFull = length === room;
      }
    }
    if (length > maxBytes) return tooLarge(length, maxBytes);
    return length;
  } catch (error) {
    return { why: reason(error) };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Why a file of `size` bytes was not read. */
export const tooLarge = (size: number, maxBytes?: number): Unread =>
  maxBytes === LARGEST_FILE
    ? { why: `${Math.ceil(size / 1e6)} MB, and at most 2147 MB can be scanned at once` }
    : { why: `larger than --max-target-megabytes allows (${Math.ceil(size / 1e6)} MB)`, isAsked: true };

function readFrom(file: number, buffer: Uint8Array, at: number, room: number): number {
  let length = 0;
  while (length < room) {
    const read = readSync(file, buffer, at + length, room - length, null);
    if (read === 0) break;
    length += read;
    // A regular file gives less than asked only at its end; the next call would give nothing. One that the kernel makes up, as below
    // /proc, gives the lines that fit a page at every call.
    const mayGoOn = at > 0 || length > read || (read >= PAGE_BYTES / 2 && read <= PAGE_BYTES);
    if (length < room && !mayGoOn) break;
  }
  return length;
}
