// Whether a file of an archive stands in the archive's bytes as it is.
const TAR_BLOCK = 512;
const TAR_MAGIC_AT = 257;
const TAR_MAGIC = Buffer.from("ustar");
const ZIP_LOCAL = Buffer.from("PK\x03\x04");
const ZIP_LOCAL_BYTES = 30;
/** Names and extra fields before a file in a zip that are looked over. */
const MOST_ZIP_NAMES = 8192;

const standsAt = (bytes: Buffer, part: Uint8Array, at: number) =>
  at >= 0 && at + part.length <= bytes.length && bytes.subarray(at, at + part.length).equals(part);

const isTarHead = (bytes: Buffer, at: number) => standsAt(bytes, TAR_MAGIC, at + TAR_MAGIC_AT);

/** Whether the head of a stored file of a zip ends at `end`. */
function endsZipHead(bytes: Buffer, end: number): boolean {
  const from = Math.max(0, end - ZIP_LOCAL_BYTES - MOST_ZIP_NAMES);
  for (let at = end - ZIP_LOCAL_BYTES; at >= from; at--) {
    at = bytes.lastIndexOf(ZIP_LOCAL, at);
    if (at < from) return false;
    const isStored = bytes.readUInt16LE(at + 8) === 0;
    const names = bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
    if (isStored && at + ZIP_LOCAL_BYTES + names === end) return true;
  }
  return false;
}

/** Whether the archive says before each file what follows. */
export const hasHeads = (archive: Buffer): boolean => isTarHead(archive, 0) || standsAt(archive, ZIP_LOCAL, 0);

/** Bytes that are compared on each side. */
const MOST_AROUND = 4096;
/** With fewer that are alike, and other ones beyond, it is another text. */
const FEWEST_ALIKE = 32;

/**
 * How many bytes around a part of a file are the same around that place of its archive, the part itself among them; 0: it is another
 * text that only holds the same.
 */
export function likeAround(file: Buffer, start: number, end: number, archive: Buffer, place: number): number {
  const by = place - start;
  if (!standsAt(archive, file.subarray(start, end), place)) return 0;
  let [from, to] = [start, end];
  while (from > 0 && start - from < MOST_AROUND && file[from - 1] === archive[from - 1 + by]) from--;
  while (to < file.length && to - end < MOST_AROUND && file[to] === archive[to + by]) to++;
  const isAll = from === 0 && to === file.length;
  return isAll || to - from - (end - start) >= FEWEST_ALIKE ? to - from : 0;
}

/**
 * Whether `file`, which was taken out of the archive, stands at `at` of it, and is no text that only reads the same: of a tar and a zip
 * the head before it has to say so. Other kinds have hardly any room for such text.
 */
export function isStoredAt(archive: Buffer, file: Uint8Array, at: number): boolean {
  if (at < 0 || at + file.length > archive.length) return false;
  const isHeaded = !hasHeads(archive) || isTarHead(archive, at - TAR_BLOCK) || endsZipHead(archive, at);
  return isHeaded && standsAt(archive, file, at);
}
