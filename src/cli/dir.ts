import { normalize, relative, resolve } from "node:path";
import { isFolder } from "../disk/is-folder.ts";
import { isPathOnly } from "../engine/path.ts";
import { askedPaths } from "../engine/path-names.ts";
import type { Rulebook } from "../engine/rulebook.ts";
import { DEFAULT_DECODE_DEPTH } from "../engine/scan.ts";
import type { Candidate } from "../model/candidate.ts";
import { PatrolError } from "../model/errors.ts";
import { archiveKind } from "../sources/files/archive-kind.ts";
import { createUnpacker, type Unpacker } from "../sources/files/archive.ts";
import { ARCHIVE_LIMITS } from "../sources/files/archive-budget.ts";
import { LARGEST_FILE, readInto, reusedBuffer } from "../sources/files/read.ts";
import { SieveThreads } from "../sources/files/sieve-threads.ts";
import { NOT_SIFTED, Sieve, type Sifted } from "../sources/files/sieve.ts";
import { walkInLists, type FileEntry, type ListedFolder } from "../sources/files/walk.ts";
import type { Skipped } from "../sources/source.ts";
import type { Arguments } from "./usage/arguments.ts";
import type { Result, Run, Terminal } from "./usage/command.ts";
import { ifNameIsLost } from "./place/current-folder.ts";
import { namesTeller, otherPathsOf } from "./scan/file-names.ts";
import { filesOnce } from "./scan/files-once.ts";
import { counted } from "./terminal/look.ts";
import { withSlashes } from "./place/native-path.ts";
import { linkScanner } from "./scan/link-targets.ts";
import { beginScan, type Scan, type ScanOptions } from "./scan/scan.ts";
import { threadsOf } from "./scan/threads.ts";
import { foundInside, type ToldInside } from "./scan/told-inside.ts";
import { optimiseLater, suspendV8Flags } from "../config/v8-flags.ts";

/**
 * A root as paths below it are shown: relative to the current folder where it lies in it, so that fingerprints are the
 * same on every machine, however the folder was named.
 */
function shown(root: string): string {
  const fromHere = relative("", resolve(root));
  const path = normalize(fromHere === "" ? "." : fromHere.startsWith("..") ? root : fromHere);
  return withSlashes(path).replace(/(.)\/+$/, "$1");
}

/**
 * Scans what an unpacker finds in an archive.
 *
 * @param found what was found in the archive's own bytes.
 * @returns which of that was told of a file in it, or of its name.
 */
