import { archiveKind } from "../../sources/files/archive-kind.ts";
import type { Unpacker } from "../../sources/files/archive.ts";
import { readInto, type Reserve } from "../../sources/files/read.ts";
import type { FileEntry } from "../../sources/files/walk.ts";
import type { Skipped } from "../../sources/source.ts";
import { counted } from "../terminal/look.ts";
import { otherPathsOf } from "./file-names.ts";
import { scanArchive } from "./open-archives.ts";
import type { Scan } from "./scan.ts";

/** Files of the walk in its order, the root they were found under, and the first one's place in that order. */
export interface Batch {
  readonly root: string;
  readonly order: number;
  readonly entries: readonly FileEntry[];
}

interface FileScanOptions {
  /** Archives are files like others without it. */
  readonly unpacker: Unpacker | undefined;
  readonly reserve: Reserve;
  /** The largest file that is read. */
  readonly maxBytes: number;
}

/** Scans files one by one, and keeps what was not scanned. */
export class FileScan {
  /** Archives that were not opened. */
  unopened = 0;
  readonly #scan: Scan;
  readonly #options: FileScanOptions;
  readonly #missed: { readonly order: number; readonly item: Skipped }[] = [];

  constructor(scan: Scan, options: FileScanOptions) {
    this.#scan = scan;
    this.#options = options;
  }

  /** @param order its place in the order of the walk. */
  miss(order: number, item: Skipped): void {
    this.#missed.push({ order, item });
  }

  /** @returns whether the time is over. */
  one({ root, order: first, entries }: Batch, index: number): boolean {
    const { unpacker, reserve, maxBytes } = this.#options;
    const scan = this.#scan;
    const entry = entries[index]!;
    const skipped = (item: Skipped) => this.miss(first + index, item);
    const bytes = readInto(entry, reserve, maxBytes);
    if ("why" in bytes) {
      skipped({ what: entry.path, ...bytes });
      return scan.isOver(0);
    }
    const { length } = bytes;
    const isArchive = archiveKind(bytes) !== undefined;
    const provenance = { kind: "file", path: entry.path } as const;
    const candidates = scan.candidates({ bytes, provenance });
    if (candidates.length > 0 || (isArchive && unpacker)) {
      // A copy: what the engine does next may take its memory away.
      const fragment = { bytes: Buffer.from(reserve(length).subarray(0, length)), provenance };
      const opened = isArchive ? unpacker : undefined;
      const inside = opened && scanArchive(scan, opened, entry.path, fragment.bytes, candidates, skipped);
      scan.report(fragment, candidates, {
        otherPaths: otherPathsOf(entry.path, root),
        ...(entry.symlink !== undefined && { symlink: entry.symlink }),
        isTold: (candidate) => inside?.has(candidate) !== true,
      });
    }
    if (isArchive && !unpacker) this.unopened++;
    return scan.isOver(length);
  }

  /** @returns whether the time is over. */
  all(batch: Batch): boolean {
    return batch.entries.some((_, index) => this.one(batch, index));
  }

  /** Tells what was not scanned. However the files were shared among threads, that is in the order of the walk. */
  tell(): void {
    for (const { item } of this.#missed.sort((a, b) => a.order - b.order)) this.#scan.skipped(item);
    if (this.unopened > 0)
      this.#scan.note(`not opened: ${counted(this.unopened, "archive")}; --max-archive-depth 2 opens archives`);
  }
}
