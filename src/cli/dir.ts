import { normalize, relative, resolve } from "node:path";
import { optimiseLater } from "../config/v8-flags.ts";
import { isFolder } from "../disk/is-folder.ts";
import { PatrolError } from "../model/errors.ts";
import { reusedBuffer } from "../sources/files/read.ts";
import { walkInLists, type FileEntry, type ListedFolder } from "../sources/files/walk.ts";
import type { Skipped } from "../sources/source.ts";
import { Tracked } from "../sources/git/tracked.ts";
import type { Arguments } from "./usage/arguments.ts";
import type { Result, Run, Terminal } from "./usage/command.ts";
import { ifNameIsLost } from "./place/current-folder.ts";
import { namesTeller } from "./scan/file-names.ts";
import { FileScan } from "./scan/file-scan.ts";
import { filesOnce } from "./scan/files-once.ts";
import { counted } from "./terminal/look.ts";
import { withSlashes } from "./place/native-path.ts";
import { linkScanner } from "./scan/link-targets.ts";
import { unpackerFor } from "./scan/open-archives.ts";
import { beginScan, type Scan, type ScanOptions } from "./scan/scan.ts";
import { Sifting } from "./scan/sifting.ts";
import { maxBytes } from "./scan/size-limit.ts";

/**
 * A root as paths below it are shown: relative to the current folder where it lies in it, so that fingerprints are the
 * same on every machine, however the folder was named.
 */
function shown(root: string): string {
  const fromHere = relative("", resolve(root));
  const path = normalize(fromHere === "" ? "." : fromHere.startsWith("..") ? root : fromHere);
  return withSlashes(path).replace(/(.)\/+$/, "$1");
}

/** Scans folders and files as they lie on the disk. */
export async function scanPaths(
  roots: readonly string[],
  args: Arguments,
  terminal: Terminal,
  more: Pick<ScanOptions, "watch" | "without"> = {},
): Promise<Result> {
  if (roots.includes(""))
    throw new PatrolError(
      "usage-invalid",
      `the path "" is empty, as a variable is that was not set; the current folder is .`,
    );
  const target = roots.find((root) => isFolder(root));
  const scan = await beginScan(args, terminal, { unit: "files", ...more, ...(target !== undefined && { target }) });
  const isMuch = target !== undefined;
  // A folder is much to scan; a file or two the plain engine has done before the fast one is ready.
  const room = isMuch ? scan.configuration.rulebook.engine?.room : undefined;
  const anywhere = reusedBuffer();
  const files = new FileScan(scan, {
    unpacker: await unpackerFor(args),
    reserve: (size) => room?.(size) ?? anywhere(size),
    maxBytes: maxBytes(args),
  });
  const sifting = new Sifting(scan, files, args, { isMuch });
  if (isMuch) optimiseLater();
  try {
    await walkRoots(roots, args, { scan, files, sifting });
  } finally {
    await sifting.close();
  }
  files.tell();
  return await scan.finish((count) => `${counted(count, "file")} scanned`);
}

/** Has every file below the roots scanned, each once, and the names and links on the way; until the time is over. */
async function walkRoots(
  roots: readonly string[],
  args: Arguments,
  { scan, files, sifting }: { readonly scan: Scan; readonly files: FileScan; readonly sifting: Sifting },
): Promise<void> {
  const shownRoots = new Set(roots.map(shown));
  const tellNames = namesTeller(scan);
  const scanLink = linkScanner(scan, roots);
  const once = filesOnce(roots);
  let order = 0;
  const options = {
    followSymlinks: args.has("follow-symlinks"),
    respectGitignore: args.has("respect-gitignore") ? (top: string) => new Tracked(top) : undefined,
    skipped(item: Skipped, listed: number) {
      const way = shownRoots.has(item.what) ? ifNameIsLost(item.what) : "";
      files.miss(order + listed, { ...item, why: item.why + way });
    },
  };
  for (const root of shownRoots) {
    let listed = 0;
    const named = (folders: readonly ListedFolder[]) => tellNames(root, folders);
    const linked = (link: FileEntry) => scanLink(root, link);
    for (const entries of walkInLists(root, { ...options, named, linked })) {
      const fresh = once(entries);
      if (fresh.length > 0 && (await sifting.add({ root, order: order + listed, entries: fresh }))) return;
      listed += entries.length;
    }
    order += listed;
  }
  await sifting.finish();
}

export const dir: Run = (args, terminal) =>
  scanPaths(args.positionals.length > 0 ? args.positionals : ["."], args, terminal);
