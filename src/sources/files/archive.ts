import type { NamesIn } from "../../engine/last-names.ts";
import type { Skipped } from "../source.ts";
import { archiveKind, type ArchiveKind } from "./archive-kind.ts";
import type { Entry } from "./container.ts";
import { gunzip, type Unpacked } from "./gunzip.ts";
import { loadLibarchive } from "./libarchive.ts";
import { ListedNames } from "./listed-names.ts";

/** What an archive may cost. Whatever passes a limit is reported and not unpacked further. */
export interface ArchiveLimits {
  /** How many archives may stand in each other; 0: none is opened. */
  readonly depth: number;
  /** Bytes of one unpacked entry. */
  readonly entryBytes: number;
  /** Bytes unpacked from one outermost archive in all. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Bytes of memory that libarchive takes beyond those of the archive: its dictionaries, and where links lead. */
  readonly memory: number;
  /** Characters of names that are looked at, those of the folders on the way among them. */
  readonly names: number;
  /** Unpacked bytes for each packed byte, once more than `ratioFrom` bytes were unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  depth: 0,
  entryBytes: 256 << 20,
  totalBytes: 1 << 30,
  entries: 100_000,
  memory: 640 << 20,
  names: 64 << 20,
  ratio: 250,
  ratioFrom: 32 << 20,
};

export interface UnpackedFile {
  /** `outer.zip!inner/path`, as gitleaks writes it. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** How many archives it stands in: 1 for what the outermost holds itself. */
  readonly level: number;
  /** What comes next, up to the next file of this level or a lower one, stands in it. */
  readonly isArchive: boolean;
  /** A symbolic link: the bytes are where it leads. */
  readonly isLink?: true;
}

/** The names of what an archive holds, be it files, folders or links. */
export interface UnpackedNames {
  readonly folders: readonly NamesIn[];
  /** How many archives the archive stands in: 0 for the outermost. */
  readonly level: number;
}

/** What may be an archive itself. */
type Content = Pick<UnpackedFile, "path" | "bytes" | "level" | "isLink">;

/** What a compressed file is called inside. */
const innerName = (path: string) =>
  (/[^/!]*$/.exec(path)?.[0] ?? "").replace(/\.(gz|zst|xz|bz2)$/, "").replace(/\.(tgz|tzst|txz|tbz2?)$/, ".tar");

class LimitReached extends Error {}

const corrupt = (message: string) => `corrupt archive (${message.trim()})`;
const messageOf = (error: unknown) => (error instanceof Error && error.message) || "no format that is known";

interface Budget {
  /** Bytes of the outermost archive. */
  readonly packed: number;
  total: number;
  entries: number;
  names: number;
}

/** Who hears of what is beside the files. */
interface Told {
  readonly skipped: (item: Skipped) => void;
  readonly named: (names: UnpackedNames) => void;
}

/** Opens archives in memory: nothing is written to disk, no link or path of an archive is ever followed. */
export interface Unpacker {
  /**
   * The files in an archive; of those that are archives again what is in them comes next. `skipped` hears of every limit and every corrupt
   * part, `named` of the names in each archive, when all of it was gone through or no more of it can be.
   */
  unpack(path: string, bytes: Uint8Array, skipped: Told["skipped"], named?: Told["named"]): Generator<UnpackedFile>;
}

