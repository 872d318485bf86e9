// Names in a zip or tar beyond ASCII. The build of libarchive that reads them knows no other letters: it tells such a name with a
// `*` for each, or not at all. So it is given them with other letters in their place, and what it tells is turned back.
import { listedFiles, type Place } from "./zip-directory.ts";

/** An archive of which libarchive can tell each name, and what the names are. */
export interface PlainNames {
  readonly bytes: Uint8Array;
  /** What an entry is called, by what libarchive calls it; of entries that it calls the same the next one. */
  readonly nameOf: (told: string) => string;
}

interface Named {
  readonly name: Buffer;
  /** Everywhere that it stands, in parts that are put together with a slash between them. */
  readonly parts: readonly [Place, ...Place[]];
  readonly more?: readonly Place[];
  /** Where it says what stands for the name, or where a link leads; libarchive is given these as they are. */
  readonly beside?: readonly Place[];
}

/** Stands for each byte that is none of ASCII. */
const STAND_IN = 0x5f;

const isBeyond = (bytes: Uint8Array) => bytes.some((byte) => byte > 0x7f);

function asPlain(name: Buffer): Buffer {
  const plain = Buffer.from(name);
  for (let at = 0; at < plain.length; at++) if (plain[at]! > 0x7f) plain[at] = STAND_IN;
  return plain;
}

/** What a name is up to its first NUL. */
function toNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const ZIP_BEGIN = Buffer.from("PK");
const ZIP_LOCAL = Buffer.from("PK\x03\x04");
const ZIP_LOCAL_BYTES = 30;
/** The extra field of Info-ZIP that has the name in UTF-8 (APPNOTE.TXT, 4.6.9): id, size, version, a sum of the other name. */
const [UNICODE_PATH, UNICODE_PATH_HEAD] = [0x7075, 9];

/** Where the extra fields of a file from `from` to `to` have its name in UTF-8. */
function unicodePath(zip: Buffer, [from, to]: Place): Place | undefined {
  const last = Math.min(to, zip.length);
  for (let at = from; at + 4 <= last; at += 4 + zip.readUInt16LE(at + 2)) {
    const end = at + 4 + zip.readUInt16LE(at + 2);
    if (zip.readUInt16LE(at) === UNICODE_PATH && at + UNICODE_PATH_HEAD < end && end <= last)
      return [at + UNICODE_PATH_HEAD, end];
  }
  return undefined;
}

/** The files that a zip's directory lists, in the order in which they lie in it, which is libarchive's. */
function namesInZip(zip: Buffer): Named[] {
  const found: (Named & { readonly local: number })[] = [];
  for (const { local, name: listed, extra } of listedFiles(zip) ?? []) {
    if (local < 0 || local + ZIP_LOCAL_BYTES > zip.length) continue;
    if (!zip.subarray(local, local + 4).equals(ZIP_LOCAL)) continue;
    const begin = local + ZIP_LOCAL_BYTES;
    const place: Place = [begin, begin + zip.readUInt16LE(local + 26)];
    const inLocal = unicodePath(zip, [place[1], place[1] + zip.readUInt16LE(local + 28)]);
    const inList = unicodePath(zip, extra);
    const name = zip.subarray(...(inList ?? place));
    const beside = [inLocal, inList].filter((one) => one !== undefined);
    found.push({ name, parts: [place], more: [listed], beside, local });
  }
  // Those that lie in each other nobody made but to be read again and again.
  let end = 0;
  return found
    .sort((a, b) => a.local - b.local)
    .filter(({ local, parts: [[, to]] }) => local >= end && ((end = to), true));
}

const TAR_BLOCK = 512;
const TAR_NAME: Place = [0, 100];
const TAR_SIZE: Place = [124, 136];
const TAR_SUM: Place = [148, 156];
const TAR_TYPE = 156;
const TAR_LINK: Place = [157, 257];
const TAR_PREFIX: Place = [345, 500];
/** More are not looked through: no archive is opened that has as many entries. */
const MOST_HEADS = 200_000;
const USTAR = Buffer.from("ustar\0");
const USTAR_AT = 257;

function sumOf(head: Buffer): number {
  let sum = 0;
  for (let at = 0; at < head.length; at++) sum += at >= TAR_SUM[0] && at < TAR_SUM[1] ? 0x20 : head[at]!;
  return sum;
}

const octal = (head: Buffer, [from, to]: Place) =>
  Number.parseInt(head.toString("latin1", from, to).replace(/^[\0 ]+/, ""), 8);

/** Whether a head is what it says. */
const addsUp = (head: Buffer) => octal(head, TAR_SUM) === sumOf(head);

/** Whether the bytes are a tar as it lies there, of which nothing has to be unpacked. */
export const isPlainTar = (bytes: Uint8Array): boolean =>
  bytes.length >= TAR_BLOCK && addsUp(Buffer.from(bytes.buffer, bytes.byteOffset, TAR_BLOCK));

