import { statSync } from "node:fs";
import { normalize, relative, resolve } from "node:path";
import { ARCHIVE_LIMITS, archiveKind, createUnpacker, type Unpacker } from "../sources/files/archive.ts";
import { LARGEST_FILE, readInto, reusedBuffer } from "../sources/files/read.ts";
import { walk, type FileEntry } from "../sources/files/walk.ts";
import type { Arguments } from "./arguments.ts";
import type { Result, Run, Terminal } from "./command.ts";
import { beginScan, type Scan, type ScanOptions } from "./scan.ts";

/**
 * A root as paths below it are shown: relative to the current folder where it lies in it, so that fingerprints are the
 * same on every machine, however the folder was named.
 */
function shown(root: string): string {
  const fromHere = relative("", resolve(root));
  return normalize(fromHere === "" ? "." : fromHere.startsWith("..") ? root : fromHere)
    .replaceAll("\\", "/")
    .replace(/(.)\/+$/, "$1");
}

/** Scans what an unpacker finds in an archive. */
export function scanArchive(scan: Scan, unpacker: Unpacker, path: string, bytes: Uint8Array): void {
  for (const file of unpacker.unpack(path, bytes, scan.skipped)) {
    const fragment = { bytes: file.bytes, provenance: { kind: "file", path: file.path } as const };
    scan.report(fragment, scan.candidates(fragment));
  }
}

/** Limits by flags: none are opened unless `--max-archive-depth` says so, as in gitleaks. */
export async function unpackerFor(args: Arguments): Promise<Unpacker | undefined> {
  const depth = args.number("max-archive-depth") ?? 0;
  return depth > 0 ? await createUnpacker({ ...ARCHIVE_LIMITS, depth }) : undefined;
}

/** The largest file that is to be scanned, in bytes; undefined when nobody set a limit. */
export const maxBytesAsked = (args: Arguments): number | undefined => {
  const megabytes = args.number("max-target-megabytes") ?? 0;
  return megabytes > 0 ? megabytes * 1_000_000 : undefined;
};

export const maxBytes = (args: Arguments) => Math.min(maxBytesAsked(args) ?? Infinity, LARGEST_FILE);

/** Scans folders and files as they lie on the disk. */
export async function scanPaths(
  roots: readonly string[],
  args: Arguments,
  terminal: Terminal,
  more: Pick<ScanOptions, "watch" | "without"> = {},
): Promise<Result> {
  const target = roots.find((root) => isFolder(root));
  const scan = await beginScan(args, terminal, { unit: "files", ...more, ...(target !== undefined && { target }) });
  const unpacker = await unpackerFor(args);
  const { engine } = scan.configuration.rulebook;
  const anywhere = reusedBuffer();
  // A folder is much to scan; a file or two the plain engine has done before the fast one is ready.
  const room = target === undefined ? undefined : engine?.room;
  const reserve = (size: number) => room?.(size) ?? anywhere(size);
  const limit = maxBytes(args);
  const options = {
    followSymlinks: args.has("follow-symlinks"),
    respectGitignore: args.has("respect-gitignore"),
    skipped: scan.skipped,
  };
  let unopened = 0;

  const one = (entry: FileEntry, root: string): boolean => {
    const bytes = readInto(entry, reserve, limit);
    if ("why" in bytes) {
      scan.skipped({ what: entry.path, ...bytes });
      return scan.isOver(0);
    }
    const { length } = bytes;
    const isArchive = archiveKind(bytes) !== undefined;
    const provenance = { kind: "file", path: entry.path } as const;
    const candidates = scan.candidates({ bytes, provenance });
    if (candidates.length > 0 || (isArchive && unpacker)) {
      // A copy: what the engine does next may take its memory away.
      const fragment = { bytes: Buffer.from(reserve(length).subarray(0, length)), provenance };
      const below = root !== "." && entry.path.startsWith(`${root}/`) ? entry.path.slice(root.length + 1) : undefined;
      scan.report(fragment, candidates, {
        ...(below !== undefined && { relativePath: below }),
        ...(entry.symlink !== undefined && { symlink: entry.symlink }),
      });
      if (isArchive && unpacker) scanArchive(scan, unpacker, entry.path, fragment.bytes);
    }
    if (isArchive && !unpacker) unopened++;
    return scan.isOver(length);
  };

  scanning: for (const root of roots.map(shown)) {
    for (const entry of walk(root, options)) if (one(entry, root)) break scanning;
  }
  if (unopened > 0) scan.note(`${unopened} archives were not opened; --max-archive-depth 2 opens them`);
  return scan.finish((files) => `${files} files scanned`);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

export const dir: Run = (args, terminal) =>
  scanPaths(args.positionals.length > 0 ? args.positionals : ["."], args, terminal);
