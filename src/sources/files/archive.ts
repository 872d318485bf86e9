import { gunzipSync } from "node:zlib";
import type { ArchiveReader as Reader } from "libarchive-wasm";
import type { Skipped } from "../source.ts";

/** What an archive may cost. Whatever passes a limit is reported and not unpacked further. */
export interface ArchiveLimits {
  /** How many archives may stand in each other; 0: none is opened. */
  readonly depth: number;
  /** Bytes of one unpacked entry. */
  readonly entryBytes: number;
  /** Bytes unpacked from one outermost archive in all. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Unpacked bytes for each packed byte, once more than `ratioFrom` bytes were unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  depth: 0,
  entryBytes: 256 << 20,
  totalBytes: 1 << 30,
  entries: 100_000,
  ratio: 250,
  ratioFrom: 32 << 20,
};

export type ArchiveKind = "gzip" | "zstd" | "container" | "filtered";

const starts = (bytes: Uint8Array, magic: readonly number[], at = 0) =>
  magic.every((byte, index) => bytes[at + index] === byte);

const TAR = [0x75, 0x73, 0x74, 0x61, 0x72];

/** Beginnings, by their first byte: every file is asked. */
const MAGIC = new Map<number, readonly { kind: ArchiveKind; magic: readonly number[] }[]>([
  [0x1f, [{ kind: "gzip", magic: [0x1f, 0x8b, 8] }]],
  [0x28, [{ kind: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd] }]],
  // zip, jar, docx, apk; the second is an empty one.
  [
    0x50,
    [
      { kind: "container", magic: [0x50, 0x4b, 3, 4] },
      { kind: "container", magic: [0x50, 0x4b, 5, 6] },
    ],
  ],
  [0x37, [{ kind: "container", magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] }]], // 7z
  [0xfd, [{ kind: "filtered", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] }]], // xz
  [0x42, [{ kind: "filtered", magic: [0x42, 0x5a, 0x68] }]], // bzip2
  [0x52, [{ kind: "container", magic: [0x52, 0x61, 0x72, 0x21, 0x1a, 7] }]], // rar
]);

const IS_FIRST = Uint8Array.from({ length: 256 }, (_, byte) => Number(MAGIC.has(byte)));

/** A first question to a buffer of at least 512 bytes, whatever stands behind the file in it: most files are none. */
export const mayBeArchive = (bytes: Uint8Array): boolean => IS_FIRST[bytes[0]!] === 1 || bytes[257] === TAR[0];

/** What a file of the first `length` bytes is by its beginning; names lie. Undefined: no archive. */
export function archiveKind(bytes: Uint8Array, length = bytes.length): ArchiveKind | undefined {
  const known = MAGIC.get(bytes[0] ?? 0)?.find(({ magic }) => length >= magic.length && starts(bytes, magic));
  if (known) return known.kind;
  return length >= 512 && bytes[257] === TAR[0] && starts(bytes, TAR, 257) ? "container" : undefined;
}

