// What an archive is known by.
export type ArchiveKind = "gzip" | "zstd" | "container" | "filtered";

const starts = (bytes: Uint8Array, magic: readonly number[], at = 0) =>
  magic.every((byte, index) => bytes[at + index] === byte);

const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
const TAR = [0x75, 0x73, 0x74, 0x61, 0x72];

/** Beginnings, by their first byte: every file is asked. */
const MAGIC = new Map<number, readonly { kind: ArchiveKind; magic: readonly number[] }[]>([
  [0x1f, [{ kind: "gzip", magic: [0x1f, 0x8b, 8] }]],
  [ZSTD[0]!, [{ kind: "zstd", magic: ZSTD }]],
  // zip, jar, docx, apk; the second is an empty one. The others were to be cut into several files, and are one.
  [
    0x50,
    [
      { kind: "container", magic: [0x50, 0x4b, 3, 4] },
      { kind: "container", magic: [0x50, 0x4b, 5, 6] },
      { kind: "container", magic: [0x50, 0x4b, 0x30, 0x30, 0x50, 0x4b, 3, 4] },
      { kind: "container", magic: [0x50, 0x4b, 7, 8, 0x50, 0x4b, 3, 4] },
    ],
  ],
  [0x37, [{ kind: "container", magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] }]], // 7z
  [0xfd, [{ kind: "filtered", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] }]], // xz
  [0x42, [{ kind: "filtered", magic: [0x42, 0x5a, 0x68] }]], // bzip2
  [0x52, [{ kind: "container", magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 7] }]], // rar
]);

/** Frames of zstd that are to be passed over begin with one of sixteen bytes and these three (RFC 8878, 3.1.2). */
const SKIPPABLE = [0x2a, 0x4d, 0x18];
const isSkippable = (first: number) => first >> 4 === 5;

const IS_FIRST = Uint8Array.from({ length: 256 }, (_, byte) => Number(MAGIC.has(byte) || isSkippable(byte)));

/** A first question to a buffer of at least 512 bytes, whatever stands behind the file in it: most files are none. */
export const mayBeArchive = (bytes: Uint8Array): boolean => IS_FIRST[bytes[0]!] === 1 || bytes[257] === TAR[0];

/** What a file of the first `length` bytes is by its beginning; names lie. Undefined: no archive. */
export function archiveKind(bytes: Uint8Array, length = bytes.length): ArchiveKind | undefined {
  const known = MAGIC.get(bytes[0] ?? 0)?.find(({ magic }) => length >= magic.length && starts(bytes, magic));
  if (known) return known.kind;
  if (isSkippable(bytes[0] ?? 0) && skipsToZstd(bytes, length)) return "zstd";
  return isTar(bytes, length) ? "container" : undefined;
}

/** Whether the first `length` bytes are a tar, by its first head. */
const isTar = (bytes: Uint8Array, length = bytes.length): boolean =>
  length >= 512 && bytes[257] === TAR[0] && starts(bytes, TAR, 257);

/** Whether a frame of zstd stands behind some that are to be passed over: so several programs begin that compress in parallel. */
function skipsToZstd(bytes: Uint8Array, length: number): boolean {
  let at = 0;
  while (at + 8 <= length && isSkippable(bytes[at]!) && starts(bytes, SKIPPABLE, at + 1))
    at += 8 + bytes[at + 4]! + 256 * bytes[at + 5]! + 65_536 * bytes[at + 6]! + 2 ** 24 * bytes[at + 7]!;
  return at > 0 && at + ZSTD.length <= length && starts(bytes, ZSTD, at);
}
