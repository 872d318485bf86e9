import type { Skipped } from "../source.ts";
import { archiveKind, type ArchiveKind } from "./archive-kind.ts";
import type { Entry } from "./container.ts";
import { gunzip, type Unpacked } from "./gunzip.ts";

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

export interface UnpackedFile {
  /** `outer.zip!inner/path`, as gitleaks writes it. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a compressed file is called inside. */
const innerName = (path: string) =>
  (/[^/!]*$/.exec(path)?.[0] ?? "").replace(/\.(gz|zst|xz|bz2)$/, "").replace(/\.(tgz|tzst|txz|tbz2?)$/, ".tar");

class LimitReached extends Error {}

const corrupt = (message: string) => `corrupt archive (${message.trim()})`;
const messageOf = (error: unknown) => (error instanceof Error && error.message) || "no format that is known";

interface Budget {
  /** The outermost archive. */
  readonly packed: Uint8Array;
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
  const { libarchiveWasm } = await import("libarchive-wasm");
  const { Decompress } = await import("fzstd");
  const { entriesIn } = await import("./container.ts");
  const { takeOut } = await import("./lone.ts");
  const load = () => libarchiveWasm(carried && { wasmBinary: carried() });
  let library = await load();
  // Instances that met a corrupt archive are thrown away; one spare lets the generator stay synchronous.
  let spare = await load();
  let replacing: Promise<void> | undefined;

  const spend = (budget: Budget, bytes: number) => {
    budget.total += bytes;
    if (budget.total > limits.totalBytes) throw new LimitReached(`more than ${limits.totalBytes >> 20} MB unpacked`);
    if (budget.total > limits.ratioFrom && budget.total > budget.packed.length * limits.ratio)
      throw new LimitReached(`unpacks to more than ${limits.ratio} times its size`);
  };

  const tooLarge = `unpacks to more than ${limits.entryBytes >> 20} MB`;

  function inflate(bytes: Uint8Array, budget: Budget): Unpacked {
    try {
      const inflated = gunzip(bytes, Math.min(limits.entryBytes, limits.totalBytes));
      spend(budget, inflated.bytes.length);
      return inflated;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw new LimitReached(tooLarge);
      throw error;
    }
  }

  function inflateZstd(bytes: Uint8Array, budget: Budget): Unpacked {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let ended = false;
    const stream = new Decompress((chunk, final) => {
      size += chunk.length;
      if (size > limits.entryBytes) throw new LimitReached(tooLarge);
      spend(budget, chunk.length);
      chunks.push(chunk.slice());
      ended ||= final === true;
    });
    let damage: string | undefined;
    try {
      for (let at = 0; at < bytes.length; at += 1 << 16)
        stream.push(bytes.subarray(at, at + (1 << 16)), at + (1 << 16) >= bytes.length);
      if (!ended) damage = "ends too early";
    } catch (error) {
      if (error instanceof LimitReached) throw error;
      damage = messageOf(error);
    }
    return { bytes: Buffer.concat(chunks), ...(damage !== undefined && { damage }) };
  }

  /** Away with an instance that met something corrupt. */
  const replace = () => {
    library = spare;
    replacing = load().then((fresh) => {
      spare = fresh;
    });
  };

  /** The bytes of one file in xz or bzip2. */
  function lone(bytes: Uint8Array, budget: Budget): Unpacked {
    let size = 0;
    try {
      const taken = takeOut(library, bytes, (more) => {
        size += more;
        if (size > limits.entryBytes) throw new LimitReached(tooLarge);
        spend(budget, more);
      });
      if (taken.damage !== undefined) replace();
      return taken;
    } catch (error) {
      replace();
      throw error;
    }
  }

  function* container(path: string, bytes: Uint8Array, budget: Budget, skipped: (item: Skipped) => void) {
    const costs = {
      entryBytes: limits.entryBytes,
      spend: (more: number) => spend(budget, more),
      enter() {
        if (++budget.entries > limits.entries) throw new LimitReached(`more than ${limits.entries} entries`);
      },
    };
    const entries = entriesIn(library, bytes, costs);
    try {
      for (;;) {
        const { done, value } = entries.next();
        if (done) {
          if (!value) replace();
          return;
        }
        const what = `${path}!${value.name}`;
        if (value.bytes) yield { path: what, bytes: value.bytes };
        if (value.trouble) skipped({ what, why: reasonOf(value.trouble) });
      }
    } catch (error) {
      replace();
      throw error;
    }
  }

  function reasonOf(trouble: NonNullable<Entry["trouble"]>): string {
    if (trouble === "encrypted") return trouble;
    return trouble === "too large" ? tooLarge : corrupt(trouble.damage);
  }

  /** What `file` holds if it is an archive, else itself; so it is of one in an archive that gives nothing, since nobody else looks at it. */
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
    let isEmpty = true;
    try {
      for (const inner of inside(file, kind, depth, budget, skipped)) {
        isEmpty = false;
        yield inner;
      }
    } catch (error) {
      if (error instanceof LimitReached) throw error;
      skipped({ what: file.path, why: corrupt(messageOf(error)) });
      if (isEmpty && file.bytes !== budget.packed) yield file;
    }
  }

  function* inside(
    file: UnpackedFile,
    kind: ArchiveKind,
    depth: number,
    budget: Budget,
    skipped: (item: Skipped) => void,
  ): Generator<UnpackedFile> {
    function* taken({ bytes, damage }: Unpacked) {
      if (damage !== undefined && bytes.length === 0) throw new Error(damage);
      if (damage !== undefined) skipped({ what: file.path, why: corrupt(damage) });
      // A tar inside gzip is one archive to everybody but a parser: it costs no depth and no name of its own.
      if (kind !== "filtered" && archiveKind(bytes) === "container")
        yield* open({ path: file.path, bytes }, depth, budget, skipped);
      else yield* open({ path: `${file.path}!${innerName(file.path)}`, bytes }, depth + 1, budget, skipped);
    }
    switch (kind) {
      case "gzip":
      case "zstd": {
        yield* taken(kind === "gzip" ? inflate(file.bytes, budget) : inflateZstd(file.bytes, budget));
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
        yield* taken(lone(file.bytes, budget));
      }
    }
  }

  return {
    *unpack(path, bytes, skipped) {
      try {
        // Copied: the caller's buffer may be the engine's, which is overwritten while the archive is still read.
        const packed = bytes.slice();
        yield* open({ path, bytes: packed }, 1, { packed, total: 0, entries: 0 }, skipped);
      } catch (error) {
        skipped({ what: path, why: error instanceof LimitReached ? error.message : corrupt(messageOf(error)) });
      }
      void replacing;
    },
  };
}