export interface UnpackedFile {
  /** `outer.zip!inner/path`, as gitleaks writes it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a compressed file is called inside. */
const innerName = (path: string) =>
  (/[^/!]*$/.exec(path)?.[0] ?? "").replace(/\.(gz|zst|xz|bz2)$/, "").replace(/\.(tgz|tzst|txz|tbz2?)$/, ".tar");

class LimitReached extends Error {}

interface Budget {
  readonly packed: number;
  total: number;
  entries: number;
}

/** Opens archives in memory: nothing is written to disk, no link or path of an archive is ever followed. */
export interface Unpacker {
  /** The files in an archive, and in archives inside it. `skipped` hears of every limit and every corrupt part. */
  unpack(path: string, bytes: Uint8Array, skipped: (item: Skipped) => void): Generator<UnpackedFile>;
}

let carried: (() => Uint8Array) | undefined;

/** For the standalone binary, which carries libarchive in itself. */
export function carryLibarchive(read: () => Uint8Array): void {
  carried = read;
}

/** Loads the readers once; containers are read by libarchive in WebAssembly, which can corrupt nothing but its own memory. */
export async function createUnpacker(limits: ArchiveLimits): Promise<Unpacker> {
  const { ArchiveReader, libarchiveWasm } = await import("libarchive-wasm");
  const { Decompress } = await import("fzstd");
  const { takeOut } = await import("./lone.ts");
  const load = () => libarchiveWasm(carried && { wasmBinary: carried() });
  let library = await load();
  // Instances that met a corrupt archive are thrown away; one spare lets the generator stay synchronous.
  let spare = await load();
  let replacing: Promise<void> | undefined;

  const spend = (budget: Budget, bytes: number) => {
    budget.total += bytes;
    if (budget.total > limits.totalBytes) throw new LimitReached(`more than ${limits.totalBytes >> 20} MB unpacked`);
    if (budget.total > limits.ratioFrom && budget.total > budget.packed * limits.ratio)
      throw new LimitReached(`unpacks to more than ${limits.ratio} times its size`);
  };

  function inflate(bytes: Uint8Array, budget: Budget): Uint8Array {
    try {
      const inflated = gunzipSync(bytes, { maxOutputLength: Math.min(limits.entryBytes, limits.totalBytes) });
      spend(budget, inflated.length);
      return inflated;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        throw new LimitReached(`unpacks to more than ${limits.entryBytes >> 20} MB`);
      throw error;
    }
  }

  function inflateZstd(bytes: Uint8Array, budget: Budget): Uint8Array {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let ended = false;
    const stream = new Decompress((chunk, final) => {
      size += chunk.length;
      if (size > limits.entryBytes) throw new LimitReached(`unpacks to more than ${limits.entryBytes >> 20} MB`);
      spend(budget, chunk.length);
      chunks.push(chunk.slice());
      ended ||= final === true;
    });
    for (let at = 0; at < bytes.length; at += 1 << 16)
      stream.push(bytes.subarray(at, at + (1 << 16)), at + (1 << 16) >= bytes.length);
    if (!ended) throw new Error("ends too early");
    return Buffer.concat(chunks);
  }

  /** Away with an instance that met something corrupt. */
  const replace = () => {
    library = spare;
    replacing = load().then((fresh) => {
      spare = fresh;
    });
  };

  /** The bytes of one file in xz or bzip2. */
  function lone(bytes: Uint8Array, budget: Budget): Uint8Array {
    let size = 0;
    try {
      return takeOut(library, bytes, (more) => {
        size += more;
        if (size > limits.entryBytes) throw new LimitReached(`unpacks to more than ${limits.entryBytes >> 20} MB`);
        spend(budget, more);
      });
    } catch (error) {
      replace();
      throw error;
    }
  }

  function* container(path: string, bytes: Uint8Array, budget: Budget, skipped: (item: Skipped) => void) {
    let reader: Reader | undefined;
    let pointer = 0;
    try {
      reader = new ArchiveReader(library, new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length));
      pointer = library.module._malloc(1 << 16);
      for (;;) {
        const entry = reader.nextEntry();
        if (!entry) break;
        if (++budget.entries > limits.entries) throw new LimitReached(`more than ${limits.entries} entries`);
        const name = `${path}!${entry.getPathname()}`;
        if (entry.getFiletype() !== "File") continue;
        if (entry.isEncrypted()) {
          skipped({ what: name, why: "encrypted" });
          continue;
        }
        const content = contentOf(reader, pointer, budget);
        if (content) yield { path: name, bytes: content };
        else {
          const why = `unpacks to more than ${limits.entryBytes >> 20} MB`;
          // To pass over the rest of it, all of it would have to be unpacked.
          if (archiveKind(bytes) === "filtered") throw new LimitReached(`${name} ${why}`);
          skipped({ what: name, why });
        }
      }
      const complaint = library.error_string(reader.archive) as string | null;
      if (complaint) throw new Error(complaint);
      library.module._free(pointer);
      reader.free();
    } catch (error) {
      replace();
      throw error;
    }
  }

  /** An entry's bytes, read in pieces so that a size the archive lies about allocates nothing; undefined when too large. */
  function contentOf(reader: Reader, pointer: number, budget: Budget): Uint8Array | undefined {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const read = library.read_data(reader.archive, pointer, 1 << 16);
      if (read === 0) return Buffer.concat(chunks);
      size += read;
      spend(budget, read);
      if (size > limits.entryBytes) return undefined;
      chunks.push(Buffer.from(library.module.HEAP8.slice(pointer, pointer + read).buffer));
    }
  }

  function* open(
    file: UnpackedFile,
    depth: number,
    budget: Budget,
    skipped: (item: Skipped) => void,
  ): Generator<UnpackedFile> {
    const kind = archiveKind(file.bytes);
    if (!kind) {
      yield file;
      return;
    }
    if (depth > limits.depth) {
      skipped({
        what: file.path,
        why: `archives nested deeper than --max-archive-depth ${limits.depth}`,
        isAsked: true,
      });
      return;
    }
    switch (kind) {
      case "gzip":
      case "zstd": {
        const bytes = kind === "gzip" ? inflate(file.bytes, budget) : inflateZstd(file.bytes, budget);
        // A tar inside gzip is one archive to everybody but a parser: it costs no depth and no name of its own.
        if (archiveKind(bytes) === "container") yield* open({ path: file.path, bytes }, depth, budget, skipped);
        else yield* open({ path: `${file.path}!${innerName(file.path)}`, bytes }, depth + 1, budget, skipped);
        return;
      }
      case "container":
        for (const inner of container(file.path, file.bytes, budget, skipped))
          yield* open(inner, depth + 1, budget, skipped);
        return;
      case "filtered": {
        const before = budget.entries;
        try {
          for (const inner of container(file.path, file.bytes, budget, skipped))
            yield* open(inner, depth + 1, budget, skipped);
        } catch (error) {
          // libarchive reads what is inside of the compression only if that is an archive.
          if (error instanceof LimitReached || budget.entries > before) throw error;
        }
        if (budget.entries > before) return;
        const bytes = lone(file.bytes, budget);
        yield* open({ path: `${file.path}!${innerName(file.path)}`, bytes }, depth + 1, budget, skipped);
      }
    }
  }

  return {
    *unpack(path, bytes, skipped) {
      try {
        // Copied: the caller's buffer may be the engine's, which is overwritten while the archive is still read.
        const budget = { packed: bytes.length, total: 0, entries: 0 };
        yield* open({ path, bytes: bytes.slice() }, 1, budget, skipped);
      } catch (error) {
        skipped({
          what: path,
          why:
            error instanceof LimitReached
              ? error.message
              : `corrupt archive (${error instanceof Error ? error.message : String(error)})`,
        });
      }
      void replacing;
    },
  };
}
