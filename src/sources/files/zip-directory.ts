// Which files of a zip its directory lists (APPNOTE.TXT, 4.3), found where libarchive finds it.

/** Where something stands in the archive. */
export type Place = readonly [from: number, to: number];

export interface ListedFile {
  /** Where its own head stands. */
  readonly local: number;
  readonly packedBytes: number;
  readonly name: Place;
  readonly extra: Place;
  /** Whether the directory takes it for something that has no content, such as a folder or a device. */
  readonly isNoFile: boolean;
}

const END = Buffer.from("PK\x05\x06");
const LISTED = Buffer.from("PK\x01\x02");
const END_64 = Buffer.from("PK\x06\x06");
const LOCATOR_64 = Buffer.from("PK\x06\x07");
const [END_BYTES, END_64_BYTES, LOCATOR_64_BYTES, LISTED_BYTES] = [22, 56, 20, 46];
/** The end is looked for in so many bytes at the end of all. */
const LAST_BYTES = 16_384;

const isAt = (zip: Buffer, at: number, magic: Buffer) => zip.subarray(at, at + magic.length).equals(magic);

const number64 = (zip: Buffer, at: number) => Number(zip.readBigUInt64LE(at));

interface Directory {
  /** Where it says that it stands, and where to look for it. */
  readonly told: number;
  readonly from: number;
}

function directory64(zip: Buffer, end: number): Directory | undefined {
  const locator = end - LOCATOR_64_BYTES;
  if (locator < 0 || !isAt(zip, locator, LOCATOR_64)) return undefined;
  const at = number64(zip, locator + 8);
  if (zip.readUInt32LE(locator + 4) !== 0 || zip.readUInt32LE(locator + 16) !== 1) return undefined;
  if (at + END_64_BYTES > zip.length || zip.readBigUInt64LE(at + 16) !== 0n) return undefined;
  if (zip.readBigUInt64LE(at + 24) !== zip.readBigUInt64LE(at + 32)) return undefined;
  const told = number64(zip, at + 48);
  return { told, from: told };
}

function directoryOf(zip: Buffer): Directory | undefined {
  const end = zip.lastIndexOf(END, zip.length - END_BYTES);
  if (end < 0 || end < zip.length - LAST_BYTES || zip[0] !== END[0]) return undefined;
  const long = directory64(zip, end);
  if (long) return long;
  const isOneDisk = zip.readUInt32LE(end + 4) === 0 && zip.readUInt16LE(end + 8) === zip.readUInt16LE(end + 10);
  const [size, told] = [zip.readUInt32LE(end + 12), zip.readUInt32LE(end + 16)];
  return isOneDisk && told + size <= end ? { told, from: end - size } : undefined;
}

/** Where the directory begins, which may be further on than it should: something may stand before the archive. */
function firstListed(zip: Buffer, from: number): number {
  for (let at = zip.indexOf("PK", from); at >= 0; at = zip.indexOf("PK", at + 1))
    if ([LISTED, END, END_64].some((magic) => isAt(zip, at, magic))) return at;
  return zip.length;
}

/** A number that has no room in a head, 0xffffffff there, stands in an extra field. */
const NO_ROOM = 0xffff_ffff;
const EXTRA_64 = 1;

function longNumbers(zip: Buffer, [from, to]: Place, short: readonly number[]): number[] {
  for (let at = from; at + 4 <= to; at += 4 + zip.readUInt16LE(at + 2)) {
    if (zip.readUInt16LE(at) !== EXTRA_64) continue;
    const end = Math.min(to, at + 4 + zip.readUInt16LE(at + 2));
    let next = at + 4;
    return short.map((value) => {
      if (value !== NO_ROOM || next + 8 > end) return value;
      next += 8;
      return number64(zip, next - 8);
    });
  }
  return [...short];
}

const [DOS, UNIX] = [0, 3];
const DOS_FOLDER = 0x10;
const [TYPE, REGULAR, LINK] = [0o170_000, 0o100_000, 0o120_000];

function isNoFile(system: number, attributes: number): boolean {
  if (system === DOS) return (attributes & DOS_FOLDER) !== 0;
  const type = system === UNIX ? (attributes >>> 16) & TYPE : 0;
  return type !== 0 && type !== REGULAR && type !== LINK;
}

/** The files that the directory lists, in its order. Undefined: there is none, and libarchive goes from head to head. */
export function listedFiles(bytes: Uint8Array): ListedFile[] | undefined {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const directory = directoryOf(zip);
  if (directory === undefined) return undefined;
  const begin = firstListed(zip, directory.from);
  const correction = begin - directory.told;
  const found: ListedFile[] = [];
  for (let at = begin; at + LISTED_BYTES <= zip.length && isAt(zip, at, LISTED);) {
    const from = at + LISTED_BYTES;
    const to = Math.min(from + zip.readUInt16LE(at + 28), zip.length);
    const extra: Place = [to, Math.min(to + zip.readUInt16LE(at + 30), zip.length)];
    const short = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const [, packedBytes = 0, local = 0] = longNumbers(zip, extra, short);
    const isOther = isNoFile(zip[at + 5]!, zip.readUInt32LE(at + 38));
    found.push({ local: local + correction, packedBytes, name: [from, to], extra, isNoFile: isOther });
    at = extra[1] + zip.readUInt16LE(at + 32);
  }
  return found;
}
