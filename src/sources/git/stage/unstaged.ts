// What the work tree holds of tracked files that is not staged. Git is asked for the index only: to compare the work tree
// itself, it would run the filters that the repository's configuration names.
import { createHash } from "node:crypto";
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { readRegular } from "../../../disk/regular-file.ts";
import type { Skipped } from "../../source.ts";
import { askGit, type RepositoryAsked } from "../ask-git.ts";
import { GITLINK, MODE_TYPE } from "./index-file.ts";

/** A tracked file that the work tree holds otherwise than the index. */
export interface UnstagedFile {
  /** From the top, with `/`. */
  readonly path: string;
  /** As it lies in the work tree; of a link, where it points. @throws what the file system says. */
  read(): Buffer;
}

/** Tracked files that are changed and not staged so. @param indexFile when git names another index. */
export function unstagedFiles(
  place: RepositoryAsked & { readonly top: string },
  indexFile: string | undefined,
  skipped: (item: Skipped) => void,
): UnstagedFile[] {
  const environment = indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile };
  const list = askGit({ ...place, folder: place.top }, ["ls-files", "--stage", "-z"], { environment });
  const { top } = place;
  // Compared only: a name that is no UTF-8 leads nowhere as text.
  const real = realpathSync.native(top);
  const ids = new Map<string, string>();
  for (const line of list.toString("latin1").split("\0")) {
    const [, mode = "0", id = "", path] = /^(\d+) ([0-9a-f]+) \d\t(.+)$/s.exec(line) ?? [];
    // A file in conflict stands there once a side; which of them is its id does not matter, as it is none of them.
    if (path !== undefined && (Number.parseInt(mode, 8) & MODE_TYPE) !== GITLINK) ids.set(path, id);
  }
  const changed: UnstagedFile[] = [];
  for (const [name, id] of ids) {
    const bytes = Buffer.from(name, "latin1");
    const path = bytes.toString("utf8");
    // A name that is no UTF-8 is another one as text.
    const location = path.includes("\ufffd") ? Buffer.concat([Buffer.from(`${top}/`), bytes]) : join(top, path);
    const read = () => readOwn(location);
    try {
      // A folder on the way may be a link to somewhere else, and an index may name what lies outside.
      const folder = realpathSync.native(folderOf(location));
      if (folder !== real && !folder.startsWith(real + sep)) continue;
      const info = lstatSync(location);
      if (!info.isFile() && !info.isSymbolicLink()) continue;
      if (idOf(read(), id.length) !== id) changed.push({ path, read });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // What is deleted holds nothing any more.
      if (code !== "ENOENT" && code !== "ENOTDIR") skipped({ what: path, why: `cannot be read: ${code ?? "unknown"}` });
    }
  }
  return changed;
}

const folderOf = (location: string | Buffer) =>
  typeof location === "string" ? dirname(location) : location.subarray(0, location.lastIndexOf(SLASH));

/** What lies there is looked at again as it is opened: it may have become a pipe, or a link to what is not ours, meanwhile. */
function readOwn(location: string | Buffer): Buffer {
  if (lstatSync(location).isSymbolicLink()) return readlinkSync(location, { encoding: "buffer" });
  return readRegular(location, false);
}

const SLASH = 47;

const idOf = (bytes: Buffer, digits: number) =>
  createHash(digits === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