/** A size is octal, or what follows a set bit. */
const sizeIn = (head: Buffer) =>
  head[TAR_SIZE[0]]! & 0x80 ? head.readUIntBE(TAR_SIZE[1] - 6, 6) : octal(head, TAR_SIZE) || 0;

/** Where the value of a key stands in the records of an extended header: `length key=value`, and a line feed. */
function recordOf(name: "path" | "linkpath", records: Buffer, base: number): Place | undefined {
  for (let at = 0; at < records.length;) {
    const blank = records.indexOf(0x20, at);
    const length = Number(records.toString("latin1", at, Math.min(Math.max(blank, at), at + 12)));
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at) return undefined;
    const key = `${name}=`;
    if (records.toString("latin1", blank + 1, blank + 1 + key.length) === key)
      return [base + blank + 1 + key.length, base + at + length - 1];
    at += length;
  }
  return undefined;
}

/** The entries of a tar; of each the heads before it, whose sums count the bytes of names. */
function namesInTar(tar: Buffer, heads: number[]): Named[] {
  const found: Named[] = [];
  /** A longer name for the next entry, as GNU and POSIX have it. */
  let long: Place | undefined;
  /** Where it leads, and what such a head is called itself. */
  let beside: Place[] = [];
  for (let at = 0; at + TAR_BLOCK <= tar.length && heads.length < MOST_HEADS;) {
    const head = tar.subarray(at, at + TAR_BLOCK);
    if (!addsUp(head)) break;
    heads.push(at);
    const size = sizeIn(head);
    const content = at + TAR_BLOCK;
    const type = String.fromCharCode(head[TAR_TYPE]!);
    at = content + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    const field = ([from, to]: Place): Place => {
      const begin = content - TAR_BLOCK + from;
      return [begin, begin + toNul(head.subarray(from, to)).length];
    };
    const text = (): Place => [content, content + toNul(tar.subarray(content, content + size)).length];
    if (type === "L") long = text();
    else if (type === "K") beside.push(text());
    else if (type === "x" || type === "X") {
      const records = tar.subarray(content, content + size);
      long = recordOf("path", records, content) ?? long;
      const link = recordOf("linkpath", records, content);
      beside.push(field(TAR_NAME), ...(link ? [link] : []));
    } else if (type !== "g") {
      const prefix = field(TAR_PREFIX);
      const hasPrefix = prefix[1] > prefix[0] && head.subarray(USTAR_AT, USTAR_AT + USTAR.length).equals(USTAR);
      const own: [Place, ...Place[]] = hasPrefix ? [prefix, field(TAR_NAME)] : [field(TAR_NAME)];
      const parts: Named["parts"] = long ? [long] : own;
      const name = Buffer.from(parts.map(([from, to]) => tar.toString("latin1", from, to)).join("/"), "latin1");
      found.push({ name, parts, ...(long && { more: own }), beside: [...beside, field(TAR_LINK)] });
      [long, beside] = [undefined, []];
    }
  }
  return found;
}

const namesIn = (archive: Buffer, heads: number[]): Named[] =>
  archive.subarray(0, 2).equals(ZIP_BEGIN) ? namesInZip(archive) : namesInTar(archive, heads);

/** Where a zip or tar says its names and where links lead, in order. */
export const placesOfNames = (archive: Buffer): Place[] =>
  namesIn(archive, [])
    .flatMap(({ parts, more = [], beside = [] }) => [...parts, ...more, ...beside])
    .sort(([a], [b]) => a - b);

/** The archive with plain names, where it has others. */
export function plainNames(bytes: Uint8Array): PlainNames {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const heads: number[] = [];
  const named = namesIn(archive, heads);
  const places = named.flatMap(({ parts, more = [] }) => [...parts, ...more]);
  if (!places.some(([from, to]) => isBeyond(archive.subarray(from, to)))) return { bytes, nameOf: (told) => told };
  const plain = Buffer.from(archive);
  for (const [from, to] of places) asPlain(archive.subarray(from, to)).copy(plain, from);
  for (const at of heads) {
    const head = plain.subarray(at, at + TAR_BLOCK);
    head.write(`${sumOf(head).toString(8).padStart(6, "0")}\0 `, TAR_SUM[0], "latin1");
  }
  const waiting = new Map<string, string[]>();
  for (const { name, parts } of named) {
    const told = parts.map(([from, to]) => toNul(plain.subarray(from, to)).toString("latin1")).join("/");
    const same = waiting.get(told);
    if (same === undefined) waiting.set(told, [name.toString("utf8")]);
    else same.push(name.toString("utf8"));
  }
  return { bytes: plain, nameOf: (told) => waiting.get(told)?.shift() ?? told };
}
