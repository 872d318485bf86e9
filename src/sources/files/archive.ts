import type { NamesIn } from "../../engine/last-names.ts";
import type { Skipped } from "../source.ts";
import { archiveKind, type ArchiveKind } from "./archive-kind.ts";
import { ArchiveBudget, LimitReached, type ArchiveLimits } from "./archive-budget.ts";
import type { Entry } from "./container.ts";
import { complaint, type Unpacked } from "./gunzip.ts";
import { LibarchivePair } from "./libarchive.ts";
import { ListedNames } from "./listed-names.ts";

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

const corrupt = (message: string) => `corrupt archive (${message.trim()})`;

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

/** What opens the one format and the other; loaded when there is an archive to open. */
interface Readers {
  readonly libarchive: LibarchivePair;
  readonly container: typeof import("./container.ts");
  readonly lone: typeof import("./lone.ts");
  readonly compressed: typeof import("./compressed.ts");
}

/** Loads the readers once; containers are read by libarchive in WebAssembly, which can corrupt nothing but its own memory. */
export async function createUnpacker(limits: ArchiveLimits): Promise<Unpacker> {
  const readers: Readers = {
    libarchive: await LibarchivePair.load(),
    container: await import("./container.ts"),
    lone: await import("./lone.ts"),
    compressed: await import("./compressed.ts"),
  };
  return {
    *unpack(path, bytes, skipped, named = () => undefined) {
      try {
        // Copied: the caller's buffer may be the engine's, which is overwritten while the archive is still read.
        const packed = bytes.slice();
        const kind = archiveKind(packed);
        if (kind === undefined) return;
        const opening = new Opening(readers, new ArchiveBudget(limits, packed.length), { skipped, named });
        yield* opening.archive({ path, bytes: packed, level: 0 }, kind, 1);
      } catch (error) {
        skipped({ what: path, why: error instanceof LimitReached ? error.message : corrupt(complaint(error)) });
      }
    },
  };
}

/** The opening of one outermost archive, and of those that stand in it. */
class Opening {
  readonly #readers: Readers;
  readonly #budget: ArchiveBudget;
  readonly #told: Told;

  constructor(readers: Readers, budget: ArchiveBudget, told: Told) {
    this.#readers = readers;
    this.#budget = budget;
    this.#told = told;
  }

  /** A file in an archive, and what it holds if it is one itself. */
  *file(file: Content, depth: number): Generator<UnpackedFile> {
    const kind = archiveKind(file.bytes);
    yield { ...file, isArchive: kind !== undefined };
    if (kind !== undefined) yield* this.archive(file, kind, depth);
  }

  /** What an archive holds, unless it stands too deep; one that is corrupt is told of, and is the end of nothing else. */
  *archive(file: Content, kind: ArchiveKind, depth: number): Generator<UnpackedFile> {
    const { limits } = this.#budget;
    if (depth > limits.depth) {
      const why = `archives nested deeper than --max-archive-depth ${limits.depth}`;
      this.#told.skipped({ what: file.path, why, isAsked: true });
      return;
    }
    try {
      yield* this.#inside(file, kind, depth);
    } catch (error) {
      if (error instanceof LimitReached) throw error;
      this.#told.skipped({ what: file.path, why: corrupt(complaint(error)) });
    }
  }

  #inside(file: Content, kind: ArchiveKind, depth: number): Generator<UnpackedFile> {
    const { gunzipWithin, unzstdWithin } = this.#readers.compressed;
    switch (kind) {
      case "gzip":
        return this.#content(file, gunzipWithin(this.#budget, file.bytes), depth);
      case "zstd":
        return this.#content(file, unzstdWithin(this.#budget, file.bytes), depth);
      case "container":
        return this.#entries(file, depth);
      case "filtered":
        return this.#filtered(file, depth);
    }
  }

  /**
   * What was compressed as a whole. A tar in it is one archive with it to everybody but a parser: it costs no depth, and what it holds bears
   * its name no more.
   */
  *#content(file: Content, { bytes, damage }: Unpacked, depth: number): Generator<UnpackedFile> {
    if (damage !== undefined && bytes.length === 0) throw new Error(damage);
    if (damage !== undefined) this.#told.skipped({ what: file.path, why: corrupt(damage) });
    const path = `${file.path}!${innerName(file.path)}`;
    const level = file.level + 1;
    if (archiveKind(bytes) === "container") {
      yield { path, bytes, level, isArchive: true };
      yield* this.archive({ path: file.path, bytes, level }, "container", depth);
    } else yield* this.file({ path, bytes, level }, depth + 1);
  }

  /** What a container holds, each file with what is in it. */
  *#entries(file: Content, depth: number): Generator<UnpackedFile> {
    for (const inner of this.#container(file)) yield* this.file(inner, depth + 1);
  }

  /**
   * What is compressed by xz or bzip2. Too large as a whole, it may be an archive of which libarchive gives one file after the other. Whether
   * it is one is not for libarchive to say, which takes many a text for a list of files (mtree).
   */
  *#filtered(file: Content, depth: number): Generator<UnpackedFile> {
    const undo = this.#budget.mark();
    let beginning: Uint8Array | undefined;
    let whole: Unpacked;
    try {
      whole = this.#lone(file.bytes, (piece) => (beginning ??= piece));
    } catch (error) {
      if (!(error instanceof LimitReached) || beginning === undefined || archiveKind(beginning) !== "container")
        throw error;
      undo();
      yield* this.#entries(file, depth);
      return;
    }
    yield* this.#content(file, whole, depth);
  }

  /** The bytes of one file in xz or bzip2. @param take told of each piece of them, also of one that is too much. */
  #lone(bytes: Uint8Array, take: (piece: Uint8Array) => void): Unpacked {
    const { libarchive, lone } = this.#readers;
    const count = this.#budget.entryMeter();
    try {
      // Its dictionary is bounded by libarchive.
      const taken = lone.takeOut(libarchive.holding(Infinity), bytes, (piece) => {
        take(piece);
        count(piece);
      });
      if (taken.damage !== undefined) libarchive.replace();
      return taken;
    } catch (error) {
      libarchive.replace();
      throw error;
    }
  }

  /** The files and links of a container. Whatever becomes of it, its names are told at the end. */
  *#container({ path, bytes, level }: Content): Generator<Content> {
    const { libarchive, container } = this.#readers;
    const budget = this.#budget;
    const costs = {
      entryBytes: budget.limits.entryBytes,
      spend: (more: number) => budget.spend(more),
      enter: () => budget.enter(),
    };
    const tooMuch = (why: string) => this.#told.skipped({ what: path, why });
    const names = new ListedNames(path, (length) => budget.spendName(length, tooMuch));
    const entries = container.entriesIn(libarchive.holding(bytes.length + budget.limits.memory), bytes, costs);
    try {
      for (;;) {
        const { done, value } = entries.next();
        if (done) {
          if (!value) libarchive.replace();
          return;
        }
        const { name, bytes: content, isLink } = value;
        const what = `${path}!${name}`;
        names.add(name);
        if (content) yield { path: what, bytes: content, level: level + 1, ...(isLink && { isLink }) };
        if (value.trouble) this.#told.skipped({ what, why: this.#reasonOf(value.trouble) });
      }
    } catch (error) {
      libarchive.replace();
      throw error;
    } finally {
      this.#told.named({ folders: names.folders(), level });
    }
  }

  #reasonOf(trouble: NonNullable<Entry["trouble"]>): string {
    if (trouble === "encrypted") return trouble;
    return trouble === "too large" ? this.#budget.tooLarge : corrupt(trouble.damage);
  }
}