/** Loads the readers once; containers are read by libarchive in WebAssembly, which can corrupt nothing but its own memory. */
export async function createUnpacker(limits: ArchiveLimits): Promise<Unpacker> {
  const { Decompress } = await import("fzstd");
  const { entriesIn } = await import("./container.ts");
  const { takeOut } = await import("./lone.ts");
  let { library, holdTo } = await loadLibarchive();
  // Instances that met a corrupt archive are thrown away; one spare lets the generator stay synchronous.
  let spare = await loadLibarchive();
  let replacing: Promise<void> | undefined;

  const spend = (budget: Budget, bytes: number) => {
    budget.total += bytes;
    if (budget.total > limits.totalBytes) throw new LimitReached(`more than ${limits.totalBytes >> 20} MB unpacked`);
    if (budget.total > limits.ratioFrom && budget.total > budget.packed * limits.ratio)
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
    ({ library, holdTo } = spare);
    replacing = loadLibarchive().then((fresh) => {
      spare = fresh;
    });
  };

  /** The bytes of one file in xz or bzip2. `begins` is told of the first of them. */
  function lone(bytes: Uint8Array, budget: Budget, begins: (piece: Uint8Array) => void): Unpacked {
    let size = 0;
    // Its dictionary is bounded by libarchive.
    holdTo(Infinity);
    try {
      const taken = takeOut(library, bytes, (piece) => {
        if (size === 0) begins(piece);
        size += piece.length;
        if (size > limits.entryBytes) throw new LimitReached(tooLarge);
        spend(budget, piece.length);
      });
      if (taken.damage !== undefined) replace();
      return taken;
    } catch (error) {
      replace();
      throw error;
    }
  }

  /** Of a name, as much as may be looked at; once it is too much, that is told. */
  const spendNames =
    (budget: Budget, path: string, { skipped }: Told) =>
    (length: number) => {
      const isOver = budget.names > limits.names;
      budget.names += length;
      if (budget.names <= limits.names) return true;
      if (!isOver) skipped({ what: path, why: `names of more than ${limits.names} characters` });
      return false;
    };

  function* container({ path, bytes, level }: Content, budget: Budget, told: Told) {
    const costs = {
      entryBytes: limits.entryBytes,
      spend: (more: number) => spend(budget, more),
      enter() {
        if (++budget.entries > limits.entries) throw new LimitReached(`more than ${limits.entries} entries`);
      },
    };
    holdTo(bytes.length + limits.memory);
    const entries = entriesIn(library, bytes, costs);
    const names = new ListedNames(path, spendNames(budget, path, told));
    try {
      for (;;) {
        const { done, value } = entries.next();
        if (done) {
          if (!value) replace();
          return;
        }
        const { name, bytes: content, isLink } = value;
        const what = `${path}!${name}`;
        names.add(name);
        if (content) yield { path: what, bytes: content, level: level + 1, ...(isLink && { isLink }) };
        if (value.trouble) told.skipped({ what, why: reasonOf(value.trouble) });
      }
    } catch (error) {
      replace();
      throw error;
    } finally {
      told.named({ folders: names.folders(), level });
    }
  }

  function reasonOf(trouble: NonNullable<Entry["trouble"]>): string {
    if (trouble === "encrypted") return trouble;
    return trouble === "too large" ? tooLarge : corrupt(trouble.damage);
  }

  /** A file in an archive, and what it holds if it is one itself. */
  function* open(file: Content, depth: number, budget: Budget, told: Told): Generator<UnpackedFile> {
    const kind = archiveKind(file.bytes);
    yield { ...file, isArchive: kind !== undefined };
    if (kind !== undefined) yield* opened(file, kind, depth, budget, told);
  }

  function* opened(
    file: Content,
    kind: ArchiveKind,
    depth: number,
    budget: Budget,
    told: Told,
  ): Generator<UnpackedFile> {
    if (depth > limits.depth) {
      told.skipped({
        what: file.path,
        why: `archives nested deeper than --max-archive-depth ${limits.depth}`,
        isAsked: true,
      });
      return;
    }
    try {
      yield* inside(file, kind, depth, budget, told);
    } catch (error) {
      if (error instanceof LimitReached) throw error;
      told.skipped({ what: file.path, why: corrupt(messageOf(error)) });
    }
  }

  function* inside(
    file: Content,
    kind: ArchiveKind,
    depth: number,
    budget: Budget,
    told: Told,
  ): Generator<UnpackedFile> {
    const path = `${file.path}!${innerName(file.path)}`;
    const level = file.level + 1;
    /** A tar inside gzip is one archive to everybody but a parser: it costs no depth, and what it holds bears its name no more. */
    function* taken({ bytes, damage }: Unpacked) {
      if (damage !== undefined && bytes.length === 0) throw new Error(damage);
      if (damage !== undefined) told.skipped({ what: file.path, why: corrupt(damage) });
      if (archiveKind(bytes) === "container") {
        yield { path, bytes, level, isArchive: true };
        yield* opened({ path: file.path, bytes, level }, "container", depth, budget, told);
      } else yield* open({ path, bytes, level }, depth + 1, budget, told);
    }
    function* held(from: Content) {
      for (const inner of container(from, budget, told)) yield* open(inner, depth + 1, budget, told);
    }
    switch (kind) {
      case "gzip":
      case "zstd": {
        yield* taken(kind === "gzip" ? inflate(file.bytes, budget) : inflateZstd(file.bytes, budget));
        return;
      }
      case "container":
        yield* held(file);
        return;
      case "filtered": {
        const { total } = budget;
        let beginning: Uint8Array = Buffer.alloc(0);
        let whole: Unpacked;
        try {
          whole = lone(file.bytes, budget, (piece) => (beginning = piece));
        } catch (error) {
          // What is too large as a whole may be an archive of which libarchive gives one file after the other. Whether it is one is not for
          // libarchive to say, which takes many a text for a list of files (mtree).
          if (!(error instanceof LimitReached) || archiveKind(beginning) !== "container") throw error;
          budget.total = total;
          yield* held(file);
          return;
        }
        yield* taken(whole);
      }
    }
  }

  return {
    *unpack(path, bytes, skipped, named = () => undefined) {
      try {
        // Copied: the caller's buffer may be the engine's, which is overwritten while the archive is still read.
        const packed = bytes.slice();
        const kind = archiveKind(packed);
        const budget = { packed: packed.length, total: 0, entries: 0, names: 0 };
        if (kind !== undefined) yield* opened({ path, bytes: packed, level: 0 }, kind, 1, budget, { skipped, named });
      } catch (error) {
        skipped({ what: path, why: error instanceof LimitReached ? error.message : corrupt(messageOf(error)) });
      }
      void replacing;
    },
  };
}