export function scanArchive(
  scan: Scan,
  unpacker: Unpacker,
  path: string,
  bytes: Uint8Array,
  found: readonly Candidate[],
  skipped: Scan["skipped"] = scan.skipped,
): ToldInside {
  const inside = foundInside({ scan, unpacker, skipped }, { path, bytes, found });
  for (;;) {
    const { done, value } = inside.next();
    if (done) return value;
    const { fragment, candidates, isTold } = value;
    if (candidates.some(isTold)) scan.report(fragment, candidates, { isTold });
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
  const shownRoots = new Set(roots.map(shown));
  const tellNames = namesTeller(scan);
  const scanLink = linkScanner(scan, roots);
  const missed: { readonly order: number; readonly item: Skipped }[] = [];
  let order = 0;
  let unopened = 0;
  const options = {
    followSymlinks: args.has("follow-symlinks"),
    respectGitignore: args.has("respect-gitignore"),
    skipped(item: Skipped, listed: number) {
      const way = shownRoots.has(item.what) ? ifNameIsLost(item.what) : "";
      missed.push({ order: order + listed, item: { ...item, why: item.why + way } });
    },
  };

  const one = ({ root, order: first, entries }: Batch, index: number): boolean => {
    const entry = entries[index] ?? unreachable();
    const skipped = (item: Skipped) => void missed.push({ order: first + index, item });
    const bytes = readInto(entry, reserve, limit);
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
    if (isArchive && !unpacker) unopened++;
    return scan.isOver(length);
  };

  const all = (batch: Batch) => batch.entries.some((_, index) => one(batch, index));

  const core = room !== undefined && canSift(scan.configuration.rulebook) ? engine?.core?.() : undefined;
  const sifting = {
    maxDecodeDepth: args.number("max-decode-depth") ?? DEFAULT_DECODE_DEPTH,
    maxBytes: limit,
    opensArchives: unpacker !== undefined,
  };
  const sieve = core && new Sieve(core, sifting);
  const asksPath = askedPaths(scan.configuration.rulebook.rules);
  const threads = new SieveThreads<Batch>({
    threads: core === undefined ? 0 : threadsOf(args) - 1,
    task: () => ({ ...(engine?.twin?.() ?? unreachable()), ...sifting }),
    onThread: suspendV8Flags,
  });

  /** Counts what a sieve has done, and scans what it left. */
  const take = (batch: Batch, { files, bytes, archives, again }: Sifted): boolean => {
    unopened += archives;
    let isOver = false;
    if (files > 0) {
      scan.count(files - 1, bytes);
      isOver = scan.isOver(0);
    }
    return isOver || again.some((index) => one(batch, index));
  };

  /** Has a batch scanned, here or in another thread. */
  const share = async (batch: Batch): Promise<boolean> => {
    const paths = sieve && pathsOf(batch, asksPath);
    if (paths === undefined) {
      if (all(batch)) return true;
    } else if (!threads.give(batch, paths) && sieve && take(batch, sieve.sift(paths))) return true;
    return (await threads.finished()).some(({ batch: done, sifted }) => take(done, sifted));
  };

  // Some are listed before the first is scanned: so it is known early whether a thread pays, which takes its time to begin.
  const listed: Batch[] = [];
  let ahead = threads.paysFromFiles ?? 0;

  const shareListed = async (): Promise<boolean> => {
    for (const batch of listed.splice(0)) if (await share(batch)) return true;
    return false;
  };

  const add = async (batch: Batch): Promise<boolean> => {
    threads.expect(batch.entries.length);
    ahead -= batch.entries.length;
    listed.push(batch);
    return ahead < 0 && (await shareListed());
  };

  const scanAll = async (): Promise<void> => {
    const once = filesOnce(roots);
    for (const root of shownRoots) {
      let listed = 0;
      const named = (folders: readonly ListedFolder[]) => tellNames(root, folders);
      const linked = (link: FileEntry) => scanLink(root, link);
      for (const entries of walkInLists(root, { ...options, named, linked })) {
        const fresh = once(entries);
        if (fresh.length > 0 && (await add({ root, order: order + listed, entries: fresh }))) return;
        listed += entries.length;
      }
      order += listed;
    }
    if (await shareListed()) return;
    for (let done = await threads.next(); done !== undefined; done = await threads.next()) {
      if (done.sifted === undefined ? all(done.batch) : take(done.batch, done.sifted)) return;
    }
  };

  if (target !== undefined) optimiseLater();
  try {
    await scanAll();
  } finally {
    await threads.close();
  }
  // However the files were shared among threads, what was missed is told in the order of the walk.
  for (const { item } of missed.sort((a, b) => a.order - b.order)) scan.skipped(item);
  if (unopened > 0) scan.note(`not opened: ${counted(unopened, "archive")}; --max-archive-depth 2 opens archives`);
  return await scan.finish((files) => `${counted(files, "file")} scanned`);
}

/** Files of the walk in its order, the root they were found under, and the first one's place in that order. */
interface Batch {
  readonly root: string;
  readonly order: number;
  readonly entries: readonly FileEntry[];
}

/** What a sieve opens; undefined when there is more to say of one of the files than its path. @param asks whether a rule asks for a path alone. */
function pathsOf({ entries }: Batch, asks: (path: string) => boolean): string[] | undefined {
  const paths: string[] = [];
  for (const { location, path, symlink } of entries) {
    if (typeof location !== "string" || symlink !== undefined) return undefined;
    paths.push(asks(path) ? NOT_SIFTED : location);
  }
  return paths;
}

const unreachable = (): never => {
  throw new PatrolError("internal", "a scan shared among threads without a core");
};

/** Whether the core alone can tell that a file holds nothing whose path no rule asks for: it looks for every other rule. */
const canSift = ({ engine, rules }: Rulebook): boolean => {
  const core = engine?.core?.();
  return core !== undefined && rules.every((rule, index) => core.covers(index) || isPathOnly(rule));
};

export const dir: Run = (args, terminal) =>
  scanPaths(args.positionals.length > 0 ? args.positionals : ["."], args, terminal);
