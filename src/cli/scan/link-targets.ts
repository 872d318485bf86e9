import { readlinkSync } from "node:fs";
import { reason, type FileEntry } from "../../sources/files/walk.ts";
import { filesOnce } from "./files-once.ts";
import { otherPathsOf } from "./file-names.ts";
import type { Scan } from "./scan.ts";

/** Scans where links lead: as git has it, that is the content of a file at the link's path. */
export function linkScanner(scan: Scan, roots: readonly string[]): (root: string, link: FileEntry) => void {
  const once = filesOnce(roots);
  return (root, link) => {
    if (once([link]).length === 0) return;
    const { location, path, symlink } = link;
    let bytes: Buffer;
    try {
      bytes = readlinkSync(location, { encoding: "buffer" });
    } catch (error) {
      scan.skipped({ what: path, why: reason(error) });
      return;
    }
    const fragment = { bytes, provenance: { kind: "file", path } as const };
    const candidates = scan.candidates(fragment);
    const otherPaths = otherPathsOf(path, root);
    if (candidates.length > 0)
      scan.report(fragment, candidates, { otherPaths, ...(symlink !== undefined && { symlink }) });
  };
}
